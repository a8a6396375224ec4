import { expect, test } from 'vitest'
import type { PodFact } from '../crdt/index.ts'
import { aPod } from './control/sample.ts'
import { podEvents } from './pod-events.ts'

const fact = (fields: Partial<PodFact> = {}): PodFact => aPod('a', fields).fact
const said = (before: PodFact | undefined, after: PodFact | undefined): string[] =>
  podEvents(before, after).map(({ type, reason, about }) => `${type} ${reason} ${about}`)

test.each([
  ['a claim', undefined, fact(), 'Normal Scheduled'],
  ['a pod that turns ready', fact(), fact({ ready: true }), 'Normal Ready'],
  ['a pod that is told to stop', fact({ ready: true }), fact({ stopping: true }), 'Normal Killing'],
  ['a pod that is gone', fact({ stopping: true }), undefined, 'Normal Removed'],
  ['a crash loop', fact(), fact({ reason: 'CrashLoopBackOff' }), 'Warning CrashLoopBackOff'],
])('[EVENT3] %s is told', (_what, before, after, expected) => {
  expect(said(before, after)).toEqual([`${expected} core/Pod/default/web-new-0`])
})

test('[REB9] a pod that was moved tells from where, to where and why', () => {
  const why = 'to even out nodes, from a to b: a has 3 pods of its Deployment, b 0'
  expect(podEvents(undefined, fact({ relieves: { uid: 'x', why } }))).toMatchObject([
    { reason: 'Scheduled' },
    { type: 'Normal', reason: 'Rebalanced', message: why },
  ])
})

test.each([
  ['nothing new', fact(), fact()],
  ['a step of every start', fact(), fact({ reason: 'ContainerCreating' })],
  [
    'the same trouble again',
    fact({ reason: 'CrashLoopBackOff' }),
    fact({ reason: 'CrashLoopBackOff', message: 'again' }),
  ],
])('[EVENT3] %s is not', (_what, before, after) => {
  expect(said(before, after)).toEqual([])
})

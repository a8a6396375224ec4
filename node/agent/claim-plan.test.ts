import { expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import type { RunningPod, RunState } from '../runtime/runtime.ts'
import { claimStep, lostFact, strayStep, type ClaimQuestion, type ClaimStep } from './claim-plan.ts'
import { writeAnnotation } from './annotation.ts'
import { claimSample, WEB } from './testing.ts'
import type { PodTemplate } from './template.ts'

const CLAIM = claimSample({ uid: 'u', runtime: 'docker' })

const KNOWN: PodFact = {
  ...CLAIM,
  containers: [{ name: 'web', image: '', ready: true, restarts: 0, now: { state: 'running', startedAtMs: 1 } }],
}

function pod(run: RunState['state'], annotation = ''): RunningPod {
  const state = {
    created: { state: run },
    running: { state: run, startedAtMs: 1 },
    exited: { state: run, exitCode: 0, finishedAtMs: 1, oomKilled: false },
  }[run]
  const containers = [{ name: 'web', id: 'c', image: '', attempt: 0, run: state as RunState }]
  return { uid: 'u', name: 'web-1', namespace: 'default', annotation, podIP: '', containers }
}

const docker = { name: 'docker', answers: true, isListed: true } as const
const processes = { name: 'process', answers: true, isListed: true } as const
const PROGRAM: PodTemplate = { spec: { containers: [{ name: 'web', image: 'web', command: ['web'] }] } }

function stepFor(change: Partial<ClaimQuestion>): ClaimStep {
  return claimStep({
    claim: CLAIM,
    isOld: false,
    isSynced: true,
    isPatient: true,
    template: WEB,
    podSecurity: 'baseline',
    runtimes: [docker, processes],
    found: undefined,
    ...change,
  })
}

const running = { runtime: 'docker', pod: pod('running') } as const
const ended = { runtime: 'docker', pod: pod('exited') } as const
const unlisted = [{ ...docker, isListed: false }, processes]

test.each<{ what: string; question: Partial<ClaimQuestion>; step: object }>([
  { what: 'new', question: {}, step: { do: 'run', runtime: 'docker', renewed: false } },
  { what: 'new, while its runtime is silent', question: { runtimes: unlisted }, step: { do: 'run' } },
  {
    what: 'new, of no known template',
    question: { template: undefined },
    step: { do: 'wait', reason: 'TemplateUnknown' },
  },
  {
    what: 'old and found running',
    question: { isOld: true, isSynced: false, found: running },
    step: { do: 'run', found: running.pod, renewed: false },
  },
  {
    what: 'old and running, its workload gone',
    question: { claim: KNOWN, isOld: true, template: undefined, found: running },
    step: { do: 'run', renewed: false },
  },
  {
    what: 'old and ended',
    question: { isOld: true, isSynced: false, found: ended },
    step: { do: 'wait', reason: 'WaitingForSync' },
  },
  {
    what: 'old and ended, after sync',
    question: { isOld: true, found: ended },
    step: { do: 'run', found: ended.pod, renewed: true },
  },
  {
    what: 'old and not found',
    question: { isOld: true, isSynced: false },
    step: { do: 'wait', reason: 'WaitingForSync' },
  },
  {
    what: 'old and not found, after sync',
    question: { isOld: true },
    step: { do: 'run', found: undefined, renewed: true },
  },
  {
    what: 'old, its runtime silent',
    question: { isOld: true, runtimes: unlisted },
    step: { do: 'wait', reason: 'RuntimeUnavailable' },
  },
  {
    what: 'old and ready, its runtime about to list',
    question: { isOld: true, claim: { ...CLAIM, ready: true }, runtimes: unlisted },
    step: { do: 'leave' },
  },
  {
    what: 'old and ready, its runtime silent',
    question: {
      isOld: true,
      claim: { ...CLAIM, ready: true },
      runtimes: unlisted.map((each) => ({ ...each, answers: false })),
    },
    step: { do: 'wait', reason: 'RuntimeUnavailable' },
  },
  {
    what: 'old and ready, waited for in vain',
    question: { isOld: true, isPatient: false, claim: { ...CLAIM, ready: true }, runtimes: unlisted },
    step: { do: 'wait', reason: 'RuntimeUnavailable' },
  },
  {
    what: 'old, another runtime silent',
    question: { isOld: true, runtimes: unlisted, claim: { ...CLAIM, runtime: 'process' }, template: PROGRAM },
    step: { do: 'run', runtime: 'process' },
  },
  {
    what: 'old, of a runtime that is no more',
    question: { isOld: true, runtimes: unlisted, claim: { ...CLAIM, runtime: 'podman' } },
    step: { do: 'wait', reason: 'RuntimeUnavailable' },
  },
  {
    what: 'stopping and there',
    question: { claim: { ...CLAIM, stopping: true }, found: running },
    step: { do: 'end', found: running.pod },
  },
  { what: 'stopping and not there', question: { claim: { ...CLAIM, stopping: true } }, step: { do: 'drop' } },
  {
    what: 'stopping, its runtime silent',
    question: { isOld: true, claim: { ...CLAIM, stopping: true }, runtimes: unlisted },
    step: { do: 'wait' },
  },
  {
    what: 'stopping and ended',
    question: { claim: { ...CLAIM, stopping: true }, isOld: true, found: ended },
    step: { do: 'end' },
  },
  {
    what: 'stopping, old and not there, before sync',
    question: { claim: { ...CLAIM, stopping: true }, isOld: true, isSynced: false },
    step: { do: 'drop' },
  },
  { what: 'ended for good', question: { isOld: true, claim: { ...CLAIM, phase: 'Succeeded' } }, step: { do: 'leave' } },
  {
    what: 'no runtime at all',
    question: { runtimes: [] },
    step: { do: 'refuse', message: 'this node has no runtime at all' },
  },
])('[CPL1] a claim that is $what', ({ question, step }) => {
  expect(stepFor(question)).toMatchObject(step)
})

test.each<{ what: string; question: Partial<ClaimQuestion>; step: object }>([
  {
    what: 'the class names one',
    question: { template: { spec: { ...PROGRAM.spec, runtimeClassName: 'process' } } },
    step: { do: 'run', runtime: 'process' },
  },
  {
    what: 'the class names none of ours',
    question: { template: { spec: { ...PROGRAM.spec, runtimeClassName: 'gvisor' } } },
    step: {
      do: 'refuse',
      message: 'this node has no runtime gvisor, which runtimeClassName asks for; it has docker, process',
    },
  },
  {
    what: 'the claim names one',
    question: { claim: { ...CLAIM, runtime: 'process' }, template: PROGRAM },
    step: { do: 'run', runtime: 'process' },
  },
  { what: 'nobody does', question: { claim: { ...CLAIM, runtime: '' } }, step: { do: 'run', runtime: 'docker' } },
  {
    what: 'the best is silent',
    question: {
      claim: { ...CLAIM, runtime: '' },
      template: PROGRAM,
      runtimes: [{ ...docker, answers: false }, processes],
    },
    step: { do: 'run', runtime: 'process' },
  },
  {
    what: 'only processes, and no command',
    question: { claim: { ...CLAIM, runtime: '' }, runtimes: [processes] },
    step: { do: 'refuse' },
  },
])('[CPL2] the runtime, where $what', ({ question, step }) => {
  expect(stepFor(question)).toMatchObject(step)
})

test.each<{ what: string; annotation?: string; isFirst?: boolean; isSynced?: boolean; wanted?: boolean; step: string }>(
  [
    { what: 'wanted', step: 'adopt' },
    { what: 'wanted, before sync', isSynced: false, step: 'adopt' },
    { what: 'not known to be wanted, before sync', wanted: false, isSynced: false, step: 'wait' },
    { what: 'not wanted', wanted: false, step: 'remove' },
    { what: 'found later', isFirst: false, step: 'remove' },
    { what: 'of no claim', annotation: 'x', isSynced: false, step: 'remove' },
    { what: 'of another claim', annotation: writeAnnotation({ ...CLAIM, uid: 'other' }), step: 'remove' },
  ],
)(
  '[CPL3] a pod without a record that is $what: $step',
  ({ annotation, isFirst = true, isSynced = true, wanted = true, step }) => {
    const stray = pod('running', annotation ?? writeAnnotation(CLAIM))
    expect(strayStep({ pod: stray, isFirstListing: isFirst, isSynced, hasTemplate: () => wanted }).do).toBe(step)
  },
)

const NEVER: PodTemplate = { spec: { restartPolicy: 'Never', containers: [{ name: 'web', image: 'web' }] } }

test.each<{ what: string; question: Partial<ClaimQuestion>; step: ClaimStep['do'] }>([
  { what: 'began', question: {}, step: 'fail' },
  { what: 'never began', question: { claim: CLAIM }, step: 'run' },
  { what: 'is found as it ended', question: { found: ended }, step: 'run' },
  { what: 'began under this very agent', question: { isOld: false }, step: 'run' },
  { what: 'began and may begin again', question: { template: WEB }, step: 'run' },
])('[ADO10] what is never to start again and $what: $step', ({ question, step }) => {
  const claim = { ...CLAIM, startedAtMs: 1 }
  expect(stepFor({ claim, isOld: true, template: NEVER, ...question }).do).toBe(step)
})

test('[ADO10] it has failed, in words', () => {
  expect(lostFact({ ...CLAIM, ready: true })).toMatchObject({
    phase: 'Failed',
    ready: false,
    reason: 'ContainerStatusUnknown',
  })
})

test('[PSS4] what its namespace does not allow is refused, and left alone where it runs', () => {
  const template = { spec: { ...WEB.spec, hostNetwork: true } }
  const message = expect.stringContaining('this node does not run what violates the Pod Security Standard "baseline"')
  expect(stepFor({ template })).toEqual({ do: 'refuse', message })
  expect(stepFor({ template, podSecurity: 'privileged' })).toMatchObject({ do: 'run' })
  expect(stepFor({ template, found: running })).toMatchObject({ do: 'run', renewed: false })
})

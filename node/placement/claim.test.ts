import { expect, test } from 'vitest'
import { aNode, aWorkload, KEY } from '../control/sample.ts'
import { slot } from '../control/slot.ts'
import { claimFact, type ClaimQuestion } from './claim.ts'

const question: ClaimQuestion = {
  slot: slot(KEY, '5d4f8c7b9', 2),
  template: aWorkload().template,
  self: aNode('a'),
  nowMs: 1_000,
  auction: [],
}
const claim = claimFact(question)

test('[CLF1] a claim has a UUID and a name as Kubernetes gives to pods of a Deployment', () => {
  expect(claim.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(claim.name).toMatch(/^web-5d4f8c7b9-[0-9a-f]{5}$/)
  expect(claim).toMatchObject({
    namespace: 'default',
    workload: KEY,
    index: 2,
    phase: 'Pending',
    ready: false,
    stopping: false,
    runtime: 'process',
  })
})

test('[CLF1] the same claim has the same names wherever they are computed', () => {
  expect(claimFact(question)).toEqual(claim)
})

test.each([
  { what: 'slot', change: { slot: slot(KEY, '5d4f8c7b9', 3) } },
  { what: 'node', change: { self: aNode('b') } },
  { what: 'time', change: { nowMs: 1_001 } },
])('[CLF1] another $what gives another pod', ({ change }) => {
  const other = claimFact({ ...question, ...change })
  expect(other.uid).not.toBe(claim.uid)
  expect(other.name).not.toBe(claim.name)
})

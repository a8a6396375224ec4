import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimStep } from '../agent/claim-plan.ts'
import { aNode, aWorkload, KEY } from '../control/sample.ts'
import { slot } from '../control/slot.ts'
import { claimFact, type ClaimQuestion } from './claim.ts'
import { reasonAgainst } from './eligible.ts'

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
    runtime: 'docker',
  })
})

test('[CLF1] the same claim has the same names wherever they are computed', () => {
  expect(claimFact(question)).toEqual(claim)
})

test('[CLF3] the claim of a Pod that somebody wrote bears its name, and its uid beside its own', () => {
  const lone = claimFact({ ...question, slot: slot('core/Pod/default/lone', '5d4f8c7b9', 0), ofPod: 'uid-lone' })
  expect(lone).toMatchObject({ name: 'lone', ofPod: 'uid-lone' })
  expect(lone.uid).not.toBe('uid-lone')
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

const runtimeNames = fc.subarray(['docker', 'process'] as const)
const command = fc.option(fc.constant(['web']), { nil: undefined })

test('[CLF2] what a node bids for its agent does not refuse, and what the agent would refuse it declines', () => {
  const world = fc.record({
    has: runtimeNames,
    silent: runtimeNames,
    runtimeClassName: fc.constantFrom(undefined, 'docker', 'process', 'gvisor'),
    commands: fc.array(command, { minLength: 1, maxLength: 3 }),
  })
  fc.assert(
    fc.property(world, ({ has, silent, runtimeClassName, commands }) => {
      const containers = commands.map((each, index) => ({ name: `c${index}`, ...(each && { command: each }) }))
      const template = { spec: { containers, ...(runtimeClassName && { runtimeClassName }) } }
      const standings = has.map((name) => ({ name, answers: !silent.includes(name), isListed: true }))
      const self = aNode('a', {
        fact: {
          runtimes: standings.flatMap(({ name, answers }) => (answers ? [name] : [])),
          runtimeTrouble: Object.fromEntries(standings.flatMap(({ name, answers }) => (answers ? [] : [[name, 'no']]))),
        },
      })
      const step = claimStep({
        claim: claimFact({ ...question, template, self }),
        isOld: false,
        isSynced: true,
        isPatient: true,
        template,
        podSecurity: 'baseline',
        runtimes: standings,
        found: undefined,
      })
      const against = reasonAgainst(template, self)
      if (step.do === 'refuse') expect(`this node ${against}`).toContain(step.message)
      else if (against !== undefined) expect(against).toContain('does not answer')
      else expect(step).toMatchObject({ do: 'run', runtime: claimFact({ ...question, template, self }).runtime })
    }),
  )
})

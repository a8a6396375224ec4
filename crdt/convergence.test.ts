import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Envelope } from './envelope.ts'
import type { Replica } from './replica.ts'
import { container, containers, create, edit, remove } from './sides.ts'
import { copyAll, NOW, podFact, stateOf, testReplica, type TestReplica, WEB } from './testing.ts'

type Step = { readonly side: number; readonly does: 'create' | 'remove' | 'record' | 'heal'; readonly value: number } | { readonly side: number; readonly does: 'edit'; readonly field: string; readonly value: number } // prettier-ignore

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ side: fc.nat(2), does: fc.constant('edit' as const), field: fc.constantFrom('replicas', 'paused', 'web', 'log', 'port'), value: fc.nat(3) }), // prettier-ignore
  fc.record({
    side: fc.nat(2),
    does: fc.constantFrom('create' as const, 'remove' as const, 'record' as const, 'heal' as const),
    value: fc.nat(3),
  }),
)

/** Three sides act by themselves and hear of one another now and then. Gives all envelopes in the order of their making. */
function play(steps: readonly Step[]): { sides: TestReplica[]; envelopes: Envelope[] } {
  const sides = ['a', 'b', 'c'].map((name) => testReplica({ name }))
  const envelopes: (Envelope | undefined)[] = []
  for (const [at, one] of steps.entries()) {
    const side = sides[one.side] as TestReplica
    const nowMs = NOW + at * (one.value - 1)
    const lives = side.replica.get(WEB) !== undefined
    if (one.does === 'create' && !lives) envelopes.push(create(side, { replicas: one.value }, nowMs))
    else if (one.does === 'remove' && lives) envelopes.push(remove(side, nowMs))
    else if (one.does === 'edit' && lives) envelopes.push(edit(side, specOf(one.field, one.value), nowMs))
    else if (one.does === 'record')
      envelopes.push(side.replica.record(`pod/${one.value}`, at % 5 === 0 ? undefined : podFact(`${at}`), { nowMs }))
    else if (one.does === 'heal') copyAll(side.replica, (sides[(one.side + 1) % 3] as TestReplica).replica, nowMs)
  }
  return { sides, envelopes: envelopes.filter((envelope) => envelope !== undefined) }
}

function specOf(field: string, value: number): object {
  if (field === 'replicas') return { replicas: value }
  if (field === 'paused') return { paused: value > 1 }
  if (field === 'port') return containers(container('web', 'nginx:1', 80), container(`p${value}`, 'x', 99))
  return containers(
    container('web', field === 'web' ? `nginx:${value}` : 'nginx:1', 80),
    ...(field === 'log' ? [container('log', `l${value}`)] : []),
  )
}

function deliver(envelopes: readonly Envelope[], name: string): Replica {
  const { replica } = testReplica({ name })
  for (const { bytes } of envelopes) replica.receive(bytes, NOW)
  for (let left = envelopes.length; left > 0 && replica.expire(NOW).length > 0; left--);
  return replica
}

test('[CONV1] replicas that got the same envelopes agree, in whatever order and however often they came (P7)', () => {
  const runs = fc.array(step, { minLength: 3, maxLength: 25 }).chain((steps) => {
    const { envelopes } = play(steps)
    return fc.tuple(
      fc.constant(envelopes),
      fc.shuffledSubarray([...envelopes, ...envelopes], { minLength: 2 * envelopes.length }),
    )
  })
  fc.assert(
    fc.property(runs, ([inOrder, shuffled]) => {
      const expected = stateOf(deliver(inOrder, 'd'))
      expect(stateOf(deliver(shuffled, 'd'))).toEqual(expected)
      expect(stateOf(deliver(inOrder.toReversed(), 'a'))).toEqual(expected)
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('[LIFE4] whatever else happens, a deleted life never comes back, and lives only grow (P9)', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
      const { envelopes } = play(steps)
      const { replica, told } = testReplica({ name: 'd' })
      for (const { bytes } of envelopes) replica.receive(bytes, NOW)
      let life = 0
      let isDead = false
      for (const [key, stored] of told.objects) {
        if (key !== WEB) continue
        if (stored === undefined) isDead = true
        else {
          expect(stored.life).toBeGreaterThanOrEqual(isDead ? life + 1 : life)
          life = stored.life
          isDead = false
        }
      }
    }),
    { numRuns: 60 },
  )
}, 60_000)

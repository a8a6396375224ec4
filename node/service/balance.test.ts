import fc from 'fast-check'
import { expect, test } from 'vitest'
import { candidates } from './balance.ts'
import { backendOf } from './rig.ts'
import type { Backend } from './backends.ts'

const standing = fc.constantFrom('sure' as const, 'doubtful' as const)
const traits = fc.record({ standing, isLocal: fc.boolean(), ejected: fc.boolean() })
const backends = fc
  .array(traits, { minLength: 1, maxLength: 12 })
  .map((all) =>
    all.map(({ ejected, ...rest }, index) => ({ ejected, backend: backendOf({ podUid: `pod-${index}`, ...rest }) })),
  )

function order(
  all: readonly { ejected: boolean; backend: Backend }[],
  options: { turn?: number; affinity?: 'ClientIP'; preferLocal?: boolean; client?: string } = {},
): readonly Backend[] {
  const ejected = new Set(all.filter((one) => one.ejected).map(({ backend }) => backend.id))
  return candidates({
    route: {
      backends: all.map(({ backend }) => backend),
      affinity: options.affinity ?? 'None',
      preferLocal: options.preferLocal ?? false,
    },
    turn: options.turn ?? 0,
    isEjected: ({ id }) => ejected.has(id),
    client: options.client,
  })
}

test('[BAL1] every backend is tried exactly once', () => {
  fc.assert(
    fc.property(backends, fc.nat(), fc.boolean(), (all, turn, preferLocal) => {
      const ids = order(all, { turn, preferLocal }).map(({ id }) => id)
      expect(ids.toSorted()).toEqual(all.map(({ backend }) => backend.id).toSorted())
    }),
  )
})

test('[BAL2, BAL3] the sure come before the doubtful, and those ejected after all others', () => {
  fc.assert(
    fc.property(backends, fc.nat(), fc.boolean(), (all, turn, preferLocal) => {
      const ejected = new Set(all.filter((one) => one.ejected).map(({ backend }) => backend.id))
      const ranks = order(all, { turn, preferLocal }).map(
        (one) => (one.standing === 'sure' ? 0 : 1) + (ejected.has(one.id) ? 2 : 0),
      )
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
    }),
  )
})

test('[BAL4] over whole rounds each backend of the best group comes first equally often', () => {
  fc.assert(
    fc.property(backends, fc.nat(1_000), fc.integer({ min: 1, max: 5 }), (all, start, rounds) => {
      const best = all.filter(({ ejected, backend }) => !ejected && backend.standing === 'sure')
      fc.pre(best.length > 0)
      const firsts = new Map<string, number>()
      for (let turn = start; turn < start + rounds * best.length; turn++) {
        const id = order(all, { turn })[0]?.id ?? ''
        firsts.set(id, (firsts.get(id) ?? 0) + 1)
      }
      expect([...firsts.values()]).toEqual(best.map(() => rounds))
    }),
  )
})

test('[BAL5] with affinity a client keeps its backend while others come and go, and clients are spread', () => {
  const all = Array.from({ length: 10 }, (_, index) => ({
    ejected: false,
    backend: backendOf({ podUid: `pod-${index}` }),
  }))
  const firsts = new Set<string>()
  for (let number = 0; number < 200; number++) {
    const client = `10.0.0.${number}`
    const first = order(all, { affinity: 'ClientIP', client, turn: number })[0]
    firsts.add(first?.id ?? '')
    for (const gone of all) {
      if (gone.backend.id === first?.id) continue
      const rest = all.filter((one) => one !== gone)
      expect(order(rest, { affinity: 'ClientIP', client, turn: number + 1 })[0]?.id).toBe(first?.id)
    }
  }
  expect(firsts.size).toBe(10)
})

test('[BAL6] local backends come first within their group only where the service asks for it', () => {
  const all = [false, true, false, true].map((isLocal, index) => ({
    ejected: false,
    backend: backendOf({ podUid: `pod-${index}`, isLocal }),
  }))
  for (let turn = 0; turn < 8; turn++) {
    expect(order(all, { turn, preferLocal: true }).map(({ isLocal }) => isLocal)).toEqual([true, true, false, false])
  }
  const firsts = new Set(Array.from({ length: 4 }, (_, turn) => order(all, { turn })[0]?.id))
  expect(firsts.size).toBe(4)
})

import { expect, test } from 'vitest'
import { SimCluster } from './sim-cluster.ts'
import { measureMembership } from './scale-membership.ts'
import { measureSlots } from './scale-slots.ts'

const booted = <T>(machines: number, act: (cluster: SimCluster) => Promise<T>): Promise<T> =>
  new SimCluster({ seed: 1, machines, regions: 2 }).run(async (cluster) => {
    await cluster.boot()
    return act(cluster)
  })

test('[SIM17] how fast news is everywhere, and what it costs, is measured', async () => {
  const found = await booted(6, measureMembership)
  for (const times of [found.spreadMs, found.deathMs, found.joinMs]) {
    expect(times.p50).toBeGreaterThan(0)
    expect(times.p99).toBeGreaterThanOrEqual(times.p50)
    expect(times.all).toBeGreaterThanOrEqual(times.p99)
  }
  // Across the regions and back it takes longer than within one.
  expect(found.spreadMs.all).toBeGreaterThan(20)
  // Three beats are missed before anybody is suspected.
  expect(found.deathMs.p50).toBeGreaterThan(1_000)
  expect(found.falseSuspicions).toBe(0)
  expect(found.atWrites.bytes).toBeGreaterThan(found.atRest.bytes)
  const kinds = [...found.atRest.byKind.values()]
  expect(kinds.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(found.atRest.bytes)
})

test('[SIM17] how fast slots run, and run again after deaths, is measured', async () => {
  const found = await booted(5, measureSlots)
  expect(found).toMatchObject({ slots: 50, dead: 1, moved: 0, doubled: 0 })
  expect(found.spreadPlaced).toBeLessThanOrEqual(4)
  // From the cut until its node is held to be away, and its claims are not held any more.
  expect(found.replacedMs).toBeGreaterThan(2_000)
  expect(found.atPlacing.frames).toBeGreaterThan(0)
})

test('[OVL2] more than have room for links with one node join through it at once, and all get in', async () => {
  await booted(24, async (cluster) => {
    for (const view of cluster.views().values()) expect(view.nodes()).toHaveLength(24)
  })
})

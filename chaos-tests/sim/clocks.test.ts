import { describe, expect, test } from 'vitest'
import { read } from '../cluster.ts'
import { requestOf } from '../workloads/deeds.ts'
import { SimCluster } from './sim-cluster.ts'

interface Peers {
  readonly peers: readonly { readonly name: string; readonly isSelf: boolean; readonly clockOffsetMs?: number }[]
}

interface Events {
  readonly items: readonly { readonly reason: string; readonly message: string; readonly involvedObject: unknown }[]
}

const AHEAD_MS = 100_000
/** Neighbours are asked when a link comes up and every ten seconds. */
const NOTICED_MS = 12_000

/** The status of a create, and what it says. */
async function create(cluster: SimCluster, machine: string, name: string): Promise<[number, string]> {
  const { method, path, asking } = requestOf({ verb: 'create', name, replicas: 1 })
  const { status, body } = await cluster.request(machine, method, path, asking)
  return [status, (body as { message?: string }).message ?? '']
}

async function agree(cluster: SimCluster): Promise<boolean> {
  const holdings = await Promise.all(cluster.machines.map(async (machine) => cluster.holding(machine)))
  return holdings.every(({ heads }) => JSON.stringify(heads) === JSON.stringify(holdings[0]?.heads))
}

async function clockEvents(cluster: SimCluster, machine: string): Promise<Events['items']> {
  const { items } = await read<Events>(cluster, machine, '/api/v1/events')
  return items.filter(({ reason }) => reason.startsWith('Clock'))
}

describe('[CLOCK3] no acked write is held by most: a node whose clock is far off takes none, and says so', () => {
  test('one of three that is ahead; when it is set right it takes them again, and all hold the same', async () => {
    await new SimCluster({ seed: 11, machines: 3 }).run(async (cluster) => {
      await cluster.boot()
      await cluster.runFor(NOTICED_MS)
      const [one, two, odd] = cluster.machines as [string, string, string]
      cluster.more.jumpClock(odd, AHEAD_MS)
      // Its own clock is known to have been set at once: what was measured is kept by the clock that nobody sets.
      const [status, message] = await create(cluster, odd, 'early')
      expect([status, message]).toEqual([503, expect.stringContaining('100 s ahead of the middle of the 2 others')])
      expect((await create(cluster, one, 'good'))[0]).toBe(201)
      expect((await create(cluster, two, 'too'))[0]).toBe(201)
      await cluster.waitUntil('all hold the same', 10_000, async () => agree(cluster))
      cluster.more.jumpClock(odd, -AHEAD_MS)
      expect((await create(cluster, odd, 'late'))[0]).toBe(201)
      await cluster.waitUntil('all hold the same', 10_000, async () => agree(cluster))
    })
  })
  test('[CLOCK5] one of three that is behind, which holds what others write, until it is set right', async () => {
    await new SimCluster({ seed: 12, machines: 3 }).run(async (cluster) => {
      await cluster.boot()
      await cluster.runFor(NOTICED_MS)
      const [one, , odd] = cluster.machines as [string, string, string]
      cluster.more.jumpClock(odd, -AHEAD_MS)
      expect((await create(cluster, one, 'good'))[0]).toBe(201)
      expect(await create(cluster, odd, 'blind')).toEqual([503, expect.stringContaining('100 s behind')])
      await cluster.runFor(5_000)
      expect(await agree(cluster)).toBe(false)
      cluster.more.jumpClock(odd, AHEAD_MS)
      await cluster.waitUntil('all hold the same', 10_000, async () => agree(cluster))
      expect((await create(cluster, odd, 'late'))[0]).toBe(201)
    })
  })
  test('of two the one that is ahead; alone it takes writes again', async () => {
    await new SimCluster({ seed: 13, machines: 2 }).run(async (cluster) => {
      await cluster.boot()
      await cluster.runFor(NOTICED_MS)
      const [one, odd] = cluster.machines as [string, string]
      cluster.more.jumpClock(odd, AHEAD_MS)
      expect(await create(cluster, odd, 'early')).toEqual([503, expect.stringContaining('one of both is wrong')])
      expect((await create(cluster, one, 'good'))[0]).toBe(201)
      await cluster.waitUntil('both hold the same', 10_000, async () => agree(cluster))
      await cluster.cutPower(one)
      await cluster.waitUntil('it hears nobody', 30_000, async () => (await create(cluster, odd, 'alone'))[0] === 201)
    })
  })
})

test('[CLOCK2, CLOCK4] a clock that differs is told of on its node, and shown among the peers', async () => {
  await new SimCluster({ seed: 14, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [one, , odd] = cluster.machines as [string, string, string]
    await cluster.runFor(NOTICED_MS)
    expect(await clockEvents(cluster, one)).toEqual([])
    cluster.more.jumpClock(odd, 20_000)
    await cluster.runFor(NOTICED_MS)
    expect(await clockEvents(cluster, one)).toMatchObject([
      { reason: 'ClockDiffers', involvedObject: { kind: 'Node' }, message: expect.stringContaining('20 s ahead') },
    ])
    expect((await create(cluster, odd, 'merely-odd'))[0]).toBe(201)
    const { peers } = await read<Peers>(cluster, one, '/shoal/v1/peers')
    const offsets = peers.filter(({ isSelf }) => !isSelf).map(({ clockOffsetMs = Number.NaN }) => clockOffsetMs)
    expect(offsets.map((offset) => Math.round(offset / 1_000)).toSorted((a, b) => a - b)).toEqual([0, 20])
    cluster.more.jumpClock(odd, -20_000)
    await cluster.runFor(NOTICED_MS)
    expect((await clockEvents(cluster, one)).map(({ reason }) => reason)).toContain('ClockAgrees')
  })
})

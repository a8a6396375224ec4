/**
 * Who comes back to the cluster, or to a part of it: an agent that starts again knows what is wanted, but of the pods only its
 * own, and of two that do not hear each other each learns from a third that the other lives.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { SimCluster } from './sim/sim-cluster.ts'
import { requestOf } from './workloads/deeds.ts'

const REPLICAS = 4

/** Found with real processes: an agent killed ten times, and its first link after one start took a second. */
test('[P5, PLC13, DET18] an agent whose links are slow to come back starts nothing that runs elsewhere', async () => {
  await new SimCluster({ seed: 1, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, , cedar] = cluster.machines as [string, string, string]
    const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: REPLICAS })
    await cluster.request(amber, method, path, asking)
    const uids = async (): Promise<string[]> => (await cluster.runs()).map(({ uid }) => uid).toSorted()
    await cluster.waitUntil('all to run', 30_000, async () => (await uids()).length === REPLICAS)
    const before = await uids()
    for (const delayMs of [300, 600]) {
      await cluster.killAgent(cedar)
      cluster.more.clog('slow', [cedar], delayMs)
      await cluster.restart(cedar)
      for (let look = 0; look < 50; look += 1) {
        await cluster.runFor(200)
        expect(await uids(), `${look} looks after a start with links ${delayMs} ms slow`).toEqual(before)
      }
      cluster.more.mend('slow')
      await cluster.runFor(10_000)
      expect(await uids()).toEqual(before)
    }
  })
})

/** Found with real machines: 40 minutes of drawn faults, of which two met like this. */
test('[DET6, DET19] alone for a while, then heard by one of two: the other is alive to it as well, though they do not hear each other', async () => {
  await new SimCluster({ seed: 1, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil, cedar] = cluster.machines as [string, string, string]
    const bothWays = (one: string, other: string) => [
      { from: one, to: other },
      { from: other, to: one },
    ]
    const held = async (by: string, node: string): Promise<unknown> => {
      const { body } = await cluster.request(by, 'GET', `/api/v1/nodes/${node}`)
      const { conditions } = (body as { status: { conditions: { type: string; status: string }[] } }).status
      return conditions.find(({ type }) => type === 'Ready')?.status
    }
    const hold = async (status: string): Promise<boolean> =>
      (await held(amber, basil)) === status && (await held(basil, amber)) === status
    await cluster.runFor(5_000)
    await cluster.cutWays('cedar', bothWays(cedar, amber))
    cluster.more.reset(bothWays(cedar, amber))
    // Amber tells basil that it has no link with cedar.
    await cluster.runFor(10_000)
    await cluster.cutWays('basil', bothWays(amber, basil))
    await cluster.waitUntil('each to miss the other', 10_000, () => hold('Unknown'))
    await cluster.mendNetwork('cedar')
    await cluster.waitUntil('each to know that the other lives', 5_000, () => hold('True'))
    for (let second = 0; second < 30; second += 1) {
      await cluster.runFor(1_000)
      expect(await hold('True'), `${second} s later`).toBe(true)
    }
  })
})

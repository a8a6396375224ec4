/**
 * What is deleted and waits, on nodes that run: pods that are to end do, and are begun nowhere again.
 *
 * @module
 */
import { expect, test } from 'vitest'
import type { Answer } from './cluster.ts'
import { SimCluster } from './sim/sim-cluster.ts'
import { requestOf } from './workloads/deeds.ts'

const PODS = '/api/v1/namespaces/default/pods'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const MERGE = 'application/merge-patch+json'
/** [DET3] Longer than a verdict takes. */
const LOST_MS = 20_000

interface Shown {
  readonly metadata: { readonly deletionTimestamp?: string; readonly finalizers?: readonly string[] }
  readonly status: { readonly phase: string }
  readonly items: readonly unknown[]
}

const bodyOf = ({ body }: Answer): Shown => body as Shown

async function get(cluster: SimCluster, machine: string, path: string): Promise<Answer> {
  return cluster.request(machine, 'GET', path)
}

const setFinalizers = (cluster: SimCluster, path: string, finalizers: readonly string[]): Promise<Answer> =>
  cluster.request(cluster.machines[0]!, 'PATCH', path, { body: { metadata: { finalizers } }, contentType: MERGE })

const untilRunning = (cluster: SimCluster, count: number): Promise<number> =>
  cluster.waitUntil(`${count} pods to run`, 30_000, () => cluster.running().length === count)

const untilGone = (cluster: SimCluster, path: string): Promise<number> =>
  cluster.waitUntil(`${path} to be gone everywhere`, 30_000, async () => {
    const answers = await Promise.all(cluster.machines.map((each) => get(cluster, each, path)))
    return answers.every(({ status }) => status === 404)
  })

/** Somebody deleted it, and it is in nobody's way. */
async function withHeldPod(cluster: SimCluster): Promise<{ holder: string; path: string }> {
  await cluster.boot()
  const { method, path, asking } = requestOf({ verb: 'add-pod', name: 'lone' })
  const body = asking?.body as { metadata: object }
  const held = { ...body, metadata: { ...body.metadata, finalizers: ['example.com/a'] } }
  expect((await cluster.request(cluster.machines[0]!, method, path, { body: held })).status).toBe(201)
  await untilRunning(cluster, 1)
  return { holder: cluster.running()[0]!.machine, path: `${PODS}/lone` }
}

test('[FIN4, FIN5] a Pod that is deleted ends at once, is begun nowhere again, and is shown until its finalizers go', async () => {
  await new SimCluster({ seed: 1, machines: 3 }).run(async (cluster) => {
    const { holder, path } = await withHeldPod(cluster)
    const deleted = await cluster.request(cluster.machines[1]!, 'DELETE', path)
    expect([deleted.status, typeof bodyOf(deleted).metadata.deletionTimestamp]).toEqual([200, 'string'])
    await untilRunning(cluster, 0)
    for (let look = 0; look < 30; look += 1) {
      await cluster.runFor(1_000)
      expect(cluster.running()).toEqual([])
    }
    await cluster.cutPower(holder)
    await cluster.runFor(LOST_MS)
    await cluster.restart(holder)
    await cluster.runFor(10_000)
    expect(cluster.running()).toEqual([])
    for (const machine of cluster.machines) {
      const { status, metadata } = bodyOf(await get(cluster, machine, path))
      expect([status.phase, metadata.finalizers]).toEqual(['Failed', ['example.com/a']])
    }
    expect((await setFinalizers(cluster, path, [])).status).toBe(200)
    await untilGone(cluster, path)
  })
})

test('[FIN4] a Pod that was deleted while its node was away is not begun when that is back', async () => {
  await new SimCluster({ seed: 2, machines: 3 }).run(async (cluster) => {
    const { holder, path } = await withHeldPod(cluster)
    await cluster.cutPower(holder)
    const other = cluster.machines.find((each) => each !== holder)!
    expect((await cluster.request(other, 'DELETE', path)).status).toBe(200)
    await cluster.runFor(LOST_MS)
    expect(cluster.running()).toEqual([])
    await cluster.restart(holder)
    await cluster.runFor(LOST_MS)
    expect(cluster.running()).toEqual([])
    expect((await get(cluster, holder, path)).status).toBe(200)
  })
})

test('[FIN12, FIN13] a Deployment that is deleted in the foreground goes after its pods', async () => {
  await new SimCluster({ seed: 3, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: 4 })
    await cluster.request(cluster.machines[0]!, method, path, asking)
    await untilRunning(cluster, 4)
    const web = `${DEPLOYMENTS}/web`
    const body = { propagationPolicy: 'Foreground' }
    const deleted = await cluster.request(cluster.machines[0]!, 'DELETE', web, { body })
    expect(bodyOf(deleted).metadata.finalizers).toEqual(['foregroundDeletion'])
    // Whoever sees it gone sees no pod of it.
    await cluster.waitUntil('it to be gone', 30_000, async () => {
      const { status } = await get(cluster, cluster.machines[0]!, web)
      const left = bodyOf(await get(cluster, cluster.machines[0]!, PODS)).items.length + cluster.running().length
      if (status === 404) expect(left).toBe(0)
      return status === 404
    })
    await untilGone(cluster, web)
  })
})

test('[FIN16] pods of a machine that died are not waited for', async () => {
  await new SimCluster({ seed: 4, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: 6 })
    await cluster.request(cluster.machines[0]!, method, path, asking)
    await untilRunning(cluster, 6)
    await cluster.cutPower(cluster.machines[2]!)
    const body = { propagationPolicy: 'Foreground' }
    await cluster.request(cluster.machines[0]!, 'DELETE', `${DEPLOYMENTS}/web`, { body })
    await cluster.waitUntil('it to be gone', 30_000, async () => {
      const answers = await Promise.all(cluster.machines.slice(0, 2).map((each) => get(cluster, each, `${DEPLOYMENTS}/web`))) // prettier-ignore
      return answers.every(({ status }) => status === 404)
    })
    await cluster.restart(cluster.machines[2]!)
    await cluster.runFor(LOST_MS)
    expect(cluster.running()).toEqual([])
  })
})

test('[FIN8, FIN9] a namespace that waits ends its pods, and is swept away after the last finalizer', async () => {
  await new SimCluster({ seed: 5, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string]
    const shop = '/api/v1/namespaces/shop'
    await cluster.request(amber, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } })
    const { asking } = requestOf({ verb: 'create', name: 'web', replicas: 2 })
    const body = asking?.body as { metadata: object }
    const held = { ...body, metadata: { ...body.metadata, namespace: 'shop', finalizers: ['example.com/a'] } }
    const made = await cluster.request(amber, 'POST', '/apis/apps/v1/namespaces/shop/deployments', { body: held })
    expect(made.status).toBe(201)
    await untilRunning(cluster, 2)
    expect(bodyOf(await cluster.request(basil, 'DELETE', shop)).status.phase).toBe('Terminating')
    await untilRunning(cluster, 0)
    await cluster.runFor(10_000)
    expect(bodyOf(await get(cluster, amber, shop)).status.phase).toBe('Terminating')
    await setFinalizers(cluster, '/apis/apps/v1/namespaces/shop/deployments/web', [])
    await untilGone(cluster, shop)
  })
})

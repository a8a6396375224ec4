import { expect, test } from 'vitest'
import { read } from '../cluster.ts'
import { SimCluster } from './sim-cluster.ts'

interface Events {
  readonly items: readonly { readonly reason: string; readonly message: string; readonly involvedObject: unknown }[]
}

const NAMESPACES = '/api/v1/namespaces'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/team/deployments'

async function create(cluster: SimCluster, machine: string, path: string, body: object): Promise<number> {
  return (await cluster.request(machine, 'POST', path, { body, contentType: 'application/json' })).status
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'team' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
  },
}

test('[LIFE5, LIFE9] what one half creates in a namespace that the other half deletes goes with it, pods too, and people are told', async () => {
  await new SimCluster({ seed: 21, machines: 4 }).run(async (cluster) => {
    await cluster.boot()
    const [one, two, three, four] = cluster.machines as [string, string, string, string]
    expect(await create(cluster, one, NAMESPACES, namespace)).toBe(201)
    await cluster.runFor(2_000)
    await cluster.split('f', [
      [one, two],
      [three, four],
    ])
    await cluster.runFor(5_000)
    expect(await create(cluster, three, DEPLOYMENTS, web)).toBe(201)
    await cluster.waitUntil('its pods run', 30_000, async () => (await cluster.runs()).length === 2)
    expect((await cluster.request(one, 'DELETE', `${NAMESPACES}/team`)).status).toBe(200)
    await cluster.mendNetwork('f')
    await cluster.waitUntil('its pods are gone', 60_000, async () => (await cluster.runs()).length === 0)
    for (const machine of cluster.machines) {
      expect((await cluster.request(machine, 'GET', `${DEPLOYMENTS}/web`)).status).toBe(404)
      expect(await create(cluster, machine, DEPLOYMENTS, web)).toBe(404)
    }
    await cluster.runFor(20_000)
    const { items } = await read<Events>(cluster, three, '/api/v1/events')
    expect(items.filter(({ reason }) => reason === 'Conflict')).toContainEqual(
      expect.objectContaining({
        involvedObject: expect.objectContaining({ kind: 'Deployment', name: 'web', namespace: 'team' }),
        message: expect.stringContaining('deleted with its namespace: that was deleted on'),
      }),
    )
    // The name begins anew, with the namespace.
    expect(await create(cluster, two, NAMESPACES, namespace)).toBe(201)
    expect(await create(cluster, two, DEPLOYMENTS, { ...web, spec: { ...web.spec, replicas: 1 } })).toBe(201)
    await cluster.waitUntil('one runs', 30_000, async () => (await cluster.runs()).length === 1)
  })
})

import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { makeNginxImage, makeShellImage } from '../real/images.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { eventsOf, readyPodsOf, REALISED_MS, STARTED_MS, waitReady } from './facts.ts'
import { DEPLOYMENTS, NODE_PORT, SERVICES, webService } from './manifests.ts'
import { shoal } from './shoal.ts'
import { dockerStage, doorOf, traffic } from './stage.ts'
import type { Traffic } from './traffic.ts'

const [GOOD, BETTER, CRASHING] = ['shoal.test/nginx:1', 'shoal.test/nginx:2', 'shoal.test/crashing:1']
const REPLICAS = 4
const DEADLINE_MS = 5_000

const READY = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }

function nginx(): KubeObject {
  const container = { name: 'nginx', image: GOOD, imagePullPolicy: 'Never', ports: [{ containerPort: 80 }] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: REPLICAS,
      progressDeadlineSeconds: Math.ceil(stretched(DEADLINE_MS) / 1_000),
      selector: { matchLabels: { app: 'web' } },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ ...container, readinessProbe: READY }] },
      },
    },
  }
}

function service(): KubeObject {
  return {
    ...webService(),
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, nodePort: NODE_PORT }] },
  }
}

/** Three nodes that serve nginx, and requests through each of them. */
async function serving(): Promise<{ nodes: readonly ProcessNode[]; requests: Traffic; doors: readonly string[] }> {
  const { nodes } = await dockerStage(3, async (socket) => {
    await makeNginxImage(socket, [GOOD, BETTER])
    await makeShellImage(socket, [CRASHING], { script: 'echo cannot find the database; exit 7' })
  })
  await nodes[0]!.ok('POST', SERVICES, service())
  await nodes[0]!.ok('POST', DEPLOYMENTS, nginx())
  await waitReady(nodes, 'web', REPLICAS, STARTED_MS)
  const doors = nodes.map(doorOf)
  const requests = traffic({ targets: doors, perSecond: 50 })
  await requests.flows(doors)
  return { nodes, requests, doors }
}

/** What containers of the present revision are made of, as each node has it. */
async function templates(nodes: readonly ProcessNode[]): Promise<{ image: string; readinessProbe: object }[]> {
  const all = nodes.map((node) =>
    node.ok<{ spec: { template: { spec: { containers: { image: string; readinessProbe: object }[] } } } }>(
      'GET',
      `${DEPLOYMENTS}/web`,
    ),
  )
  return (await Promise.all(all)).map(({ spec }) => spec.template.spec.containers[0]!)
}

async function change(node: ProcessNode, container: object): Promise<void> {
  const merge = { spec: { template: { spec: { containers: [{ name: 'nginx', ...container }] } } } }
  await node.ok('PATCH', `${DEPLOYMENTS}/web`, merge, 'application/strategic-merge-patch+json')
}

test('[ROL1, ROL2] an update of real servers under requests loses none, and the command says when it is done', async () => {
  const { nodes, requests, doors } = await serving()
  const set = await shoal(['set', 'image', 'deployment/web', `nginx=${BETTER}`], { node: nodes[1]!.socket })
  expect(set.code, set.stderr).toBe(0)
  const status = await shoal(['rollout', 'status', 'deployment/web'], { node: nodes[2]!.socket })
  expect(status.code, status.stderr).toBe(0)
  await waitFor('the old ones to be gone', stretched(STARTED_MS), async () => {
    const pods = await readyPodsOf(nodes[0]!, 'web')
    return pods.length === REPLICAS && (await templates(nodes)).every(({ image }) => image === BETTER)
  })
  await requests.flows(doors, 3, Date.now())
  expect(requests.failures).toEqual([])
})

const bad: readonly [name: string, container: object, reason: RegExp][] = [
  ['an image that does not exist', { image: 'shoal.test/nowhere:1' }, /shoal\.test\/nowhere:1/],
  ['an image that crashes', { image: CRASHING }, /cannot find the database/],
  ['a server that never gets ready', { readinessProbe: { ...READY, httpGet: { path: '/lost', port: 80 } } }, /404/],
]

test.for(bad)(
  '[RBK1] %s: brought back, no request lost, and the reason is on screen',
  async ([, container, reason]) => {
    const { nodes, requests, doors } = await serving()
    const before = await templates(nodes)
    await change(nodes[0]!, container)
    // Whoever waits for it is told that it came to nothing, and why.
    const timeout = `${Math.ceil(stretched(80_000) / 1_000)}s`
    const status = await shoal(['rollout', 'status', 'deployment/web', '--timeout', timeout], {
      node: nodes[1]!.socket,
    })
    expect(status.code).not.toBe(0)
    expect(`${status.stdout}${status.stderr}`).toMatch(reason)
    await waitFor('it to be brought back on all nodes', stretched(STARTED_MS), async () => {
      const now = await templates(nodes)
      return now.every((each, index) => JSON.stringify(each) === JSON.stringify(before[index]))
    })
    await waitReady(nodes, 'web', REPLICAS, REALISED_MS)
    const events = (await eventsOf(nodes[2]!)).filter(({ reason: why }) => why === 'RolledBack')
    expect(events.length).toBeGreaterThan(0)
    // One, unless a machine stood still for so long that the next node's turn had come: then both say why.
    for (const { message } of events) expect(message).toMatch(reason)
    await requests.flows(doors, 3, Date.now())
    expect(requests.failures).toEqual([])
  },
)

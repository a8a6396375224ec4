import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { makeNginxImage, makeShellImage } from '../real/images.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { eventsOf, readyPodsOf, REALISED_MS, STARTED_MS, waitReady } from './facts.ts'
import { DEPLOYMENTS, NODE_PORT, SERVICES, webService } from './manifests.ts'
import { shoal } from './shoal.ts'
import { dockerStage, traffic } from './stage.ts'
import type { Traffic } from './traffic.ts'

const [GOOD, BETTER, CRASHING] = ['shoal.test/nginx:1', 'shoal.test/nginx:2', 'shoal.test/crashing:1']
const REPLICAS = 4
const DEADLINE_MS = 5_000

const READY = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }

/** A Deployment and the port of its Service. */
interface Web {
  readonly name: string
  readonly nodePort: number
}

const WEB: Web = { name: 'web', nodePort: NODE_PORT }

function nginx({ name }: Web): KubeObject {
  const container = { name: 'nginx', image: GOOD, imagePullPolicy: 'Never', ports: [{ containerPort: 80 }] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: REPLICAS,
      progressDeadlineSeconds: Math.ceil(stretched(DEADLINE_MS) / 1_000),
      selector: { matchLabels: { app: name } },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ ...container, readinessProbe: READY }] },
      },
    },
  }
}

function service({ name, nodePort }: Web): KubeObject {
  return {
    ...webService(name),
    spec: { type: 'NodePort', selector: { app: name }, ports: [{ port: 80, nodePort }] },
  }
}

async function threeNodes(): Promise<readonly ProcessNode[]> {
  const { nodes } = await dockerStage(3, async (socket) => {
    await makeNginxImage(socket, [GOOD, BETTER])
    await makeShellImage(socket, [CRASHING], { script: 'echo cannot find the database; exit 7' })
  })
  return nodes
}

/** nginx on all nodes, and requests through each of them. */
async function serving(nodes: readonly ProcessNode[], web: Web): Promise<{ requests: Traffic; doors: string[] }> {
  await nodes[0]!.ok('POST', SERVICES, service(web))
  await nodes[0]!.ok('POST', DEPLOYMENTS, nginx(web))
  await waitReady(nodes, web.name, REPLICAS, STARTED_MS)
  const doors = nodes.map(({ hostAddress }) => `${hostAddress}:${web.nodePort}`)
  const requests = traffic({ targets: doors, perSecond: 50 })
  await requests.flows(doors)
  return { requests, doors }
}

/** What containers of the present revision are made of, as each node has it. */
async function templates(
  nodes: readonly ProcessNode[],
  { name }: Web,
): Promise<{ image: string; readinessProbe: object }[]> {
  const all = nodes.map((node) =>
    node.ok<{ spec: { template: { spec: { containers: { image: string; readinessProbe: object }[] } } } }>(
      'GET',
      `${DEPLOYMENTS}/${name}`,
    ),
  )
  return (await Promise.all(all)).map(({ spec }) => spec.template.spec.containers[0]!)
}

async function change(node: ProcessNode, { name }: Web, container: object): Promise<void> {
  const merge = { spec: { template: { spec: { containers: [{ name: 'nginx', ...container }] } } } }
  await node.ok('PATCH', `${DEPLOYMENTS}/${name}`, merge, 'application/strategic-merge-patch+json')
}

test('[ROL1, ROL2] an update of real servers under requests loses none, and the command says when it is done', async () => {
  const nodes = await threeNodes()
  const { requests, doors } = await serving(nodes, WEB)
  const set = await shoal(['set', 'image', 'deployment/web', `nginx=${BETTER}`], { node: nodes[1]!.socket })
  expect(set.code, set.stderr).toBe(0)
  const status = await shoal(['rollout', 'status', 'deployment/web'], { node: nodes[2]!.socket })
  expect(status.code, status.stderr).toBe(0)
  await waitFor('the old ones to be gone', stretched(STARTED_MS), async () => {
    const pods = await readyPodsOf(nodes[0]!, 'web')
    return pods.length === REPLICAS && (await templates(nodes, WEB)).every(({ image }) => image === BETTER)
  })
  await requests.flows(doors, 3, Date.now())
  expect(requests.failures).toEqual([])
})

interface Bad extends Web {
  readonly container: object
  readonly reason: RegExp
}

const BAD: readonly Bad[] = [
  { name: 'lost', nodePort: NODE_PORT, container: { image: 'shoal.test/nowhere:1' }, reason: /shoal\.test\/nowhere:1/ },
  { name: 'crashing', nodePort: NODE_PORT + 1, container: { image: CRASHING }, reason: /cannot find the database/ },
  {
    name: 'never-ready',
    nodePort: NODE_PORT + 2,
    container: { readinessProbe: { ...READY, httpGet: { path: '/gone', port: 80 } } },
    reason: /404/,
  },
]

test('[RBK1] an image that does not exist, one that crashes and a server that never gets ready are brought back, no request lost, and the reason is on screen', async () => {
  const nodes = await threeNodes()
  await Promise.all(BAD.map((bad) => broughtBack(nodes, bad)))
})

async function broughtBack(nodes: readonly ProcessNode[], bad: Bad): Promise<void> {
  const { name, container, reason } = bad
  const { requests, doors } = await serving(nodes, bad)
  const before = await templates(nodes, bad)
  await change(nodes[0]!, bad, container)
  // Whoever waits for it is told that it came to nothing, and why.
  const timeout = `${Math.ceil(stretched(80_000) / 1_000)}s`
  const asked = ['rollout', 'status', `deployment/${name}`, '--timeout', timeout]
  const status = await shoal(asked, { node: nodes[1]!.socket })
  expect(status.code, name).not.toBe(0)
  expect(`${status.stdout}${status.stderr}`).toMatch(reason)
  await waitFor(`${name} to be brought back on all nodes`, stretched(STARTED_MS), async () => {
    const now = await templates(nodes, bad)
    return now.every((each, index) => JSON.stringify(each) === JSON.stringify(before[index]))
  })
  await waitReady(nodes, name, REPLICAS, REALISED_MS)
  const events = (await eventsOf(nodes[2]!)).filter(
    ({ reason: why, involvedObject }) => why === 'RolledBack' && involvedObject.name === name,
  )
  expect(events.length, name).toBeGreaterThan(0)
  // One, unless a machine stood still for so long that the next node's turn had come: then both say why.
  for (const { message } of events) expect(message).toMatch(reason)
  await requests.flows(doors, 3, Date.now())
  expect(requests.failures, name).toEqual([])
}

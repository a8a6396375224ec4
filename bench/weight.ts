/**
 * What an agent goes on holding for what is gone: deleted objects, kept for 30 days so that no old copy brings them back, and
 * replicas that ended, of which it keeps the newest thousand of each node. The floor is what they take on its disk: signed, and
 * not taken apart.
 *
 * @module
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ProcessCluster, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { residentBytes } from '../chaos-tests/real/runs.ts'
import { printFigures } from './figures.ts'

const { values: options } = parseArgs({
  options: {
    objects: { type: 'string', default: '4000' },
    replicas: { type: 'string', default: '900' },
    pods: { type: 'string', default: '600' },
  },
})

const CORE = '/api/v1/namespaces/default'
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments'
/** Of a Deployment that comes and goes. */
const REPLICAS = 10
/** At once. */
const LANES = 4
/** What is compiled and cached first is paid once. */
const WARM_UP_SHARE = 1 / 4

interface Held {
  readonly memory: number
  readonly disk: number
}

function heldBy({ pid, dataDir }: ProcessNode): Held {
  const files = readdirSync(dataDir).filter((name) => /^(log|snapshot)/.test(name))
  return { memory: residentBytes(pid), disk: files.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0) }
}

async function ask(node: ProcessNode, method: string, path: string, body?: unknown): Promise<number> {
  const { status } = await node.api(method, `${CORE}/${path}`, body)
  if (status === 429) return delay(200).then(() => ask(node, method, path, body))
  if (status >= 300 && status !== 404) throw new Error(`${method} ${path} was answered with ${status}`)
  return status
}

async function comeAndGo(node: ProcessNode, name: string): Promise<void> {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] }
  await ask(node, 'POST', 'services', { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec })
  await ask(node, 'DELETE', `services/${name}`)
}

async function runAndEnd(node: ProcessNode, name: string): Promise<void> {
  const spec = { containers: [{ name: 'it', image: 'none', command: ['/bin/true'] }], restartPolicy: 'Never' }
  await ask(node, 'POST', 'pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec })
  while (!/Succeeded|Failed/.test(JSON.stringify((await node.api('GET', `${CORE}/pods/${name}`)).body))) await delay(20)
  await ask(node, 'DELETE', `pods/${name}`)
  while ((await ask(node, 'GET', `pods/${name}`)) !== 404) await delay(20)
}

/** Ten replicas. */
async function scaleUpAndDown(node: ProcessNode, name: string): Promise<void> {
  const labels = { app: name }
  const containers = [{ name: 'it', image: 'none', command: ['/bin/sleep', '3600'] }]
  const template = { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 0 } }
  const spec = { replicas: REPLICAS, selector: { matchLabels: labels }, template }
  await node.api('POST', DEPLOYMENT, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec })
  const run = async (): Promise<number> => {
    const { body } = await node.api('GET', `${DEPLOYMENT}/${name}`)
    const { replicas = 0, readyReplicas = 0 } = (body as { status: { replicas?: number; readyReplicas?: number } })
      .status
    return Math.max(replicas, readyReplicas)
  }
  for (const replicas of [REPLICAS, 0]) {
    await node.api('PATCH', `${DEPLOYMENT}/${name}`, { spec: { replicas } }, 'application/merge-patch+json')
    while ((await run()) !== replicas) await delay(100)
  }
}

/** Bytes for each of so many, after a quarter of them as a warm-up. */
async function weigh(
  node: ProcessNode,
  count: number,
  one: (node: ProcessNode, name: string) => Promise<void>,
  nameOf = (at: number): string => `${one.name.toLowerCase()}${at}`,
): Promise<Held> {
  const lane = async (first: number, end: number, step: number): Promise<void> => {
    for (let at = first; at < end; at += step) await one(node, nameOf(at))
  }
  const all = async (from: number, to: number): Promise<Held> => {
    await Promise.all(Array.from({ length: LANES }, (_, index) => lane(from + index, to, LANES)))
    await delay(5_000)
    return heldBy(node)
  }
  const warm = Math.ceil(count * WARM_UP_SHARE)
  const before = await all(0, warm)
  const after = await all(warm, count)
  return { memory: (after.memory - before.memory) / (count - warm), disk: (after.disk - before.disk) / (count - warm) }
}

const cluster = await ProcessCluster.start(1, { runtime: 'process' })
try {
  const [node] = cluster.nodes as [ProcessNode]
  const object = await weigh(node, Number(options.objects), comeAndGo)
  const ten = await weigh(node, Number(options.replicas) / REPLICAS, scaleUpAndDown, (at) => `ten${at % LANES}`)
  const replica = { memory: ten.memory / REPLICAS, disk: ten.disk / REPLICAS }
  const pod = await weigh(node, Number(options.pods), runAndEnd)
  const figure = (name: string, { memory, disk }: Held, goal: number) =>
    ({ figure: name, value: memory, unit: 'bytes', better: 'lower', goal, floor: disk }) as const
  printFigures('What an agent holds of what is gone', [
    figure('deleted_service', object, 6_000),
    figure('ended_replica', replica, 6_000),
    figure('ended_pod', pod, 6_000),
  ])
} finally {
  await cluster.stop()
}

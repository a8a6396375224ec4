/**
 * A rolling update of twelve replicas of nginx in Docker, three at a time, new ones first, behind a Service under steady requests;
 * beside the same starts and stops done by hand on the same engine in turn, under the same requests. Counts the requests that
 * failed, and beside them those that failed while by hand containers were started and stopped that the Service has nothing to do
 * with: what this machine cannot do at that rate.
 *
 * `--kill` ends a node with its pods in the middle of each update (and brings it back after): then only requests that were
 * under way at that moment may fail.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEngine } from '../chaos-tests/real/engine.ts'
import { makeNginxImage } from '../chaos-tests/real/images.ts'
import { readyPodsOf } from '../chaos-tests/real/observe.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { Traffic, type Outcome } from '../chaos-tests/scenarios/traffic.ts'
import { docker, serveByHand } from './docker.ts'
import { median, percentile, printFigures } from './figures.ts'

const REPLICAS = 12
const AT_A_TIME = 3
const IMAGES: [string, string] = ['shoal.dev/bench-nginx:1', 'shoal.dev/bench-nginx:2']
const NODE_PORT = 30_081
const WAIT_MS = 120_000
const CALM_MS = 200

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '500' },
    kill: { type: 'boolean', default: false },
  },
})

const labels = { app: 'web' }
const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }
const container = { name: 'nginx', image: IMAGES[0], imagePullPolicy: 'Never', ports: [{ containerPort: 80 }] }
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: REPLICAS,
    selector: { matchLabels: labels },
    strategy: { rollingUpdate: { maxSurge: AT_A_TIME, maxUnavailable: 0 } },
    template: { metadata: { labels }, spec: { containers: [{ ...container, readinessProbe }] } },
  },
}
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, nodePort: NODE_PORT }] },
}
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'

interface Rollout {
  readonly seconds: number
  readonly killedAtMs: number | undefined
}

/** From the accepted order until all replicas are new, ready and alone. */
async function rollOut(cluster: ProcessCluster, image: string, victim: ProcessNode | undefined): Promise<Rollout> {
  const writer = cluster.nodes.find((node) => node !== victim)!
  const startMs = performance.now()
  const patch = { spec: { template: { spec: { containers: [{ name: 'nginx', image }] } } } }
  await writer.ok('PATCH', `${DEPLOYMENTS}/web`, patch, 'application/strategic-merge-patch+json')
  let killedAtMs: number | undefined
  if (victim !== undefined) {
    await waitFor('a third of the update', WAIT_MS, async () => (await countNew(writer, image)) >= REPLICAS / 3)
    await victim.killAll()
    killedAtMs = Date.now()
  }
  await waitUpdated(writer, image)
  return { seconds: (performance.now() - startMs) / 1000, killedAtMs }
}

async function countNew(node: ProcessNode, image: string): Promise<number> {
  const pods = await readyPodsOf(node, 'web')
  return pods.filter(({ spec }) => spec.containers?.[0]?.image === image).length
}

async function waitUpdated(node: ProcessNode, image: string): Promise<void> {
  await waitFor(`${REPLICAS} replicas of ${image}`, WAIT_MS, async () => {
    const { status } = await node.ok<{ status: Record<string, number> }>('GET', `${DEPLOYMENTS}/web`)
    const counts = [status['updatedReplicas'], status['availableReplicas'], status['replicas']]
    return counts.every((count) => count === REPLICAS) && (await countNew(node, image)) === REPLICAS
  })
}

/** The same by hand: three new containers at once, until they answer; then three old ones told to stop, until they have. */
async function byHand(host: string): Promise<number> {
  const old = await serve(host, REPLICAS)
  const fresh: string[] = []
  const startMs = performance.now()
  for (let done = 0; done < REPLICAS; done += AT_A_TIME) {
    fresh.push(...(await serve(host, AT_A_TIME)))
    const leaving = old.slice(done, done + AT_A_TIME)
    await Promise.all(leaving.map((id) => docker(host, ['stop', '-t', '30', id])))
    await Promise.all(leaving.map((id) => docker(host, ['rm', id])))
  }
  const seconds = (performance.now() - startMs) / 1000
  await docker(host, ['rm', '-f', ...fresh])
  return seconds
}

const serve = (host: string, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => serveByHand(host, IMAGES[0])))

/** Until what piled up while both cores were busy has been answered. */
async function settled(traffic: Traffic, targets: readonly string[]): Promise<void> {
  await waitFor('requests to be answered at once again', WAIT_MS, async () => {
    const sinceMs = Date.now()
    await traffic.flows(targets, 50, sinceMs)
    const fresh = traffic.outcomes.filter(({ atMs }) => atMs >= sinceMs).map(({ tookMs }) => tookMs)
    return percentile(fresh, 0.9) < CALM_MS
  })
}

/** Prints and counts those that may not fail: without a kill all, else those begun after it. */
function countFailed(outcomes: readonly Outcome[], killedAtMs: number | undefined): number {
  const failed = outcomes.filter(
    ({ failure, atMs }) => failure !== undefined && (killedAtMs === undefined || atMs > killedAtMs),
  )
  for (const { atMs, target, tookMs, failure } of failed.slice(0, 10))
    process.stderr.write(`  failed at ${new Date(atMs).toISOString()} at ${target} after ${tookMs} ms: ${failure}\n`)
  return failed.length
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  const engine = await startEngine({ dir: directory })
  const host = `unix://${engine.socket}`
  let cluster: ProcessCluster | undefined
  try {
    await makeNginxImage(engine.socket, IMAGES)
    cluster = await ProcessCluster.start(3, { runtime: 'docker', dockerHost: host })
    await cluster.nodes[0]!.ok('POST', '/api/v1/namespaces/default/services', service)
    await cluster.nodes[0]!.ok('POST', DEPLOYMENTS, deployment)
    await waitUpdated(cluster.nodes[0]!, IMAGES[0])
    const seconds: number[] = []
    const floors: number[] = []
    const tookMs: number[] = []
    let [sent, failed, failedByHand] = [0, 0, 0]
    for (let round = 0; round < Number(options.rounds); round += 1) {
      const image = IMAGES[round % 2 === 0 ? 1 : 0]
      const victim = options.kill ? cluster.nodes[round % 3] : undefined
      const asked = cluster.nodes.filter((node) => node !== victim)
      const targets = asked.map(({ hostAddress }) => `${hostAddress}:${NODE_PORT}`)
      const traffic = new Traffic({ targets, perSecond: Number(options.rate) })
      await traffic.flows(targets)
      // Under the same requests: on a small machine they take what starts and stops could have.
      const floor = await byHand(host)
      await settled(traffic, targets)
      const beganMs = Date.now()
      const { seconds: took, killedAtMs } = await rollOut(cluster, image, victim)
      const all = await traffic.stop()
      const outcomes = all.filter(({ atMs }) => atMs >= beganMs)
      const failures = countFailed(outcomes, killedAtMs)
      const failuresByHand = traffic.failures.filter(({ atMs }) => atMs < beganMs).length
      process.stderr.write(
        `round ${round + 1}: ${took.toFixed(2)} s, ${failures} of ${outcomes.length} requests failed; by hand ${floor.toFixed(2)} s, ${failuresByHand} of ${all.length - outcomes.length}\n`,
      )
      seconds.push(took)
      floors.push(floor)
      tookMs.push(...outcomes.map((one) => one.tookMs))
      sent += outcomes.length
      failed += failures
      failedByHand += failuresByHand
      await victim?.restart()
      if (victim !== undefined) await waitUpdated(victim, image)
    }
    const ratios = seconds.map((one, index) => one / floors[index]!)
    const name = options.kill ? 'rollout_killed' : 'rollout'
    printFigures(
      `Rolling update of ${REPLICAS}, ${AT_A_TIME} at a time, Docker, ${options.rate} requests/s${options.kill ? ', a node killed' : ''}, ${seconds.length} rounds in turn with the same by hand`,
      [
        {
          figure: `${name}_12`,
          value: median(seconds),
          unit: 's',
          better: 'lower',
          ...(options.kill ? {} : { goal: 4 }),
          floor: median(floors),
        },
        {
          figure: `${name}_12_ratio`,
          value: median(ratios),
          unit: 'x by hand',
          better: 'lower',
          ...(options.kill ? {} : { goal: 1.3 }),
          floor: 1,
        },
        { figure: `${name}_requests`, value: sent, unit: 'requests', better: 'higher', goal: 10_000 },
        { figure: `${name}_failed`, value: failed, unit: 'requests', better: 'lower', goal: 0, floor: failedByHand },
        { figure: `${name}_request_p99`, value: percentile(tookMs, 0.99), unit: 'ms', better: 'lower' },
      ],
    )
  } finally {
    await cluster?.stop()
    await engine.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

await main()

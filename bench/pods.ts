/**
 * How long a pod takes from the accepted write until it is ready, of one container and of three, beside `docker run` of the same
 * and waiting for its answer; and what a hundred pods that crash again and again cost the node.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEngine } from '../chaos-tests/real/engine.ts'
import { makeBusyboxImage, makeNginxImage } from '../chaos-tests/real/images.ts'
import { isReady, podsOf, type SeenPod } from '../chaos-tests/real/observe.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { docker, serveByHand } from './docker.ts'
import { median, printFigures } from './figures.ts'

const NGINX = 'shoal.dev/bench-nginx:1'
const BUSYBOX = 'shoal.dev/bench-busybox:1'
const PODS = '/api/v1/namespaces/default/pods'
const WAIT_MS = 180_000
const CRASHING = 100
/** All have been started, and begin to be started seldom. */
const WARM_MS = 60_000
const MEASURED_MS = 60_000
/** Of the kernel's clock in /proc. */
const TICKS_PER_SECOND = 100

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })

const server = {
  name: 'nginx',
  image: NGINX,
  imagePullPolicy: 'Never',
  ports: [{ containerPort: 80 }],
  readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
}
const sleeper = (name: string) => ({ name, image: BUSYBOX, imagePullPolicy: 'Never', command: ['sleep', '3600'] })

function pod(name: string, containers: readonly object[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers },
  }
}

/** ms from the accepted write until the pod says that it is ready. */
async function start(node: ProcessNode, name: string, containers: readonly object[]): Promise<number> {
  await node.ok('POST', PODS, pod(name, containers))
  const tookMs = await waitFor(`${name} to be ready`, WAIT_MS, async () =>
    isReady((await node.ok<SeenPod>('GET', `${PODS}/${name}`)).status.conditions),
  )
  await node.ok('DELETE', `${PODS}/${name}`)
  await waitFor(`${name} to be gone`, WAIT_MS, async () => (await node.api('GET', `${PODS}/${name}`)).status === 404)
  return tookMs
}

/** ms of `docker run` until the server answers. */
async function byHand(host: string): Promise<number> {
  const startMs = performance.now()
  const id = await serveByHand(host, NGINX)
  const tookMs = performance.now() - startMs
  await docker(host, ['rm', '-f', id])
  return tookMs
}

/** Share of a core that a process used meanwhile. */
async function cpuOf(pid: number, forMs: number): Promise<number> {
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  const [before, startMs] = [ticks(), performance.now()]
  await pause(forMs)
  return (ticks() - before) / TICKS_PER_SECOND / ((performance.now() - startMs) / 1_000)
}

/** How a hundred of them go: share of a core the agent takes, and how often a pod beside them was started anew or not ready. */
async function crashLoops(node: ProcessNode): Promise<{ cpu: number; harmed: number }> {
  await node.ok('POST', PODS, pod('beside', [server]))
  await waitFor('the pod beside', WAIT_MS, async () => (await podsOf(node, 'beside')).some(({ status }) => isReady(status.conditions))) // prettier-ignore
  const container = { ...sleeper('main'), command: ['sh', '-c', 'echo cannot go on; exit 1'] }
  const template = { metadata: { labels: { app: 'crash' } }, spec: { containers: [container] } }
  await node.ok('POST', '/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'crash', annotations: { 'shoal.dev/rollback': 'off' } },
    spec: { replicas: CRASHING, selector: { matchLabels: { app: 'crash' } }, template },
  })
  await waitFor('all to have crashed', WAIT_MS, async () => {
    const pods = await podsOf(node, 'crash')
    const crashed = pods.filter(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0)
    return crashed.length === CRASHING
  })
  await pause(WARM_MS)
  let harmed = 0
  const look = setInterval(() => {
    void podsOf(node, 'beside').then(([one]) => {
      const restarts = one?.status.containerStatuses?.[0]?.restartCount ?? 1
      if (one === undefined || restarts > 0 || !isReady(one.status.conditions)) harmed += 1
    })
  }, 1_000)
  const cpu = await cpuOf(node.pid, MEASURED_MS)
  clearInterval(look)
  return { cpu, harmed }
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  const engine = await startEngine({ dir: directory })
  const host = `unix://${engine.socket}`
  let cluster: ProcessCluster | undefined
  try {
    await makeNginxImage(engine.socket, [NGINX])
    await makeBusyboxImage(engine.socket, [BUSYBOX])
    cluster = await ProcessCluster.start(1, { runtime: 'docker', dockerHost: host })
    const node = cluster.nodes[0]!
    const [one, three, floor]: [number[], number[], number[]] = [[], [], []]
    for (let round = -1; round < Number(options.rounds); round += 1) {
      const [plain, single] = [await byHand(host), await start(node, `one-${round + 1}`, [server])]
      const triple = await start(node, `three-${round + 1}`, [server, sleeper('second'), sleeper('third')])
      if (round < 0) continue
      floor.push(plain)
      one.push(single)
      three.push(triple)
    }
    const { cpu, harmed } = await crashLoops(node)
    const plain = median(floor)
    const ratio = (samples: readonly number[]): number => median(samples.map((ms, index) => ms / floor[index]!))
    printFigures(`Pods on Docker, median of ${one.length} rounds in turn with docker run; ${CRASHING} crash loops`, [
      { figure: 'pod_start_p50', value: median(one), unit: 'ms', better: 'lower', floor: plain },
      { figure: 'pod_start_ratio', value: ratio(one), unit: 'x docker run', better: 'lower', goal: 1.3, floor: 1 },
      { figure: 'pod_of_3_start_p50', value: median(three), unit: 'ms', better: 'lower', floor: plain },
      { figure: 'pod_of_3_start_ratio', value: ratio(three), unit: 'x docker run', better: 'lower', goal: 2, floor: 1 },
      { figure: 'crash_loops_cpu', value: 100 * cpu, unit: '% of a core', better: 'lower', goal: 10, floor: 0 },
      { figure: 'crash_loops_harm', value: harmed, unit: 'looks', better: 'lower', goal: 0, floor: 0 },
    ])
  } finally {
    await cluster?.stop()
    await engine.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

await main()

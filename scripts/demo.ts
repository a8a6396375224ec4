/**
 * The main job before your eyes, on this machine alone: three node processes, one manifest, one node killed.
 *
 * Every line says something that was seen, not something that is hoped; what does not come true ends the demo with exit code 1.
 * `--keep` leaves the cluster running until Ctrl-C, `--runtime process|docker` chooses where pods run.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { fetchText, isNodeReady, Load, podsOf, readyPodsOf, type SeenPod } from '../chaos-tests/real/observe.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { ensureDemoImage, engineHere } from './demo-image.ts'
import { Screen } from './demo-screen.ts'

const REPLICAS = 3
const NODE_PORT = 30_080
/** Of the nodes' addresses: 127.0.77.1 to .3, or the next where those are another demo's. */
const FIRST_BLOCK = 77
const BLOCKS = 16
/** Requests a second through the surviving nodes while one dies. */
const LOAD_PER_SECOND = 100
const READY_MS_MAX = 30_000
/** After a death, requests through the survivors may fail for this long (a pod that just died is found out by asking it). */
const SETTLED_MS = 500

const { values: options } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, runtime: { type: 'string' } },
})
const screen = new Screen(process.stdout)
let cluster: ProcessCluster | undefined
/** While nodes start there is no cluster yet, and already something to end. */
let starting: Promise<ProcessCluster> | undefined
let isStopping = false

process.once('SIGINT', () => void stop(130))
process.once('SIGTERM', () => void stop(143))

async function run(): Promise<void> {
  const startMs = performance.now()
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { stdio: 'inherit' })
  screen.done('built dist/', startMs)
  const { runtime, dockerHost } = await chooseRuntime()
  const nodes = await startNodes(runtime, dockerHost)
  await applyManifests(nodes[0]!)
  showBids(nodes[0]!)
  await callEveryNode(nodes)
  await killOne(nodes)
  screen.title(`All as told, in ${((performance.now() - startMs) / 1000).toFixed(1)} s.`)
}

async function chooseRuntime(): Promise<{ runtime: 'process' | 'docker'; dockerHost?: string }> {
  const dockerHost = options.runtime === 'process' ? undefined : engineHere()
  if (dockerHost === undefined) {
    if (options.runtime === 'docker') throw new Error('no container engine answers: start one, or leave --runtime away')
    screen.say('pods will run as plain processes: no container engine answers here')
    return { runtime: 'process' }
  }
  const startMs = performance.now()
  await ensureDemoImage(dockerHost)
  screen.done(`pods will run in containers, engine at ${dockerHost}`, startMs)
  return { runtime: 'docker', dockerHost }
}

async function startNodes(
  runtime: 'process' | 'docker',
  dockerHost: string | undefined,
): Promise<readonly ProcessNode[]> {
  screen.title('Three nodes, no master')
  const startMs = performance.now()
  starting = ProcessCluster.start(3, {
    runtime,
    ...(dockerHost === undefined ? {} : { dockerHost }),
    block: await freeBlock(),
    onStarted: ({ name, pid, hostAddress }) => screen.say(`node ${name}  pid ${pid}  on ${hostAddress}`),
  })
  cluster = await starting
  screen.done('all three see each other', startMs)
  return cluster.nodes
}

/** Another demo may run, kept with `--keep`: its Service answers on the addresses of its nodes. */
async function freeBlock(): Promise<number> {
  for (let block = FIRST_BLOCK; block < FIRST_BLOCK + BLOCKS; block += 1) {
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen({ host: `127.0.${block}.1`, port: NODE_PORT }, () => resolve(true))
    })
    server.close()
    if (isFree) return block
  }
  throw new Error(`port ${NODE_PORT} is taken on all of 127.0.${FIRST_BLOCK}.1 to 127.0.${FIRST_BLOCK + BLOCKS - 1}.1`)
}

async function applyManifests(via: ProcessNode): Promise<void> {
  screen.title(`One manifest, given to ${via.name}:  shoal apply -f examples/web`)
  const startMs = performance.now()
  screen.quote(via.shoal('apply', '-f', 'examples/web', '--timeout', '60s'))
  await waitFor(
    `${REPLICAS} ready replicas`,
    READY_MS_MAX,
    async () => (await readyPodsOf(via, 'web')).length === REPLICAS,
  )
  screen.done(`${REPLICAS} of ${REPLICAS} replicas ready`, startMs)
}

function showBids(via: ProcessNode): void {
  screen.title('Who bid what, and who won:  shoal explain deployment/web')
  screen.quote(via.shoal('explain', 'deployment/web'))
}

async function callEveryNode(nodes: readonly ProcessNode[]): Promise<void> {
  screen.title(`The Service answers on every node, port ${NODE_PORT}`)
  for (const node of nodes) {
    let answer = ''
    await waitFor(`the service on ${node.name}`, READY_MS_MAX, async () => {
      answer = (await fetchText({ host: node.hostAddress, port: NODE_PORT }).catch(() => '')).trim()
      return answer !== ''
    })
    screen.say(`http://${node.hostAddress}:${NODE_PORT}  ${answer}`)
  }
}

async function killOne(nodes: readonly ProcessNode[]): Promise<void> {
  const before = await readyPodsOf(nodes[0]!, 'web')
  const victim = nodes.toReversed().find((node) => before.some(({ spec }) => spec.nodeName === node.name))!
  const survivors = nodes.filter((node) => node !== victim)
  const observer = survivors[0]!
  const lost = before.filter(({ spec }) => spec.nodeName === victim.name)
  screen.title(
    `kill -9 of ${victim.name} and its ${lost.length === 1 ? 'pod' : `${lost.length} pods`}, under ${LOAD_PER_SECOND} requests a second`,
  )
  const load = new Load({ nodes: survivors, port: NODE_PORT, perSecond: LOAD_PER_SECOND })
  await new Promise((resolve) => setTimeout(resolve, 300))
  const killedAtMs = performance.now()
  await victim.killAll()
  await waitFor('the death to be seen', READY_MS_MAX, async () => !(await isNodeReady(observer, victim.name)))
  screen.done(`${observer.name} sees that ${victim.name} is gone`, killedAtMs)
  const known = new Set(before.map(({ metadata }) => metadata.uid))
  let fresh: SeenPod[] = []
  await waitFor('new claims', READY_MS_MAX, async () => {
    fresh = (await podsOf(observer, 'web')).filter(({ metadata }) => !known.has(metadata.uid))
    return fresh.length >= lost.length
  })
  for (const { metadata, spec } of fresh)
    screen.done(`new bids: ${spec.nodeName} takes it as ${metadata.name}`, killedAtMs)
  await waitFor(
    'all replicas ready again',
    READY_MS_MAX,
    async () => (await readyPodsOf(observer, 'web')).length === REPLICAS,
  )
  screen.done(`${REPLICAS} of ${REPLICAS} replicas ready again`, killedAtMs)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const { sent, failures } = await load.stop()
  const failedLate = failures.filter(({ startMs }) => startMs - killedAtMs > SETTLED_MS).length
  screen.say(
    `${sent} requests through the surviving nodes: ${failures.length} failed, ${failedLate} of them later than 0.5 s after the kill`,
  )
  if (failedLate > 0) throw new Error(`${failedLate} requests failed later than 0.5 s after the kill`)
}

async function keep(): Promise<void> {
  const node = cluster!.running[0]!
  screen.title('The cluster keeps running; Ctrl-C ends it and leaves nothing behind. Try:')
  screen.say(`export SHOAL_NODE=${node.socket}`)
  screen.say('npm run -s shoal -- get pods -o wide')
  screen.say('npm run -s shoal -- scale deployment/web --replicas 5')
  await new Promise(() => {})
}

async function stop(code: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  await (await starting?.catch(() => undefined))?.stop()
  screen.close()
  process.exit(code)
}

try {
  await run()
  if (options.keep) await keep()
  await stop(0)
} catch (error) {
  screen.failed(error instanceof Error ? error.message : String(error))
  await stop(1)
}

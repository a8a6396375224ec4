/**
 * How long after a node's death all replicas are ready elsewhere, and which requests fail meanwhile.
 *
 * Three nodes, six replicas; a node dies with its pods (kill -9), is seen to be replaced, and returns; and so on. `--silent`
 * pulls its cable first, so that no connection is reset (root, network namespaces). `--docker` runs the pods in containers, of
 * an engine that is started for the run (root). The floor is the start of the same program by hand until it answers.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { startEngine } from '../chaos-tests/real/engine.ts'
import { makeNodeImage } from '../chaos-tests/real/images.ts'
import { Lab } from '../chaos-tests/real/lab.ts'
import { fetchText, Load, readyPodsOf } from '../chaos-tests/real/observe.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { median, percentile, printFigures } from './figures.ts'

const REPLICAS = 6
/** Of `examples/web`. */
const EXAMPLE_IMAGE = 'shoal.dev/demo:1'
const NODE_PORT = 30_080
const WAIT_MS = 60_000

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    silent: { type: 'boolean', default: false },
    docker: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const kills = Number(options.kills)
  const lab = options.silent ? new Lab() : undefined
  const runtime = options.docker ? 'docker' : 'process'
  const directory = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  const engine = options.docker ? await startEngine({ dir: directory }) : undefined
  let cluster: ProcessCluster | undefined
  try {
    if (engine !== undefined) await makeNodeImage(engine.socket, [EXAMPLE_IMAGE])
    cluster = await ProcessCluster.start(3, {
      runtime,
      ...(lab === undefined ? {} : { lab }),
      ...(engine === undefined ? {} : { dockerHost: `unix://${engine.socket}` }),
    })
    cluster.nodes[0]!.shoal('apply', '-f', 'examples/web', '--no-wait')
    cluster.nodes[0]!.shoal('scale', 'deployment/web', '--replicas', String(REPLICAS), '--timeout', '60s')
    const seconds: number[] = []
    let late = 0
    let sent = 0
    for (let kill = 0; kill < kills; kill += 1) {
      const result = await killOne(cluster, kill, lab)
      seconds.push(result.seconds)
      late += result.failedLate
      sent += result.sent
      process.stderr.write(
        `kill ${kill + 1} of ${kills}: ${result.seconds.toFixed(2)} s, ${result.failedLate} late failures\n`,
      )
    }
    const floor = await startByHand()
    const name = options.silent ? 'silent_failover' : 'failover'
    const goal = options.silent ? 5 : 3
    printFigures(`${kills} deaths of one of 3 nodes, ${REPLICAS} replicas, ${runtime} runtime`, [
      { figure: `${name}_p50`, value: median(seconds), unit: 's', better: 'lower', floor },
      { figure: `${name}_p99`, value: percentile(seconds, 0.99), unit: 's', better: 'lower', goal, floor },
      { figure: `${name}_late_failures`, value: late, unit: 'requests', better: 'lower', goal: 0, floor: 0 },
      { figure: `${name}_requests`, value: sent, unit: 'requests', better: 'higher' },
    ])
  } finally {
    await cluster?.stop()
    lab?.stop()
    await engine?.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface KillResult {
  readonly seconds: number
  readonly failedLate: number
  readonly sent: number
}

async function killOne(cluster: ProcessCluster, round: number, lab: Lab | undefined): Promise<KillResult> {
  const victim = cluster.nodes[round % cluster.nodes.length]!
  const survivors = cluster.nodes.filter((node) => node !== victim)
  await waitAllReady(cluster.nodes, cluster.nodes)
  // In a lab clients would have to stand on a machine of it; there the requests are left out.
  const load = lab === undefined ? new Load({ nodes: survivors, port: NODE_PORT, perSecond: 100 }) : undefined
  const killedAtMs = performance.now()
  if (victim.machine !== undefined) lab?.unplug(victim.machine)
  await victim.killAll()
  await waitAllReady(survivors.slice(0, 1), survivors)
  const seconds = (performance.now() - killedAtMs) / 1000
  await new Promise((resolve) => setTimeout(resolve, 500))
  const outcome = await load?.stop()
  if (victim.machine !== undefined) lab?.plug(victim.machine)
  await victim.restart()
  const late = outcome?.failures.filter(({ startMs }) => startMs - killedAtMs > 500) ?? []
  for (const { startMs, why } of late)
    process.stderr.write(`  begun ${Math.round(startMs - killedAtMs)} ms after the kill: ${why}\n`)
  const failedLate = late.length
  return { seconds, failedLate, sent: outcome?.sent ?? 0 }
}

/** Until `observers` see all replicas ready on `hosts`, and no surplus. */
async function waitAllReady(observers: readonly ProcessNode[], hosts: readonly ProcessNode[]): Promise<void> {
  const names = new Set(hosts.map(({ name }) => name))
  await waitFor('all replicas ready', WAIT_MS, async () => {
    for (const observer of observers) {
      const ready = (await readyPodsOf(observer, 'web')).filter(({ spec }) => names.has(spec.nodeName))
      if (ready.length !== REPLICAS) return false
    }
    return true
  })
}

/** Seconds from starting the example's program to its first answer. */
async function startByHand(): Promise<number> {
  const { spec } = parse(readFileSync('examples/web/deployment.yaml', 'utf8')) as {
    spec: { template: { spec: { containers: { command: string[]; args: string[] }[] } } }
  }
  const { command, args } = spec.template.spec.containers[0]!
  const seconds: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const startMs = performance.now()
    const child = spawn(command[0]!, [...command.slice(1), ...args], {
      env: { PATH: process.env['PATH'], HOST: '127.0.66.1', PORT: '8080', POD_NAME: 'floor' },
    })
    await waitFor('the program to answer', WAIT_MS, () =>
      fetchText({ host: '127.0.66.1', port: 8080 }).then(
        () => true,
        () => false,
      ),
    )
    seconds.push((performance.now() - startMs) / 1000)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
  }
  return median(seconds)
}

await main()

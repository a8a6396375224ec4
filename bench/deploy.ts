/**
 * Twelve replicas on three nodes with Docker, from the order to all of them running, beside twelve plain `docker run` at once on
 * the same engine in turn; and how long an accepted write takes to reach the engine.
 *
 * An engine is started for the run unless `--docker HOST` names one.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEngine } from '../chaos-tests/real/engine.ts'
import { makeBusyboxImage } from '../chaos-tests/real/images.ts'
import { docker, ProcessCluster, waitFor, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { median, printFigures } from './figures.ts'

const REPLICAS = 12
const IMAGE = 'shoal.dev/bench:1'
const COMMAND = ['sleep', '3600']
const WAIT_MS = 60_000

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, docker: { type: 'string' } },
})

function deployment(name: string): unknown {
  const labels = { app: name }
  const container = { name: 'main', image: IMAGE, imagePullPolicy: 'Never', command: COMMAND }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } },
    },
  }
}

/** Seconds from the order to the last of the replicas running, and ms from the accepted write to the first create calls. */
async function deploy(
  node: ProcessNode,
  host: string,
  round: number,
): Promise<{ seconds: number; createMs: number[] }> {
  const name = `bench-${round}`
  const startMs = performance.now()
  await node.ok('POST', '/apis/apps/v1/namespaces/default/deployments', deployment(name))
  const acceptedAtMs = Date.now()
  const filter = ['--filter', `label=app=${name}`, '--filter', 'status=running']
  await waitFor('all replicas running', WAIT_MS, () => docker(host, ['ps', '-q', ...filter]).length === REPLICAS)
  const seconds = (performance.now() - startMs) / 1000
  const ids = docker(host, ['ps', '-q', ...filter])
  const created = docker(host, ['inspect', '--format', '{{.Created}}', ...ids]).map(
    (text) => Date.parse(text) - acceptedAtMs,
  )
  await node.ok('DELETE', `/apis/apps/v1/namespaces/default/deployments/${name}`)
  await waitFor(
    'all replicas gone',
    WAIT_MS,
    () => docker(host, ['ps', '-aq', '--filter', `label=app=${name}`]).length === 0,
  )
  return { seconds, createMs: created.sort((a, b) => a - b) }
}

/** The same twelve containers by hand, all at once. */
async function plain(host: string): Promise<number> {
  const startMs = performance.now()
  const runs = Array.from({ length: REPLICAS }, () => {
    const child = spawn(
      'docker',
      ['-H', host, 'run', '-d', '--label', 'bench=plain', '--stop-timeout', '0', IMAGE, ...COMMAND],
      { stdio: 'ignore' },
    )
    return new Promise((resolve) => child.once('exit', resolve))
  })
  await Promise.all(runs)
  const filter = ['--filter', 'label=bench=plain', '--filter', 'status=running']
  await waitFor('all containers running', WAIT_MS, () => docker(host, ['ps', '-q', ...filter]).length === REPLICAS)
  const seconds = (performance.now() - startMs) / 1000
  docker(host, ['rm', '-f', ...docker(host, ['ps', '-aq', '--filter', 'label=bench=plain'])])
  return seconds
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  const engine = options.docker === undefined ? await startEngine({ dir: directory }) : undefined
  const host = options.docker ?? `unix://${engine?.socket ?? ''}`
  let cluster: ProcessCluster | undefined
  try {
    await makeBusyboxImage(host.replace('unix://', ''), [IMAGE])
    cluster = await ProcessCluster.start(3, { runtime: 'docker', dockerHost: host })
    const ours: number[] = []
    const floors: number[] = []
    const createMs: number[] = []
    for (let round = -1; round < Number(options.rounds); round += 1) {
      const floor = await plain(host)
      const run = await deploy(cluster.nodes[(round + 3) % 3]!, host, round + 1)
      process.stderr.write(`round ${round + 1}: ${run.seconds.toFixed(2)} s, docker run ${floor.toFixed(2)} s\n`)
      if (round < 0) continue
      ours.push(run.seconds)
      floors.push(floor)
      // The engine makes two at a time here; the first of each node is what our own path takes.
      createMs.push(...run.createMs.slice(0, 3).map((ms) => Math.max(0, ms)))
    }
    const ratios = ours.map((seconds, index) => seconds / floors[index]!)
    printFigures(
      `${REPLICAS} replicas on 3 nodes, Docker, median of ${ours.length} rounds in turn with ${REPLICAS} x docker run`,
      [
        { figure: 'deploy_12', value: median(ours), unit: 's', better: 'lower', floor: median(floors) },
        {
          figure: 'deploy_12_ratio',
          value: median(ratios),
          unit: 'x docker run',
          better: 'lower',
          goal: 1.25,
          floor: 1,
        },
        { figure: 'write_to_create_p50', value: median(createMs), unit: 'ms', better: 'lower', goal: 150, floor: 0 },
      ],
    )
  } finally {
    await cluster?.stop()
    await engine?.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

await main()

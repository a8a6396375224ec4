/**
 * A cluster for one test, and its end: whatever the test did, nothing of it is left running, and the logs are shown where it
 * failed.
 *
 * @module
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startEngine, type TestEngine } from '../real/engine.ts'
import { Lab } from '../real/lab.ts'
import { ProcessCluster, type ClusterOptions, type ProcessNode } from '../real/process-cluster.ts'
import { NODE_PORT } from './manifests.ts'
import { Traffic, type TrafficOptions } from './traffic.ts'

/** Host addresses 127.0.<block>.n: others on this machine have theirs, most of them low. */
const BLOCKS = 100
let block = process.pid % BLOCKS

export interface Stage {
  readonly cluster: ProcessCluster
  readonly nodes: readonly ProcessNode[]
  readonly lab: Lab | undefined
}

export async function stage(
  size: number,
  { inLab = false, ...rest }: { inLab?: boolean } & Pick<ClusterOptions, 'rebalance' | 'build'> = {},
): Promise<Stage> {
  const lab = inLab ? new Lab() : undefined
  const cluster = await startCluster(size, {
    ...rest,
    runtime: 'process',
    ...(lab === undefined ? {} : { lab }),
  }).catch((error: unknown) => {
    lab?.stop()
    throw error
  })
  onTestFinished(async ({ task }) => {
    await endCluster(cluster, task.result?.state === 'fail')
    lab?.stop()
  })
  return { cluster, nodes: cluster.nodes, lab }
}

export interface DockerStage {
  readonly nodes: readonly ProcessNode[]
  readonly engine: TestEngine
}

/** The same with pods in containers, of an engine that is started for the test; `load` brings its images. */
export async function dockerStage(size: number, load: (socket: string) => Promise<void>): Promise<DockerStage> {
  const engine = await startEngine({ dir: mkdtempSync(join(tmpdir(), 'shoal-stage-')) })
  // What is to end last is said first.
  onTestFinished(() => engine.stop())
  await load(engine.socket)
  const cluster = await startCluster(size, { runtime: 'docker', dockerHost: `unix://${engine.socket}` })
  onTestFinished(({ task }) => endCluster(cluster, task.result?.state === 'fail'))
  return { nodes: cluster.nodes, engine }
}

function startCluster(size: number, options: ClusterOptions): Promise<ProcessCluster> {
  block = (block + 1) % BLOCKS
  return ProcessCluster.start(size, { ...options, block: 150 + block })
}

async function endCluster(cluster: ProcessCluster, hasFailed: boolean): Promise<void> {
  // Before they are removed.
  if (hasFailed) for (const node of cluster.nodes) process.stderr.write(`--- ${node.name}\n${node.logTail(8)}\n`)
  await cluster.stop()
}

/** The service of `deployWeb` as it is reached through this node. */
export function doorOf({ hostAddress }: ProcessNode): string {
  return `${hostAddress}:${NODE_PORT}`
}

/** Requests until the test ends. */
export function traffic(options: TrafficOptions): Traffic {
  const started = new Traffic(options)
  onTestFinished(async () => void (await started.stop()))
  return started
}

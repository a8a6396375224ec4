/**
 * A cluster for one test, and its end: whatever the test did, nothing of it is left running, and the logs are shown where it
 * failed.
 *
 * @module
 */
import { onTestFinished } from 'vitest'
import { Lab } from '../real/lab.ts'
import { ProcessCluster, type ProcessNode } from '../real/process-cluster.ts'
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

export async function stage(size: number, { inLab = false }: { inLab?: boolean } = {}): Promise<Stage> {
  const lab = inLab ? new Lab() : undefined
  block = (block + 1) % BLOCKS
  const cluster = await ProcessCluster.start(size, {
    runtime: 'process',
    block: 150 + block,
    ...(lab === undefined ? {} : { lab }),
  }).catch((error: unknown) => {
    lab?.stop()
    throw error
  })
  onTestFinished(async ({ task }) => {
    // Before they are removed.
    if (task.result?.state === 'fail')
      for (const node of cluster.nodes) process.stderr.write(`--- ${node.name}\n${node.logTail(8)}\n`)
    await cluster.stop()
    lab?.stop()
  })
  return { cluster, nodes: cluster.nodes, lab }
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

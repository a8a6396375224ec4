/**
 * What this node offers to pods: the machine less what keeps the machine and the agent alive. Goes into the node's record, from
 * which bids subtract what was claimed and promised (`placement/requests.ts`).
 *
 * @module
 */
import type { Resources } from '../../crdt/index.ts'

/** Kubernetes stops at 110, for the sake of addresses it has few of. Here it is the agent's memory: 140 MB with 500 pods. */
export const PODS_MAX = 500
/** The agent, the engine and the system; a tenth of a small machine. */
const RESERVED_CPU_MILLI = 100
const RESERVED_MEMORY_BYTES = 256 * 2 ** 20
/** On a machine so small that the reserve would leave nothing, half of it is offered. */
const OFFERED_SHARE_MIN = 0.5

export function allocatable({ cores, memoryBytes }: { cores: number; memoryBytes: number }): Resources {
  return {
    cpuMilli: lessReserve(cores * 1_000, RESERVED_CPU_MILLI),
    memoryBytes: lessReserve(memoryBytes, RESERVED_MEMORY_BYTES),
    pods: PODS_MAX,
  }
}

function lessReserve(total: number, reserve: number): number {
  return Math.max(0, Math.floor(Math.max(total - reserve, total * OFFERED_SHARE_MIN)))
}

/**
 * Updates that cannot serve: each Deployment works, is given one revision that never gets ready, and is left to the cluster, which
 * brings the earlier one back; now and then it is deleted before that.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'mending'
const REPLICAS_MAX = 4
/** What a revision is given to get ready. */
export const DEADLINE_MS = 10_000
/** From one Deployment to the next, from its first revision to its second, and how long one stays, in the mean. */
const PAUSE_MS = 25_000
const SERVES_MS = 10_000
const STAY_MS = 90_000
/** How the second one fails: at once, after a moment, for want of memory, or by saying nothing. */
const ENDS = [
  { afterMs: 0, how: 'exit' },
  { afterMs: 2_000, how: 'exit' },
  { afterMs: 300, how: 'oom' },
  undefined,
] as const

/** Whether it may be in the midst of that. Tells by its name, or that of a pod. */
export function isMending(name: string): boolean {
  return name.startsWith(NAME)
}

export const mending = workload<DeploymentDeed>({
  name: NAME,
  draw({ chance, lastsMs }) {
    const deeds: Drawn<DeploymentDeed>[] = []
    let count = 0
    for (let atMs = chance.exponential(PAUSE_MS / 4); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const name = `${NAME}${count}`
      count += 1
      const replicas = chance.between(1, REPLICAS_MAX)
      deeds.push({ atMs, what: { verb: 'create', name, replicas, deadlineMs: DEADLINE_MS } })
      const fails = chance.pick(ENDS)
      const badMs = atMs + SERVES_MS / 2 + chance.exponential(SERVES_MS / 2)
      const neverReady = fails === undefined ? {} : { fails }
      deeds.push({ atMs: badMs, what: { verb: 'spoil', name, version: 2, ...neverReady } })
      deeds.push({ atMs: badMs + chance.exponential(STAY_MS), what: { verb: 'delete', name } })
    }
    return deeds.filter(({ atMs }) => atMs < lastsMs).toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

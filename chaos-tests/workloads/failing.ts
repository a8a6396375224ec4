/**
 * Somebody deploys what cannot run: its containers end, or are killed for want of memory, again and again, at once or after some
 * seconds, until it is scaled to nothing or deleted.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'failing'
const REPLICAS_MAX = 6
/** From one to the next, in the mean, and how long such a one stays. */
const PAUSE_MS = 15_000
const STAY_MS = 40_000

/** Nobody waits for the pods of such a Deployment. Tells by its name, or that of a pod. */
export function isFailing(name: string): boolean {
  return name.startsWith(NAME)
}

export const failing = workload<DeploymentDeed>({
  name: NAME,
  draw({ chance, lastsMs }) {
    const deeds: Drawn<DeploymentDeed>[] = []
    let count = 0
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const name = `${NAME}${count}`
      count += 1
      const fails = { afterMs: chance.pick([0, 300, 2_000, 8_000]), how: chance.pick(['exit', 'exit', 'oom'] as const) }
      deeds.push({ atMs, what: { verb: 'create', name, replicas: chance.between(1, REPLICAS_MAX), fails } })
      const endMs = atMs + chance.exponential(STAY_MS)
      if (endMs >= lastsMs) continue
      deeds.push({
        atMs: endMs,
        what: chance.chance(0.3) ? { verb: 'scale', name, replicas: 0 } : { verb: 'delete', name },
      })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

/**
 * Two Deployments that want nearly all there is come at the same instant, and go again before the faults end: what a machine
 * has must not be promised to both.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'heavy'
/** Of four in each machine. */
const CPU = '1500m'
const REPLICAS_MAX = 4
/** From one pair to the next, in the mean. */
const PAUSE_MS = 10_000
/** The last are gone before the end is looked at. */
const SETTLES_MS = 2_000

/** There may be no room for all pods of such a Deployment: nobody waits for those. Tells by its name, or that of a pod. */
export function isHeavy(name: string): boolean {
  return name.startsWith(NAME)
}

export const heavy = workload<DeploymentDeed>({
  name: 'heavy',
  draw({ chance, lastsMs }) {
    const deeds: Drawn<DeploymentDeed>[] = []
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs - SETTLES_MS; atMs += chance.exponential(PAUSE_MS)) {
      const names = [0, 1].map((index) => `${NAME}${deeds.length + index}`)
      for (const name of names)
        deeds.push({ atMs, what: { verb: 'create', name, replicas: chance.between(1, REPLICAS_MAX), cpu: CPU } })
      const untilMs = Math.min(lastsMs - SETTLES_MS, atMs + chance.exponential(PAUSE_MS))
      for (const name of names) deeds.push({ atMs: untilMs, what: { verb: 'delete', name } })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

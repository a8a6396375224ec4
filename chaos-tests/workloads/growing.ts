/**
 * Deployments that are scaled by what their pods take: some are busy, and grow as far as they may, some have nothing to do and shrink.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed, type ScalerDeed } from './deeds.ts'

const NAME = 'growing'
/** From one Deployment to the next, in the mean. */
const PAUSE_MS = 40_000
const REPLICAS_MIN = 1
export const REPLICAS_MAX = 4
/** Twice what a pod asks for, and four times what is wanted of it. */
const BUSY_MILLI = 20

/** Tells by its name, or that of a pod. */
export function isGrowing(name: string): boolean {
  return name.startsWith(NAME)
}

/** So many are to run in the end. */
export const grownTo = ({ busyMilli }: Extract<DeploymentDeed, { verb: 'grow' }>): number =>
  busyMilli === undefined ? REPLICAS_MIN : REPLICAS_MAX

export const growing = workload<DeploymentDeed | ScalerDeed>({
  name: NAME,
  draw({ chance, lastsMs }) {
    const deeds: Drawn<DeploymentDeed | ScalerDeed>[] = []
    let count = 0
    for (let atMs = chance.exponential(PAUSE_MS / 4); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const name = `${NAME}${count}`
      count += 1
      const replicas = chance.between(REPLICAS_MIN, REPLICAS_MAX)
      const busy = chance.chance(0.5) ? { busyMilli: BUSY_MILLI } : {}
      deeds.push({ atMs, what: { verb: 'grow', name, replicas, ...busy } })
      deeds.push({ atMs: atMs + 1, what: { verb: 'autoscale', name, least: REPLICAS_MIN, most: REPLICAS_MAX } })
    }
    return deeds
  },
  carryOut: requests(requestOf),
})

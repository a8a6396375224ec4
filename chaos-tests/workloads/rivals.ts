/**
 * Two users, at two nodes, do different things to one Deployment at the same instant: neither sees what the other does.
 *
 * @module
 */
import { requests, workload } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'rival'
/** Mean time between two encounters. */
const PAUSE_MS = 3_000
const REPLICAS_MAX = 3

export const rivals = workload<DeploymentDeed>({
  name: 'rivals',
  draw({ chance, lastsMs }) {
    const create = (): DeploymentDeed => ({ verb: 'create', name: NAME, replicas: chance.between(1, REPLICAS_MAX) })
    const scale = (): DeploymentDeed => ({ verb: 'scale', name: NAME, replicas: chance.between(0, REPLICAS_MAX) })
    const update = (): DeploymentDeed => ({ verb: 'update', name: NAME, version: chance.between(1, 3) })
    const remove = (): DeploymentDeed => ({ verb: 'delete', name: NAME })
    const deeds: { atMs: number; what: DeploymentDeed }[] = []
    for (let atMs = chance.unit() * PAUSE_MS; atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      // Whether it is there may hang on who won the last time: what cannot be done now is refused.
      const pairs = [
        [create(), create()],
        [scale(), scale()],
        [update(), update()],
        [update(), remove()],
        [scale(), remove()],
        [create(), update()],
      ]
      for (const what of chance.pick(pairs)) deeds.push({ atMs, what })
    }
    return deeds
  },
  carryOut: requests(requestOf),
})

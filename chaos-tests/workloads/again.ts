/**
 * A Deployment is deleted and created again at once under the same name, through the same node or another one.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

/** Mean time between two such exchanges. */
const PAUSE_MS = 12_000
/** At most between the two requests; the second may overtake the first. */
const BETWEEN_MS = 300
const REPLICAS_MAX = 3

export const again = workload<DeploymentDeed>({
  name: 'again',
  draw({ chance, machines, lastsMs }) {
    const name = 'again'
    const create = (): DeploymentDeed => ({ verb: 'create', name, replicas: chance.between(1, REPLICAS_MAX) })
    const deeds: Drawn<DeploymentDeed>[] = [{ atMs: 0, what: create() }]
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const via = chance.sample(machines, 2)
      const isSame = chance.chance(0.5)
      deeds.push({ atMs, what: { verb: 'delete', name }, via })
      deeds.push({ atMs: atMs + chance.unit() * BETWEEN_MS, what: create(), via: isSame ? via : via.toReversed() })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

/**
 * A Deployment is replaced by force, as `kubectl replace --force` does, deleted and created again in one breath, while another user
 * changes it through another node: that change is to the life that ended.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'replaced'
/** Mean time between two replacements. */
const PAUSE_MS = 5_000
/** What kubectl takes between the two requests. */
const BREATH_MS = 2
/** At most from the one user's request to the other's. */
const APART_MS = 4
const REPLICAS_MAX = 3

export const replaced = workload<DeploymentDeed>({
  name: 'replaced',
  draw({ chance, machines, lastsMs }) {
    const create = (): DeploymentDeed => ({ verb: 'create', name: NAME, replicas: chance.between(1, REPLICAS_MAX) })
    const deeds: Drawn<DeploymentDeed>[] = [{ atMs: 0, what: create() }]
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const [here = '', there = here] = chance.sample(machines, 2)
      deeds.push({ atMs, what: { verb: 'delete', name: NAME }, via: [here] })
      deeds.push({ atMs: atMs + BREATH_MS, what: create(), via: [here] })
      const update: DeploymentDeed = { verb: 'update', name: NAME, version: chance.between(1, 3) }
      deeds.push({ atMs: atMs + chance.unit() * APART_MS, what: update, via: [there] })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

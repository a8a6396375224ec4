/**
 * Deployments are created, scaled, updated, deleted and created again, through whichever node is asked.
 *
 * @module
 */
import { requests, workload } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

/** Mean time between two deeds. */
const PAUSE_MS = 6_000
const NAMES_MAX = 10
const REPLICAS_MAX = 5

export const deployments = workload<DeploymentDeed>({
  name: 'deployments',
  draw({ chance, lastsMs }) {
    const deeds: { atMs: number; what: DeploymentDeed }[] = []
    const living = new Set<string>()
    const names = Array.from({ length: chance.between(2, NAMES_MAX) }, (_, index) => `app${index}`)
    for (let atMs = 0; atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const name = chance.pick(names)
      const replicas = chance.between(1, REPLICAS_MAX)
      if (!living.has(name)) {
        living.add(name)
        deeds.push({ atMs, what: { verb: 'create', name, replicas } })
        continue
      }
      const verb = chance.pick(['scale', 'scale', 'update', 'delete'] as const)
      if (verb === 'delete') living.delete(name)
      if (verb === 'scale') deeds.push({ atMs, what: { verb, name, replicas: chance.between(0, REPLICAS_MAX) } })
      else if (verb === 'update') deeds.push({ atMs, what: { verb, name, version: chance.between(1, 3) } })
      else deeds.push({ atMs, what: { verb, name } })
    }
    return deeds
  },
  carryOut: requests(requestOf),
})

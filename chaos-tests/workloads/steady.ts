/**
 * What most of a fleet does most of the time: a few Deployments are created, and nobody touches them any more.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const DEPLOYMENTS_MAX = 3
const REPLICAS_MAX = 4

export const steady = workload<DeploymentDeed>({
  name: 'steady',
  draw({ chance }) {
    return Array.from({ length: chance.between(1, DEPLOYMENTS_MAX) }, (_, index): Drawn<DeploymentDeed> => {
      const what = { verb: 'create', name: `steady${index}`, replicas: chance.between(1, REPLICAS_MAX) } as const
      return { atMs: 0, what }
    })
  },
  carryOut: requests(requestOf),
})

/**
 * A program that writes one object over and over, faster than anything else does.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'busy'
const WRITES = 60
const STEP_MS = 40

export const burst = workload<DeploymentDeed>({
  name: 'burst',
  // It costs much.
  share: 0.2,
  draw({ chance, lastsMs }) {
    const startMs = (chance.unit() * lastsMs) / 2
    const notes = Array.from({ length: WRITES }, (_, index): Drawn<DeploymentDeed> => ({
      atMs: startMs + (index + 1) * STEP_MS * (0.5 + chance.unit()),
      what: { verb: 'note', name: NAME, text: `${index}` },
    }))
    const create: Drawn<DeploymentDeed> = { atMs: 0, what: { verb: 'create', name: NAME, replicas: 1 } }
    return [create, ...notes.filter(({ atMs }) => atMs < lastsMs).toSorted((one, other) => one.atMs - other.atMs)]
  },
  carryOut: requests(requestOf),
})

/**
 * A program keeps what it has counted in an object: some writes in a row, a rest, and now and then a single one through another
 * node. In the rests all come to hold the same, and a history that has become long is cut; a single write may cross that.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const NAME = 'counting'
const ROW_MAX = 10
const STEP_MS = 30
/** Mean time between two rows, and between two single writes. */
const REST_MS = 2_500
const SINGLE_MS = 1_200

export const counting = workload<DeploymentDeed>({
  name: NAME,
  // What is to be met in it is rare.
  share: 0.5,
  draw({ chance, machines, lastsMs }) {
    const deeds: Drawn<DeploymentDeed>[] = [{ atMs: 0, what: { verb: 'create', name: NAME, replicas: 1 } }]
    const [program = '', ...others] = chance.sample(machines, machines.length)
    const note = (atMs: number, via: string): void => {
      deeds.push({ atMs, what: { verb: 'note', name: NAME, text: `${deeds.length}` }, via: [via] })
    }
    for (let rowMs = 500 + chance.exponential(REST_MS); rowMs < lastsMs; rowMs += chance.exponential(REST_MS)) {
      const writes = chance.between(ROW_MAX / 2, ROW_MAX)
      for (let step = 0; step < writes; step++) note(rowMs + step * STEP_MS, program)
    }
    for (let atMs = 500; others.length > 0 && atMs < lastsMs; atMs += chance.exponential(SINGLE_MS))
      note(atMs, chance.pick(others))
    return deeds.filter(({ atMs }) => atMs < lastsMs).toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

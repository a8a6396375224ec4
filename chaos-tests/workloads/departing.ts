/**
 * Somebody deletes machines that seem to be gone: some are, some come back, most only answered late. One that answers is
 * refused.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'

interface Departure {
  readonly node: string
}

/** Mean time between two of them. */
const PAUSE_MS = 2_000

export const departing = workload<Departure>({
  name: 'departing',
  draw({ chance, machines, lastsMs }) {
    const deeds: Drawn<Departure>[] = []
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS))
      deeds.push({ atMs, what: { node: chance.pick(machines) } })
    return deeds
  },
  carryOut: requests(({ node }) => ({ method: 'DELETE', path: `/api/v1/nodes/${node}`, asking: {} })),
})

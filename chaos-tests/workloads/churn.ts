/**
 * Many small objects come and go: bursts of Services that select nothing, which cost what an object costs and nothing else.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type ServiceDeed } from './deeds.ts'

/** Mean time between two bursts. */
const PAUSE_MS = 20_000
const BURST_MAX = 12
/** Mean time between two objects of a burst. */
const STEP_MS = 60
/** How long they stay, in the mean. */
const STAY_MS = 15_000

export const churn = workload<ServiceDeed>({
  name: 'churn',
  draw({ chance, machines, lastsMs }) {
    const deeds: Drawn<ServiceDeed>[] = []
    let count = 0
    for (let burstMs = chance.exponential(PAUSE_MS); burstMs < lastsMs; burstMs += chance.exponential(PAUSE_MS)) {
      let atMs = burstMs
      for (let left = chance.between(3, BURST_MAX); left > 0; left--) {
        const name = `small${count}`
        count += 1
        // Elsewhere it may be unknown when it is to go, and stay for ever: in a long run they would pile up.
        const via = [chance.pick(machines)]
        deeds.push({ atMs, via, what: { verb: 'add-service', name, port: 1_000 + count } })
        const dropMs = atMs + chance.exponential(STAY_MS)
        if (dropMs < lastsMs) deeds.push({ atMs: dropMs, via, what: { verb: 'drop-service', name } })
        atMs += chance.exponential(STEP_MS)
      }
    }
    return deeds.filter(({ atMs }) => atMs < lastsMs).toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

/**
 * A service that is asked all the time, through the routes of several nodes, while its pods come and go; and one that is asked
 * as fast as may be while it is updated, so that every pod that ends has requests under way.
 *
 * @module
 */
import { sent, workload, type Doing, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed, type ServiceDeed } from './deeds.ts'

/** One request by a client of the service that stands on that machine. */
interface VisitDeed {
  readonly verb: 'visit'
  readonly door: string
}

/** What is asked: a Deployment and its Service of one name. */
interface Target {
  readonly name: string
  readonly nodePort: number
}

type TrafficDeed = DeploymentDeed | ServiceDeed | VisitDeed

export const SERVED: Target = { name: 'served', nodePort: 30_080 }
const PRESSED: Target = { name: 'pressed', nodePort: 30_081 }
/** A client that gets nothing for so long has failed: twice what a node lets it wait for a pod ([DATA10]). */
export const VISIT_MS_MAX = 10_000
const DOORS_MAX = 3
/** Mean time between two requests. */
const VISIT_EVERY_MS = 600
/** Mean time between two orders. */
const ORDER_EVERY_MS = 25_000
const REPLICAS_MAX = 4
/** Mean time between two requests, while an update goes on. */
const PRESS_EVERY_MS = 25
const PRESS_FOR_MS = 4_000
const UPDATE_EVERY_MS = 20_000

export const traffic = workload<TrafficDeed>({
  name: 'traffic',
  draw({ chance, machines, lastsMs }) {
    const deeds = begin(SERVED, chance.between(2, REPLICAS_MAX))
    const doors = chance.sample(machines, DOORS_MAX)
    for (let atMs = 5_000; atMs < lastsMs; atMs += chance.exponential(VISIT_EVERY_MS))
      deeds.push({ atMs, what: { verb: 'visit', door: chance.pick(doors) } })
    for (let atMs = chance.exponential(ORDER_EVERY_MS); atMs < lastsMs; atMs += chance.exponential(ORDER_EVERY_MS)) {
      const order: DeploymentDeed = chance.chance(0.7)
        ? { verb: 'scale', name: SERVED.name, replicas: chance.between(1, REPLICAS_MAX) }
        : { verb: 'update', name: SERVED.name, version: chance.between(1, 3) }
      deeds.push({ atMs, what: order })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: carriedOut(SERVED),
})

export const pressed = workload<TrafficDeed>({
  name: 'pressed',
  // Hundreds of requests cost what minutes of others do.
  share: 0.2,
  draw({ chance, machines, lastsMs }) {
    const deeds = begin(PRESSED, REPLICAS_MAX)
    let version = 1
    for (let atMs = 8_000; atMs < lastsMs; atMs += UPDATE_EVERY_MS) {
      version += 1
      deeds.push({ atMs, what: { verb: 'update', name: PRESSED.name, version } })
      for (let visitMs = atMs; visitMs < atMs + PRESS_FOR_MS; visitMs += chance.exponential(PRESS_EVERY_MS))
        deeds.push({ atMs: visitMs, what: { verb: 'visit', door: chance.pick(machines) } })
    }
    return deeds
  },
  carryOut: carriedOut(PRESSED),
})

const begin = ({ name, nodePort }: Target, replicas: number): Drawn<TrafficDeed>[] => [
  { atMs: 0, what: { verb: 'create', name, replicas } },
  { atMs: 1, what: { verb: 'add-service', name, port: 80, nodePort } },
]

function carriedOut(target: Target): (doing: Doing<TrafficDeed>) => Promise<void> {
  return async (doing) => {
    const { what } = doing
    if (what.verb === 'visit') await visit(doing, what, target)
    else await sent(doing, requestOf(what))
  }
}

async function visit(
  { cluster, history }: Doing<TrafficDeed>,
  { door }: VisitDeed,
  { name, nodePort }: Target,
): Promise<void> {
  const startMs = cluster.nowMs()
  const failure = await cluster.visit(door, nodePort, VISIT_MS_MAX).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  const made = { workload: name, door, startMs, endMs: cluster.nowMs() }
  history.visits.push(failure === undefined ? made : { ...made, failure })
}

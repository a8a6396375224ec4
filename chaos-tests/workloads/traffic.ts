/**
 * A service that is asked all the time, through the routes of several nodes, while its pods come and go.
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

type TrafficDeed = DeploymentDeed | ServiceDeed | VisitDeed

/** The Deployment and its Service. */
export const SERVED = 'served'
export const NODE_PORT = 30_080
/** A client that gets nothing for so long has failed: twice what a node lets it wait for a pod ([DATA10]). */
export const VISIT_MS_MAX = 10_000
const DOORS_MAX = 3
/** Mean time between two requests. */
const VISIT_EVERY_MS = 600
/** Mean time between two orders. */
const ORDER_EVERY_MS = 25_000
const REPLICAS_MAX = 4

export const traffic = workload<TrafficDeed>({
  name: 'traffic',
  draw({ chance, machines, lastsMs }) {
    const deeds: Drawn<TrafficDeed>[] = [
      { atMs: 0, what: { verb: 'create', name: SERVED, replicas: chance.between(2, REPLICAS_MAX) } },
      { atMs: 1, what: { verb: 'add-service', name: SERVED, port: 80, nodePort: NODE_PORT } },
    ]
    const doors = chance.sample(machines, DOORS_MAX)
    for (let atMs = 5_000; atMs < lastsMs; atMs += chance.exponential(VISIT_EVERY_MS))
      deeds.push({ atMs, what: { verb: 'visit', door: chance.pick(doors) } })
    for (let atMs = chance.exponential(ORDER_EVERY_MS); atMs < lastsMs; atMs += chance.exponential(ORDER_EVERY_MS)) {
      const order: DeploymentDeed = chance.chance(0.7)
        ? { verb: 'scale', name: SERVED, replicas: chance.between(1, REPLICAS_MAX) }
        : { verb: 'update', name: SERVED, version: chance.between(1, 3) }
      deeds.push({ atMs, what: order })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: (doing) => (doing.what.verb === 'visit' ? visit(doing, doing.what) : order(doing, doing.what)),
})

async function order(doing: Doing<TrafficDeed>, deed: DeploymentDeed | ServiceDeed): Promise<void> {
  await sent(doing, requestOf(deed))
}

async function visit({ cluster, history }: Doing<TrafficDeed>, { door }: VisitDeed): Promise<void> {
  const startMs = cluster.nowMs()
  const failure = await cluster.visit(door, NODE_PORT, VISIT_MS_MAX).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  const made = { workload: SERVED, door, startMs, endMs: cluster.nowMs() }
  history.visits.push(failure === undefined ? made : { ...made, failure })
}

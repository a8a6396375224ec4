/**
 * How fast the simulator is: seven machines, ten Deployments of three, nothing broken and somebody writing now and then. Figures
 * are by CPU time, so that a busy machine does not make them worse than they are.
 *
 * @module
 */
import type { DeploymentDeed } from '../workloads/deployments.ts'
import { deployments } from '../workloads/deployments.ts'
import type { Cluster } from '../cluster.ts'
import { SimCluster } from './sim-cluster.ts'

const MACHINES = 7
const DEPLOYMENTS = 10
const REPLICAS = 3
/** Between two orders to scale one of them. */
const WRITE_EVERY_MS = 30_000
const HOUR_MS = 3_600_000

export interface SpeedFigures {
  readonly what: 'sim-speed'
  readonly machines: number
  readonly simulatedHours: number
  readonly cpuSeconds: number
  readonly hoursPerMinute: number
  readonly timesRealTime: number
  readonly eventsPerSecond: number
  readonly eventsPerSimulatedSecond: number
  readonly rssMegabytes: number
}

export async function bench({ seed, hours }: { seed: number; hours: number }): Promise<SpeedFigures> {
  const cluster = new SimCluster({ seed, machines: MACHINES })
  return cluster.run(async () => {
    await cluster.boot()
    for (let index = 0; index < DEPLOYMENTS; index++)
      await order(cluster, index, { verb: 'create', name: `app${index}`, replicas: REPLICAS })
    await cluster.waitUntil('all run', 60_000, async () => (await cluster.runs()).length === DEPLOYMENTS * REPLICAS)
    const startMs = cluster.nowMs()
    const startEvents = cluster.time.events
    const startCpu = process.cpuUsage()
    for (let at = 0; cluster.nowMs() - startMs < hours * HOUR_MS; at++) {
      await order(cluster, at, {
        verb: 'scale',
        name: `app${at % DEPLOYMENTS}`,
        replicas: at % 2 === 0 ? REPLICAS + 1 : REPLICAS,
      })
      await cluster.runFor(WRITE_EVERY_MS)
    }
    const cpu = process.cpuUsage(startCpu)
    const cpuMs = (cpu.user + cpu.system) / 1_000
    const simulatedMs = cluster.nowMs() - startMs
    const events = cluster.time.events - startEvents
    return {
      what: 'sim-speed',
      machines: MACHINES,
      simulatedHours: simulatedMs / HOUR_MS,
      cpuSeconds: cpuMs / 1_000,
      hoursPerMinute: simulatedMs / cpuMs / 60,
      timesRealTime: simulatedMs / cpuMs,
      eventsPerSecond: (events / cpuMs) * 1_000,
      eventsPerSimulatedSecond: (events / simulatedMs) * 1_000,
      rssMegabytes: process.memoryUsage().rss / 1e6,
    }
  })
}

async function order(cluster: Cluster, at: number, deed: DeploymentDeed): Promise<void> {
  const { method, path, asking } = deployments.requestOf(deed)
  const { status, body } = await cluster.request(cluster.machines[at % MACHINES]!, method, path, asking)
  if (status >= 300) throw new Error(`the bench's order was answered ${status}: ${JSON.stringify(body)}`)
}

/**
 * How fast the simulator is: seven machines, ten Deployments of three, one of which is scaled every half minute, and a fault
 * of some kind each minute, all of which last and overlap as in any run. Nothing is checked: it is the nodes that are measured.
 *
 * Figures are by CPU time, so that a busy machine makes them hardly worse than they are.
 *
 * @module
 */
import { printFigures } from '../../bench/figures.ts'
import type { Operation } from '../history.ts'
import { NEMESES } from '../nemeses/index.ts'
import { drawFaults, type Plan } from '../plan.ts'
import { run } from '../run.ts'
import type { DeploymentDeed } from '../workloads/deeds.ts'
import { deployments } from '../workloads/deployments.ts'
import { machineNames } from '../cluster.ts'
import { SimCluster } from './sim-cluster.ts'
import { SimTime } from './sim-time.ts'
import { sharedWire } from './simulate.ts'

const MACHINES = 7
const DEPLOYMENTS = 10
const REPLICAS = 3
/** Between two orders to scale one of them. */
const WRITE_EVERY_MS = 30_000
/** Mean time between two faults. */
const FAULT_EVERY_MS = 60_000
const HOUR_MS = 3_600_000
/** The issue's: 1,800 times real time. */
const HOURS_PER_MINUTE_GOAL = 30
/** Timers of the bare clock: it does nothing, some hundred times a simulated second. */
const TIMERS = 100

/** The table goes to stderr, the figures to stdout. */
export async function bench({ seed, hours }: { seed: number; hours: number }): Promise<void> {
  const plan = benchPlan(seed, hours * HOUR_MS)
  const nodes = await measureNodes(plan)
  const eventsPerMs = nodes.events / nodes.simulatedMs
  const clock = await measureClock(nodes.events)
  const faults = `${plan.faults.length} faults and ${plan.operations.length} orders in ${hours} h`
  printFigures(`${MACHINES} simulated nodes, ${DEPLOYMENTS} Deployments, ${faults} (seed ${seed})`, [
    {
      figure: 'sim_hours_per_minute',
      value: nodes.simulatedMs / nodes.cpuMs / 60,
      unit: 'h/min',
      better: 'higher',
      goal: HOURS_PER_MINUTE_GOAL,
      floor: clock.events / eventsPerMs / clock.cpuMs / 60,
    },
    {
      figure: 'sim_events_per_second',
      value: (nodes.events / nodes.cpuMs) * 1_000,
      unit: 'events/s',
      better: 'higher',
      floor: (clock.events / clock.cpuMs) * 1_000,
    },
    {
      figure: 'sim_changes_per_second',
      value: (nodes.changes / nodes.cpuMs) * 1_000,
      unit: 'changes/s',
      better: 'higher',
    },
    { figure: 'sim_events_per_simulated_second', value: eventsPerMs * 1_000, unit: 'events', better: 'lower' },
  ])
}

function benchPlan(seed: number, safetyMs: number): Plan {
  const machines = machineNames(MACHINES)
  const kinds = NEMESES.map(({ kind }) => kind)
  return {
    seed,
    machines: MACHINES,
    absent: [],
    regions: 1,
    weather: {},
    clocks: [],
    kinds,
    workloads: [deployments.name],
    safetyMs,
    pauseMs: FAULT_EVERY_MS,
    pace: 1,
    calmMs: null,
    operations: [...orders(safetyMs, machines)],
    faults: drawFaults(seed, { kinds, machines, safetyMs, pauseMs: FAULT_EVERY_MS }),
    core: machines.map((_, index) => index),
    newcomersStay: true,
    lastAlone: null,
  }
}

function* orders(lastsMs: number, machines: readonly string[]): Iterable<Operation> {
  const order = (atMs: number, at: number, what: DeploymentDeed): Operation => ({
    id: `${what.verb}-${at}`,
    workload: deployments.name,
    atMs,
    // Whoever is up takes it.
    via: machines.map((_, index) => machines[(at + index) % MACHINES]!),
    what,
  })
  for (let at = 0; at < DEPLOYMENTS; at++) yield order(0, at, { verb: 'create', name: `app${at}`, replicas: REPLICAS })
  for (let at = 0, atMs = WRITE_EVERY_MS; atMs < lastsMs; at++, atMs += WRITE_EVERY_MS) {
    // Each round of orders takes back what the one before did.
    const more = Math.floor(at / DEPLOYMENTS) % 2 === 0 ? 1 : 0
    yield order(atMs, at, { verb: 'scale', name: `app${at % DEPLOYMENTS}`, replicas: REPLICAS + more })
  }
}

interface Measured {
  readonly events: number
  readonly cpuMs: number
}

async function measureNodes(plan: Plan): Promise<Measured & { simulatedMs: number; changes: number }> {
  const { seed, machines } = plan
  const cluster = new SimCluster({ seed, machines, wire: sharedWire() })
  return cluster.run(async () => {
    await cluster.boot()
    const [startMs, startEvents] = [cluster.nowMs(), cluster.time.events]
    const changes = new Changes(cluster)
    const startCpu = process.cpuUsage()
    await run(cluster, plan, { checkers: [], onlooker: changes })
    return {
      cpuMs: cpuMsSince(startCpu),
      simulatedMs: cluster.nowMs() - startMs,
      events: cluster.time.events - startEvents,
      changes: changes.count,
    }
  })
}

/** What nodes took in: documents, records, verdicts; each node counts what it took. */
class Changes {
  count = 0
  readonly #cluster: SimCluster
  #versions: ReadonlyMap<string, number>

  constructor(cluster: SimCluster) {
    this.#cluster = cluster
    this.#versions = versionsOf(cluster)
  }

  async look(): Promise<void> {
    const versions = versionsOf(this.#cluster)
    for (const [machine, version] of versions) {
      const before = this.#versions.get(machine) ?? 0
      // A node that was started again counts anew.
      this.count += version >= before ? version - before : version
    }
    this.#versions = versions
  }

  fault(): void {}
  answered(): void {}
  healed(): void {}
}

function versionsOf(cluster: SimCluster): ReadonlyMap<string, number> {
  return new Map([...cluster.views()].map(([machine, { version }]) => [machine, version]))
}

/** As many events as the nodes had, and nothing behind them. */
async function measureClock(events: number): Promise<Measured> {
  const time = new SimTime(sharedWire())
  const again = (everyMs: number): void => void time.after(everyMs, () => again(everyMs))
  for (let timer = 0; timer < TIMERS; timer++) again(1_000 + timer)
  const startCpu = process.cpuUsage()
  await time.runUntil(Number.POSITIVE_INFINITY, () => time.events >= events)
  return { events: time.events, cpuMs: cpuMsSince(startCpu) }
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

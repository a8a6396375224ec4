/**
 * Breaks a cluster of real machines for as long as is wanted, and looks on: `npm run chaos -- --minutes 30 --machines 5 --runtime
 * docker`. The run is drawn from a seed, or is one that has a name. At its end it tells what was promised and broken, and how
 * memory and open files of the agents went. The exit code is 1 where a promise was broken.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { machineNames } from './cluster.ts'
import { namedPlan, PLAN_NAMES } from './named-plans.ts'
import { drawPlan, type Plan } from './plan.ts'
import { REAL_CHECKERS } from './real/real-checkers.ts'
import { RealCluster } from './real/real-cluster.ts'
import { REAL_KINDS } from './real/real-tampering.ts'
import { slopeMbPerMinute, type Vitals } from './real/vitals.ts'
import { run, type Onlooker } from './run.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    machines: { type: 'string', default: '5' },
    runtime: { type: 'string', default: process.getuid?.() === 0 ? 'docker' : 'process' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    plan: { type: 'string' },
  },
})

/** Between looks at what the agents take. */
const LOOK_MS = 5_000
/** A shorter life tells nothing of how memory grows. */
const LIFE_MS_MIN = 120_000
const WORKLOADS = ['deployments', 'churn', 'scaling', 'updating', 'traffic', 'steady', 'retrying']
function planOf(runtime: 'process' | 'docker'): Plan {
  const machines = Number(options.machines)
  if (options.plan !== undefined) {
    const name = PLAN_NAMES.find((each) => each === options.plan)
    if (name === undefined) throw new Error(`--plan "${options.plan}": there are ${PLAN_NAMES.join(', ')}`)
    return namedPlan(name, machines)
  }
  return drawPlan(Number(options.seed), {
    machines,
    kinds: REAL_KINDS[runtime],
    workloads: WORKLOADS,
    safetyMs: Number(options.minutes) * 60_000,
    namesOf: machineNames,
  })
}

/** Tells of faults as they come, and takes down what agents take, a list for each life of each. */
class Witness implements Onlooker {
  readonly lives = new Map<string, Vitals[]>()
  readonly #cluster: RealCluster
  #lookedMs = Number.NEGATIVE_INFINITY

  constructor(cluster: RealCluster) {
    this.#cluster = cluster
  }

  async look(): Promise<void> {
    const nowMs = this.#cluster.nowMs()
    if (nowMs - this.#lookedMs < LOOK_MS) return
    this.#lookedMs = nowMs
    for (const machine of this.#cluster.machines) {
      const vitals = this.#cluster.vitalsOf(machine)
      const life = `${machine}, start ${this.#cluster.startsOf(machine)}`
      if (vitals !== undefined) this.lives.set(life, [...(this.lives.get(life) ?? []), vitals])
    }
  }

  fault({ id, what }: Parameters<Onlooker['fault']>[0], is: 'begun' | 'over', atMs: number): void {
    console.log(`${(atMs / 1_000).toFixed(1)} s  ${id} ${is === 'begun' ? JSON.stringify(what) : 'is over'}`)
  }

  answered(): void {}

  healed(core: readonly string[], atMs: number): void {
    console.log(`${(atMs / 1_000).toFixed(1)} s  healed: ${core.join(' ')}`)
  }

  lines(): string[] {
    return [...this.lives].map(([life, samples]) => {
      const [mb, files] = [samples.map(({ residentMb }) => residentMb), samples.map((one) => one.files)]
      const slope = slopeMbPerMinute(samples, LIFE_MS_MIN)
      const grows = slope === undefined ? '' : `, ${slope.toFixed(2)} MB a minute`
      return `${life}: ${Math.min(...mb).toFixed(0)} to ${Math.max(...mb).toFixed(0)} MB${grows}, ${Math.min(...files)} to ${Math.max(...files)} files`
    })
  }
}

async function main(): Promise<void> {
  const { runtime } = options
  if (runtime !== 'process' && runtime !== 'docker') throw new Error('--runtime is process or docker')
  const plan = planOf(runtime)
  console.log(
    `seed ${plan.seed}, ${plan.machines} machines, ${plan.faults.length} faults in ${plan.safetyMs / 60_000} min`,
  )
  if (runtime === 'process')
    console.log(
      `not run, since pods are processes: ${REAL_KINDS.docker.filter((kind) => !REAL_KINDS.process.includes(kind)).join(', ')}`,
    )
  const cluster = await RealCluster.boot(plan.machines, { runtime, clocks: plan.clocks })
  const witness = new Witness(cluster)
  try {
    const { operations, acked, tookMs } = await run(cluster, plan, { checkers: REAL_CHECKERS, onlooker: witness })
    console.log(`${operations} orders, ${acked} of them acknowledged; ${JSON.stringify(tookMs)}`)
    console.log('every promise was kept')
  } catch (error) {
    console.error(`${(error as Error).message}\n${cluster.logs()}`)
    process.exitCode = 1
  } finally {
    for (const line of witness.lines()) console.log(line)
    await cluster.stop()
  }
}

await main()

/**
 * Breaks a cluster of real machines for as long as is wanted, and looks on: `npm run chaos -- --minutes 30 --machines 5 --runtime
 * docker`. The run is drawn from a seed, or is one that has a name. At its end it tells what was promised and broken, and how
 * memory and open files of the agents went. The exit code is 1 where a promise was broken, or an agent grew.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { machineNames } from './cluster.ts'
import { namedPlan, PLAN_NAMES } from './named-plans.ts'
import { drawPlan, type Plan } from './plan.ts'
import { whyNoEngine } from './real/engine.ts'
import { whyNoLab } from './real/lab.ts'
import { REAL_CHECKERS } from './real/real-checkers.ts'
import { RealCluster } from './real/real-cluster.ts'
import { isPossible, leftOut, standingOf, type Place } from './real/place.ts'
import { REAL_KINDS } from './real/real-tampering.ts'
import { growths, LIFE_MS_MIN, spareMb, trendOf, words, type Vitals } from './real/vitals.ts'
import { run, type Onlooker } from './run.ts'
import { isJoin } from './workloads/members.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    machines: { type: 'string', default: '5' },
    /** `docker` or `process`. Default: what there is here, without root or Docker less; the end tells what was not run. */
    runtime: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    plan: { type: 'string' },
    /** Of drawn faults, `split,loss`: where no agent is ended, each has a life long enough to see it grow. */
    kinds: { type: 'string' },
  },
})

/** Between looks at what the agents take. */
const LOOK_MS = 5_000
const WORKLOADS = ['deployments', 'churn', 'scaling', 'updating', 'traffic', 'steady', 'retrying']
function planOf(place: Place): Plan {
  const machines = Number(options.machines)
  if (options.plan !== undefined) {
    const name = PLAN_NAMES.find((each) => each === options.plan)
    if (name === undefined) throw new Error(`--plan "${options.plan}": there are ${PLAN_NAMES.join(', ')}`)
    return namedPlan(name, machines)
  }
  return drawPlan(Number(options.seed), {
    machines,
    kinds: kindsOf(place),
    workloads: WORKLOADS,
    safetyMs: Number(options.minutes) * 60_000,
    namesOf: machineNames,
  })
}

function kindsOf(place: Place): readonly string[] {
  const possible = REAL_KINDS[place]
  const kinds = options.kinds?.split(',').filter((kind) => kind !== '') ?? possible
  const unknown = kinds.find((kind) => !possible.includes(kind))
  if (unknown !== undefined) throw new Error(`--kinds "${unknown}": there are ${possible.join(', ')}`)
  return kinds
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
      const vitals = await this.#cluster.vitalsOf(machine)
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
      const [all, beside] = [trendOf(samples, ({ residentMb }) => residentMb), trendOf(samples, spareMb)]
      const grows =
        all === undefined || beside === undefined
          ? ''
          : ` (${words(all)} an hour after the warm-up, ${words(beside)} beside what it holds on purpose)`
      const [first, last] = [samples[0]!, samples.at(-1)!]
      const holds = `${first.objects} to ${last.objects} objects and ${first.records} to ${last.records} records, what is gone among them`
      return `${life}: ${Math.min(...mb).toFixed(0)} to ${Math.max(...mb).toFixed(0)} MB${grows}, ${Math.min(...files)} to ${Math.max(...files)} files, ${holds}`
    })
  }

  /** What grew beyond its bound, by life. */
  growths(): string[] {
    return [...this.lives].flatMap(([life, samples]) => growths(samples).map((what) => `${life}: ${what}`))
  }

  get longestMs(): number {
    return Math.max(0, ...[...this.lives.values()].map((samples) => samples.at(-1)!.atMs - samples[0]!.atMs))
  }
}

/** Whether nothing grew; says so, or that nobody lived for long enough to tell. */
function tellGrowth(witness: Witness): boolean {
  const grown = witness.growths()
  for (const line of grown) console.error(line)
  const minutes = (ms: number): string => (ms / 60_000).toFixed(0)
  if (witness.longestMs < LIFE_MS_MIN)
    console.log(`whether agents grow is not told: none lived for ${minutes(LIFE_MS_MIN)} minutes at a stretch`)
  else if (grown.length === 0) console.log('no agent grew')
  return grown.length === 0
}

async function main(): Promise<void> {
  const { runtime } = options
  if (runtime !== undefined && runtime !== 'process' && runtime !== 'docker')
    throw new Error('--runtime is process or docker')
  const standing = standingOf(runtime, { lab: whyNoLab(), engine: whyNoEngine() })
  const { place } = standing
  const whole = planOf(place)
  const plan = { ...whole, faults: whole.faults.filter(({ kind }) => isPossible(kind, place)) }
  const isNamed = options.plan !== undefined
  const left = leftOut(isNamed ? whole.faults : [], isNamed ? [] : REAL_KINDS.docker, standing)
  console.log(
    `seed ${plan.seed}, ${plan.machines} machines, ${plan.faults.length} faults in ${plan.safetyMs / 60_000} min`,
  )
  for (const line of left) console.log(line)
  const cluster = await RealCluster.boot(plan.machines, {
    runtime: place === 'docker' ? 'docker' : 'process',
    isOnLoopback: place === 'loopback',
    clocks: plan.clocks,
  })
  const witness = new Witness(cluster)
  try {
    const { operations, acked, joined, tookMs } = await run(cluster, plan, {
      checkers: REAL_CHECKERS,
      onlooker: witness,
    })
    console.log(`${operations} orders, ${acked} of them acknowledged; ${JSON.stringify(tookMs)}`)
    const wanted = options.plan === undefined ? 0 : plan.operations.filter(isJoin).length
    if (joined.length < wanted) throw new Error(`${wanted} machines were to join, and ${joined.length} came in`)
    console.log('every promise was kept')
  } catch (error) {
    console.error(`${(error as Error).message}\n${cluster.logs()}`)
    process.exitCode = 1
  } finally {
    for (const line of [...witness.lines(), ...left]) console.log(line)
    if (!tellGrowth(witness)) process.exitCode = 1
    await cluster.stop()
  }
}

try {
  await main()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
// After a promise was broken nobody waits for what the plan would have done besides.
process.exit()

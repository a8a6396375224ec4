/**
 * What many runs came to: how much was simulated, what was broken and how to see it again, and what was tried at all.
 *
 * @module
 */
import type { Mark } from '../../crdt/index.ts'
import type { Breach } from '../breach.ts'
import { NEMESES } from '../nemeses/index.ts'
import type { Plan } from '../plan.ts'
import { MarkTally } from '../sim/marks.ts'
import { WORKLOADS } from '../workloads/index.ts'

export interface Outing {
  readonly plan: Plan
  readonly simulatedMs: number
  /** Of its trace; undefined where it failed. */
  readonly hash?: string
  /** What it came through; undefined where it failed. */
  readonly marks?: Iterable<Mark>
  /** Undefined: all promises were kept. */
  readonly failure?: { readonly breach: Breach; readonly replay: string; readonly shrink: string }
}

const HOUR_MS = 3_600_000

export class Summary {
  seeds = 0
  simulatedMs = 0
  wallMs = 0
  readonly #failures = new Map<string, { readonly seed: number; readonly failure: NonNullable<Outing['failure']> }[]>()
  /** Of each kind of fault and workload: runs it was in, and how many there were. */
  readonly #tried = new Map<string, { runs: number; times: number }>()
  readonly #machines = new Map<number, number>()
  readonly #marks = new MarkTally()

  /** `wallMs`: since the first run began, by the real clock. */
  add({ plan, simulatedMs, marks = [], failure }: Outing, wallMs: number): void {
    this.seeds += 1
    this.simulatedMs += simulatedMs
    this.wallMs = wallMs
    this.#machines.set(plan.machines, (this.#machines.get(plan.machines) ?? 0) + 1)
    this.#count(plan.faults.map(({ kind }) => kind))
    this.#count(plan.operations.map(({ workload }) => workload))
    this.#marks.add(marks)
    if (failure === undefined) return
    const { rule } = failure.breach
    this.#failures.set(rule, [...(this.#failures.get(rule) ?? []), { seed: plan.seed, failure }])
  }

  get failures(): number {
    return [...this.#failures.values()].reduce((sum, { length }) => sum + length, 0)
  }

  get hours(): number {
    return this.simulatedMs / HOUR_MS
  }

  #count(names: readonly string[]): void {
    for (const name of new Set(names)) {
      const tried = this.#tried.get(name) ?? { runs: 0, times: 0 }
      tried.runs += 1
      tried.times += names.filter((one) => one === name).length
      this.#tried.set(name, tried)
    }
  }

  lines(): string[] {
    const speed = Math.round(this.simulatedMs / Math.max(1, this.wallMs))
    const sizes = [...this.#machines].toSorted(([one], [other]) => one - other)
    return [
      `${this.seeds} seeds, ${this.hours.toFixed(2)} simulated hours in ${lengthOf(this.wallMs)} (${speed} times real time)`,
      `machines: ${sizes.map(([machines, seeds]) => `${machines} in ${seeds}`).join(', ')} seeds`,
      `faults: ${NEMESES.map(({ kind }) => this.#coverage(kind)).join(', ')}`,
      `operations: ${WORKLOADS.map(({ name }) => this.#coverage(name)).join(', ')}`,
      ...this.#marks.lines(),
      ...(this.failures === 0 ? ['no failures'] : [...this.#failures].flatMap(failureLines)),
    ]
  }

  #coverage(name: string): string {
    const { runs, times } = this.#tried.get(name) ?? { runs: 0, times: 0 }
    return `${name} ${times}${times === 0 ? '' : ` in ${runs} seeds`}`
  }
}

/** Of each rule so many are told one by one: they tend to be the same bug. */
const TOLD_MAX = 5

function failureLines([rule, failed]: [
  rule: string,
  failed: readonly { readonly seed: number; readonly failure: NonNullable<Outing['failure']> }[],
]): string[] {
  const told = failed
    .slice(0, TOLD_MAX)
    .flatMap(({ seed, failure }) => [
      `  seed ${seed}: ${failure.breach.what.split('\n')[0]}`,
      `    replay:  ${failure.replay}`,
      `    shrink:  ${failure.shrink}`,
    ])
  const rest = failed.slice(TOLD_MAX).map(({ seed }) => seed)
  return [
    `${rule} broken by ${failed.length} ${failed.length === 1 ? 'seed' : 'seeds'}`,
    ...told,
    ...(rest.length === 0 ? [] : [`  and by ${rest.join(', ')}`]),
  ]
}

export function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

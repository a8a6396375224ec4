/**
 * A plan with less in it. Whatever is taken out, the streams of chance of what stays are the same, since each depends on the
 * seed and its own name: a machine that is left out leaves its number behind, and the others keep theirs.
 *
 * @module
 */
import type { Plan } from '../plan.ts'

/** Its faults end after so long; what would begin later is left out. */
export function withHorizon(plan: Plan, safetyMs: number): Plan {
  return {
    ...plan,
    safetyMs,
    operations: plan.operations.filter(({ atMs }) => atMs < safetyMs),
    faults: plan.faults.filter(({ fromMs }) => fromMs < safetyMs),
  }
}

/**
 * Without one machine: faults and operations that are about it alone are left out, and from the others its name is. Undefined
 * where nothing would be left to look at.
 *
 * @param names - of all machines, by number
 */
export function withoutMachine(plan: Plan, number: number, names: readonly string[]): Plan | undefined {
  const there = [...names.keys()].filter((one) => !plan.absent.includes(one))
  const place = there.indexOf(number)
  const moved = (one: number): number => (one > place ? one - 1 : one)
  const core = plan.core.filter((one) => one !== place).map(moved)
  if (place === -1 || core.length === 0) return undefined
  const name = names[number]!
  const without = <T extends { readonly what: unknown }>(parts: readonly T[]): T[] =>
    parts.flatMap((part) => {
      const what = unnamed(part.what, name)
      return what === GONE ? [] : [{ ...part, what }]
    })
  return {
    ...plan,
    absent: [...plan.absent, number].toSorted((one, other) => one - other),
    core,
    lastAlone: plan.lastAlone === null || plan.lastAlone === place ? null : moved(plan.lastAlone),
    faults: without(plan.faults),
    operations: without(plan.operations)
      .map((operation) => ({ ...operation, via: operation.via.filter((door) => door !== name) }))
      .filter(({ via }) => via.length > 0),
  }
}

const GONE = Symbol('gone')

/** What is about that machine alone is gone; of a list only it is, and lists that become empty. */
function unnamed(value: unknown, name: string): unknown {
  if (value === name) return GONE
  if (Array.isArray(value)) {
    const left = value.map((item) => unnamed(item, name)).filter((item) => item !== GONE)
    return left.length === 0 && value.length > 0 ? GONE : left
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, unnamed(item, name)] as const)
  return entries.some(([, item]) => item === GONE) ? GONE : Object.fromEntries(entries)
}

/** One thing less that chance decided, each by what it makes of the plan. */
export const CALMER: readonly { readonly name: string; readonly calm: (plan: Plan) => Plan }[] = [
  { name: 'one region', calm: (plan) => ({ ...plan, regions: 1 }) },
  { name: 'no jitter', calm: (plan) => ({ ...plan, weather: { ...plan.weather, jitterMs: 0 } }) },
  { name: 'machines side by side', calm: (plan) => ({ ...plan, weather: { ...plan.weather, latencyMs: 0.3 } }) },
  {
    name: 'right clocks',
    calm: (plan) => ({ ...plan, clocks: plan.clocks.map(() => ({ offsetMs: 0, rateError: 0 })) }),
  },
  { name: 'nothing is evened out', calm: (plan) => ({ ...plan, calmMs: null }) },
  { name: 'nobody boots alone', calm: (plan) => ({ ...plan, lastAlone: null }) },
  {
    name: 'all live on',
    calm: (plan) => ({
      ...plan,
      core: Array.from({ length: sizeOf(plan) }, (_, place) => place),
      newcomersStay: true,
    }),
  },
]

export function sizeOf({ machines, absent }: Plan): number {
  return machines - absent.length
}

/** Only those kinds of faults and workloads that occur. */
export function withKindsUsed(plan: Plan): Plan {
  const kinds = new Set(plan.faults.map(({ kind }) => kind))
  const workloads = new Set(plan.operations.map(({ workload }) => workload))
  return {
    ...plan,
    kinds: plan.kinds.filter((kind) => kinds.has(kind)),
    workloads: plan.workloads.filter((name) => workloads.has(name)),
  }
}

/** Machines that are there, and those that may come: a newcomer takes the next number. */
export function namesIn(plan: Plan, namesOf: (machines: number) => readonly string[]): string[] {
  const newcomers = plan.operations.filter(({ workload }) => workload === 'members').length
  return namesOf(plan.machines + newcomers).filter((_, number) => !plan.absent.includes(number))
}

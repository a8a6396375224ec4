/**
 * Whether a fault's or an operation's drawing, read from a file, is one that its nemesis or workload could draw today: of the
 * same fields and types. What they draw is the only place where that is said, so they are asked to draw.
 *
 * @module
 */
import type { AnyNemesis } from '../fault.ts'
import { Stream } from '../sim/random.ts'
import type { AnyWorkload } from '../workload.ts'

/** So many that a shape which one of a hundred has is not missed. */
const DRAWINGS = 1_000
const WORKLOADS = 10
const WORKLOAD_MS = 600_000

/** Values seen at one place, by their form; of lists what was in them, of objects what was in their fields. */
export type Likeness = ReadonlyMap<
  string,
  { readonly items?: Likeness; readonly fields?: Readonly<Record<string, Likeness>> }
>

export function likenessOfDrawings(nemesis: AnyNemesis, machines: readonly string[]): Likeness {
  return remembered(`nemesis/${nemesis.kind}`, machines, () => {
    const chance = new Stream(0, `likeness/${nemesis.kind}`)
    return Array.from({ length: DRAWINGS }, () => nemesis.draw({ chance, machines }))
  })
}

export function likenessOfDeeds(workload: AnyWorkload, machines: readonly string[]): Likeness {
  return remembered(`workload/${workload.name}`, machines, () =>
    Array.from({ length: WORKLOADS }, (_, at) => {
      const chance = new Stream(at, `likeness/${workload.name}`)
      return workload.draw({ chance, machines, lastsMs: WORKLOAD_MS }).map(({ what }) => what)
    }).flat(),
  )
}

const memory = new Map<string, Likeness>()

function remembered(what: string, machines: readonly string[], draw: () => readonly unknown[]): Likeness {
  const key = `${what}/${machines.join()}`
  const known = memory.get(key) ?? likenessOf(draw())
  memory.set(key, known)
  return known
}

export function likenessOf(samples: readonly unknown[]): Likeness {
  const byForm = new Map<string, unknown[]>()
  for (const sample of samples) {
    const form = formOf(sample)
    const alike = byForm.get(form)
    if (alike === undefined) byForm.set(form, [sample])
    else alike.push(sample)
  }
  return new Map([...byForm].map(([form, alike]) => [form, partsOf(alike)]))
}

/** All of one form. */
function partsOf(alike: readonly unknown[]): { items?: Likeness; fields?: Record<string, Likeness> } {
  const [first] = alike
  if (Array.isArray(first)) return { items: likenessOf((alike as unknown[][]).flat()) }
  if (typeof first !== 'object' || first === null) return {}
  const at = (name: string): unknown[] => (alike as Record<string, unknown>[]).map((one) => one[name])
  return { fields: Object.fromEntries(Object.keys(first).map((name) => [name, likenessOf(at(name))])) }
}

export interface Unlike {
  readonly at: string
  readonly is: string
}

/** Where it differs in its fields or types from all that may stand there; a list may have any length. */
export function unlike(value: unknown, likeness: Likeness, at: string): Unlike | undefined {
  const like = likeness.get(formOf(value))
  if (like === undefined) return { at, is: `is ${formOf(value)}` }
  const { items, fields = {} } = like
  const parts: (readonly [unknown, Likeness, string])[] = Array.isArray(value)
    ? value.map((item, place) => [item, items!, `${at}[${place}]`])
    : Object.entries(fields).map(([name, field]) => [(value as Record<string, unknown>)[name], field, `${at}.${name}`])
  for (const [part, partLikeness, partAt] of parts) {
    const found = unlike(part, partLikeness, partAt)
    if (found !== undefined) return found
  }
  return undefined
}

/** A type, and of an object its fields. */
function formOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'null'
  if (typeof value !== 'object') return `a ${typeof value}`
  const names = Object.keys(value).toSorted()
  return names.length === 0 ? 'an empty object' : `an object of ${names.join(', ')}`
}

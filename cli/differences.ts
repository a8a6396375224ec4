/**
 * What differs between two objects, field by field, as people write paths: `spec.template.spec.containers[web].image`. Pure.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'

export interface Difference {
  readonly path: string
  /** Undefined: the field is not there. */
  readonly before: unknown
  readonly after: unknown
}

/** Fields by which the elements of a list are told apart, the first that all of them have. */
const NAMES = ['name', 'containerPort', 'port', 'mountPath', 'ip', 'key']

/** In the order of the fields, those of `before` first. A part that is new or gone altogether is one difference a leaf. */
export function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  const [one, other] = [partsOf(before, after), partsOf(after, before)]
  if (one === undefined || other === undefined) return [{ path, before, after }]
  const names = [...new Set([...one.keys(), ...other.keys()])]
  return names.flatMap((name) => differences(one.get(name), other.get(name), `${path}${name}`)).map(withoutDot)
}

const withoutDot = (one: Difference): Difference => ({ ...one, path: one.path.replace(/^\./, '') })

type Parts = ReadonlyMap<string, unknown>

/** The fields or elements of a value, by the end of their path. Undefined: it has none, or they do not match the other's. */
function partsOf(value: unknown, other: unknown): Parts | undefined {
  if (value === undefined) return isParted(other) ? new Map() : undefined
  if (Array.isArray(value)) return Array.isArray(other) || other === undefined ? elementsOf(value, other) : undefined
  if (!isPlain(value) || (other !== undefined && !isPlain(other))) return undefined
  return new Map(Object.entries(value).map(([name, each]) => [fieldStep(name), each]))
}

/** A list of named elements, or what has fields: shown leaf by leaf, also where it is new. */
const isParted = (value: unknown): boolean =>
  (isPlain(value) && Object.keys(value).length > 0) ||
  (Array.isArray(value) && value.length > 0 && value.every(isPlain) && nameOfAll(value) !== undefined)

function elementsOf(list: readonly unknown[], other: readonly unknown[] | undefined): Parts | undefined {
  const all = [...list, ...(other ?? [])]
  if (!all.every(isPlain)) return undefined
  const name = nameOfAll(all)
  if (name === undefined) return undefined
  const parts = new Map(list.map((each) => [`[${String((each as Plain)[name])}]`, unnamed(each as Plain, name)]))
  return parts.size === list.length ? parts : undefined
}

/** Its name is in the path already, unless it is all there is. */
function unnamed(element: Plain, name: string): Plain {
  const { [name]: _, ...rest } = element
  return Object.keys(rest).length === 0 ? element : rest
}

function nameOfAll(list: readonly unknown[]): string | undefined {
  return NAMES.find((name) => list.every((each) => isPlain(each) && ['string', 'number'].includes(typeof each[name])))
}

/** A key that holds a dot is no step of a path. */
const fieldStep = (name: string): string => (/^[\w-]+$/.test(name) ? `.${name}` : `[${name}]`)

type Plain = Readonly<Record<string, unknown>>

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)

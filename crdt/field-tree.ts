/**
 * A set of fields as Kubernetes writes it in `managedFields`, with what each field said when it was taken.
 *
 *     { "f:spec": { "f:replicas": "x7Q", "f:template": { ".": "", "f:metadata": ... } } }
 *
 * An element is `f:` and a field, `k:` and the keys of a list's element, `v:` and a value of a set, or `.`, the thing itself.
 * A text in its place says that it is in the set: a mark of its value, or nothing where it is enough that it is there. Whoever
 * has a field with another value by now no longer owns it, so ownership follows the value that won a merge.
 *
 * @module
 */
import { textOf } from './json.ts'
import { sha256 } from './sha256.ts'

export type FieldTree = { readonly [element: string]: FieldTree | string }

export const ITSELF = '.'

/** 18 bits: of 262,144 changes behind an owner's back one goes unnoticed. */
const MARK_CHARS = 3

/** Of one field: the values that one manager gave it on as many sides of a split. */
const MARKS_MAX = 8

export function markOf(value: unknown): string {
  return sha256(textOf(value)).toString('base64url').slice(0, MARK_CHARS)
}

export const isMark = (text: string): boolean =>
  text.length % MARK_CHARS === 0 && text.length <= MARK_CHARS * MARKS_MAX && /^[\w-]*$/.test(text)

const marksIn = (text: string): string[] => text.match(/.{3}/g) ?? []

/** Whether one of the marks is that of the value; no mark: it is enough that there is one. */
const isMarked = (text: string, value: unknown): boolean => text === '' || marksIn(text).includes(markOf(value))

const isTree = (value: unknown): value is FieldTree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is in the set at and below a place, `{}` where nothing is. */
export function treeOf(node: FieldTree | string | undefined): FieldTree {
  if (node === undefined) return {}
  return typeof node === 'string' ? { [ITSELF]: node } : node
}

/** A tree in its shortest form; undefined where it is empty. */
export function nodeOf(
  entries: readonly (readonly [string, FieldTree | string | undefined])[],
): FieldTree | string | undefined {
  // prettier-ignore
  const kept = entries.filter((entry): entry is [string, FieldTree | string] => entry[1] !== undefined)
  if (kept.length === 0) return undefined
  const [[name, node]] = kept as [[string, FieldTree | string]]
  return kept.length === 1 && name === ITSELF ? node : Object.fromEntries(kept)
}

/** What is in one or the other. */
export function union(one: FieldTree, other: FieldTree): FieldTree {
  return treeOf(united(one, other))
}

function united(one: FieldTree | string, other: FieldTree | string): FieldTree | string {
  if (typeof one === 'string' && typeof other === 'string') return joined(one, other)
  const [left, right] = [treeOf(one), treeOf(other)]
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  const both = (name: string): FieldTree | string | undefined => {
    const [here, there] = [left[name], right[name]]
    return here === undefined || there === undefined ? (here ?? there) : united(here, there)
  }
  return nodeOf(names.map((name) => [name, both(name)] as const)) ?? {}
}

/** Without a mark it is owned whatever its value. */
function joined(one: string, other: string): string {
  if (one === '' || other === '') return ''
  return [...new Set([...marksIn(one), ...marksIn(other)])].toSorted().slice(0, MARKS_MAX).join('')
}

/** What is in the first and not in the second. */
export function minus(one: FieldTree, other: FieldTree): FieldTree {
  const left = Object.entries(one).map(([name, node]) => {
    const gone = other[name]
    if (gone === undefined) return [name, node] as const
    if (name === ITSELF) return [name, undefined] as const
    return [name, shortest(minus(treeOf(node), treeOf(gone)))] as const
  })
  return treeOf(nodeOf(left))
}

/** What is in both, with the marks of the first. */
export function common(one: FieldTree, other: FieldTree): FieldTree {
  const both = Object.entries(one).map(([name, node]) => {
    const there = other[name]
    if (there === undefined) return [name, undefined] as const
    return [name, name === ITSELF ? node : shortest(common(treeOf(node), treeOf(there)))] as const
  })
  return treeOf(nodeOf(both))
}

const shortest = (tree: FieldTree): FieldTree | string | undefined => nodeOf(Object.entries(tree))

export const isEmpty = (tree: FieldTree): boolean => Object.keys(tree).length === 0

/** All that is in the set, as paths of elements. */
export function pathsIn(tree: FieldTree, above: readonly string[] = []): (readonly string[])[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    if (name === ITSELF) return [above]
    return pathsIn(treeOf(node), [...above, name])
  })
}

/** What of the set is there in the object, with the value it was taken with. */
export function standing(tree: FieldTree, object: unknown): FieldTree {
  return treeOf(standingNode(tree, object))
}

function standingNode(node: FieldTree | string, value: unknown): FieldTree | string | undefined {
  if (value === undefined) return undefined
  if (typeof node === 'string') return isMarked(node, value) ? node : undefined
  const childAt = childrenOf(value)
  const below = Object.entries(node).map(([name, child]) => [
    name,
    standingNode(child, name === ITSELF ? value : childAt(name)),
  ] as const) // prettier-ignore
  return nodeOf(below)
}

/** What Kubernetes takes for a key that was not written. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' }

/** Of one list elements are found by these many sets of keys at most: every list has one. */
const KEY_SETS_MAX = 4

/** What stands at an element of a value; undefined: nothing. A list is walked once, however many elements are asked for. */
export function childrenOf(value: unknown): (element: string) => unknown {
  if (!Array.isArray(value)) {
    return (element) => {
      const name = element.slice(2)
      return element.startsWith('f:') && isTree(value) && Object.hasOwn(value, name) ? value[name] : undefined
    }
  }
  const tables = new Map<string, ReadonlyMap<string, unknown>>()
  const tableOf = (name: string, elementOf: (each: unknown) => string | undefined): ReadonlyMap<string, unknown> => {
    const known = tables.get(name)
    if (known !== undefined || tables.size > KEY_SETS_MAX) return known ?? new Map()
    const table = new Map(value.toReversed().map((each) => [elementOf(each) ?? '', each]))
    tables.set(name, table)
    return table
  }
  return (element) => {
    const wanted = parsed(element.slice(2))
    if (element.startsWith('v:')) return tableOf('', textOf).get(textOf(wanted))
    if (!element.startsWith('k:') || !isTree(wanted)) return undefined
    const keys = Object.keys(wanted).toSorted()
    return tableOf(keys.join(), (each) => keyElement(each, keys)).get(keyElement(wanted, keys) ?? 'k:')
  }
}

/** `k:{"containerPort":80,"protocol":"TCP"}`; undefined where the element lacks a key. */
export function keyElement(element: unknown, keys: readonly string[]): string | undefined {
  if (!isTree(element)) return undefined
  const values = keys.toSorted().map((key) => [key, element[key] ?? KEY_DEFAULTS[key]] as const)
  if (values.some(([, value]) => !isScalar(value))) return undefined
  return `k:${JSON.stringify(Object.fromEntries(values))}`
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

/** Whether a name is one of an element of a tree. */
export function isElement(name: string): boolean {
  if (name.startsWith('f:')) return name.length > 2
  const value = parsed(name.slice(2))
  if (name.startsWith('v:')) return value !== undefined
  return name.startsWith('k:') && isTree(value) && Object.values(value).every(isScalar)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Of a tree that came from elsewhere. Bounds how deep anything here recurses. */
const LEVELS_MAX = 40

/** Whether a value is such a tree: bounded in depth, every name an element, every text a mark. */
export function isFieldTree(value: unknown, levels = LEVELS_MAX): value is FieldTree {
  if (!isTree(value) || levels === 0) return false
  return Object.entries(value).every(([name, node]: [string, unknown]) => {
    if (typeof node === 'string') return isMark(node) && (name === ITSELF || isElement(name))
    return name !== ITSELF && isElement(name) && isFieldTree(node, levels - 1)
  })
}

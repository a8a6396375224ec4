/**
 * Objects as sets of fields: what an object says, what differs between two, and what each field says now.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { childrenOf, ITSELF, keyElement, markOf, nodeOf, treeOf, type FieldTree } from '../../../crdt/index.ts'
import { isObject } from '../body.ts'
import type { FieldSchema } from '../kube/field-schema.ts'
import { ApiError } from '../status.ts'

type Node = FieldTree | string

export interface Part {
  /** As it stands in a `FieldTree`. */
  readonly element: string
  readonly value: unknown
  readonly schema: FieldSchema
}

/** The parts of a value that merge each by itself; undefined: it is one value. */
export function partsOf(value: unknown, schema: FieldSchema): readonly Part[] | undefined {
  const { merge } = schema
  switch (merge.by) {
    case 'value':
      return undefined
    case 'fields':
    case 'entries':
    case 'unknown':
      return isObject(value) ? Object.entries(value).filter(([, each]) => each !== undefined).map(([name, each]) => ({ element: `f:${name}`, value: each, schema: schema.field(name) })) : undefined // prettier-ignore
    case 'set':
      return Array.isArray(value) ? value.map((each) => ({ element: `v:${JSON.stringify(each)}`, value: each, schema: schema.element })) : undefined // prettier-ignore
    case 'keys': {
      if (!Array.isArray(value)) return undefined
      const elements = value.map((each) => keyElement(each, merge.keys))
      if (elements.includes(undefined) || new Set(elements).size < elements.length) return undefined
      return value.map((each, at) => ({ element: elements[at] as string, value: each, schema: schema.element }))
    }
  }
}

const isElementOfList = (element: string): boolean => !element.startsWith('f:')

/** [SSA2] What a manifest says. Of what is merged by field only the fields, of elements of lists they themselves, too. */
export function fieldsOf(value: unknown, schema: FieldSchema): FieldTree {
  return treeOf(saidIn(value, schema))
}

function saidIn(value: unknown, schema: FieldSchema): Node | undefined {
  const parts = partsOf(value, schema)
  if (parts === undefined) return ''
  if (parts.length === 0) return isObject(value) ? '' : undefined
  return nodeOf(
    parts.map((part) => {
      const below = saidIn(part.value, part.schema)
      const isThing = isElementOfList(part.element) || schema.merge.by === 'entries' || below === undefined
      return [part.element, isThing ? withItself(below) : below] as const
    }),
  )
}

function withItself(node: Node | undefined): Node {
  if (node === undefined || typeof node === 'string') return node ?? ''
  return { [ITSELF]: '', ...node }
}

/** [SSA10] What `after` says that `before` did not say, or said otherwise; the things that are new themselves, too. */
export function changedIn(before: unknown, after: unknown, schema: FieldSchema): FieldTree {
  return treeOf(changed(before, after, schema))
}

function changed(before: unknown, after: unknown, schema: FieldSchema): Node | undefined {
  if (after === undefined || isDeepStrictEqual(before, after)) return undefined
  const parts = partsOf(after, schema)
  if (parts === undefined) return ''
  if (parts.length === 0) return before === undefined && !schema.isImplied ? '' : undefined
  const earlier = new Map((partsOf(before, schema) ?? []).map(({ element, value }) => [element, value]))
  const below = nodeOf(
    parts.map((part) => [part.element, changed(earlier.get(part.element), part.value, part.schema)] as const),
  )
  return before === undefined && !schema.isImplied ? withItself(below) : below
}

/** Of a Secret no mark of a value may be told: it could be found by trying. */
export interface Marking {
  readonly schema: FieldSchema
  readonly isSecret: boolean
}

/** [SSA31] What of the set is in the object, with marks of what it says now. */
export function marked(tree: FieldTree, object: unknown, { schema, isSecret }: Marking): FieldTree {
  const childAt = childrenOf(object)
  return treeOf(
    nodeOf(
      Object.entries(tree).map(([name, node]) => {
        const isHidden = isSecret && name === 'f:data'
        return [name, markedNode(node, childAt(name), { schema: below(schema, name), isHidden })] as const
      }),
    ),
  )
}

const below = (schema: FieldSchema, element: string): FieldSchema =>
  isElementOfList(element) ? schema.element : schema.field(element.slice(2))

function markedNode(
  node: Node,
  value: unknown,
  { schema, isHidden }: { schema: FieldSchema; isHidden: boolean },
): Node | undefined {
  if (value === undefined) return undefined
  const parts = partsOf(value, schema)
  if (parts === undefined) return isHidden ? '' : markOf(value)
  const childAt = childrenOf(value)
  return nodeOf(
    Object.entries(treeOf(node)).map(([name, each]) => {
      if (name === ITSELF) return [name, ''] as const
      return [name, markedNode(each, childAt(name), { schema: below(schema, name), isHidden })] as const
    }),
  )
}

/** [SSA6] Each element of a list with keys has its own; refuses what cannot be told apart. */
export function assertDistinct(value: unknown, schema: FieldSchema, path = ''): void {
  const { merge } = schema
  if (Array.isArray(value) && (merge.by === 'keys' || merge.by === 'set')) {
    const seen = new Set<string>()
    for (const each of value) {
      const element = merge.by === 'keys' ? keyedElement(each, merge.keys, path) : `v:${JSON.stringify(each)}`
      if (seen.has(element)) throw cannotApply(`${path}: duplicate entries for key ${pathText([element])}`)
      seen.add(element)
    }
  }
  for (const part of partsOf(value, schema) ?? [])
    assertDistinct(part.value, part.schema, `${path}${pathText([part.element])}`)
}

function keyedElement(value: unknown, keys: readonly string[], path: string): string {
  const element = keyElement(value, keys)
  if (element !== undefined) return element
  const missing = keys.find((key) => !isObject(value) || value[key] === undefined) ?? keys[0]
  throw cannotApply(`${path}: element 0: associative list with keys has an element that omits key field "${missing}"`)
}

const cannotApply = (why: string): ApiError => new ApiError('BadRequest', `failed to create typed patch object: ${why}`)

/** [SSA4] `.spec.template.spec.containers[name="web"].image` */
export function pathText(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2)
      if (element.startsWith('f:')) return `.${rest}`
      if (element.startsWith('v:')) return `[=${rest}]`
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')
}

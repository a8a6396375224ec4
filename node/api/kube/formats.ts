/**
 * The door of what Kubernetes' clients speak beside JSON. It is loaded when somebody first speaks so: who only ever sends JSON
 * pays neither memory nor start-up for it. It loads nothing of the node, and tells what is wrong as a value.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { isAlias, isScalar, parseDocument, visit, type Document } from 'yaml'
import type { JsonSchema } from '../../../crdt/index.ts'
import { customFieldSchema } from './custom-field-schema.ts'
import { gnosticDocument } from './gnostic.ts'
import { GO_TYPES } from './go-types.ts'
import { Messages } from './messages.ts'
import { NEWER_TYPES } from './newer-types.ts'
import { messageName, type GroupVersionKind, type Served } from './definitions.ts'
import { FieldSchema } from './field-schema.ts'
import { byGroupVersion, documentV2, documentV3 } from './openapi.ts'
import { decodeProtobuf, type Decoded } from './protobuf.ts'
import { WireError } from './wire.ts'

let messages: Messages | undefined

const types = (): Messages => (messages ??= new Messages())

/** What the body says, or what is wrong with it. */
export type Read = Decoded | { readonly trouble: string }

export function readProtobuf(body: Uint8Array): Read {
  try {
    return decodeProtobuf(body, types())
  } catch (error) {
    if (error instanceof WireError) return { trouble: error.message }
    throw error
  }
}

/**
 * Anchors and aliases of a document together. To find what one of them names the library looks at all that come before it:
 * tens of thousands would hold the node up for minutes.
 */
const ANCHORS_MAX = 1000

/** As a body that was sent without aliases (`BODY_BYTES_MAX` in `body.ts`, which this file does not load). */
const WRITTEN_OUT_MAX = 1.5 * 1024 * 1024

/** One document, whose words mean what they mean to Kubernetes: `0644` is octal and `on` a text. */
export function readYaml(text: string): Read {
  try {
    // The library looks for a name that is said twice in all names before it: the square of their number.
    const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false })
    const [error] = document.errors
    if (error !== undefined) return { trouble: error.message.split('\n')[0]! }
    const { anchors, twice } = traitsOf(document)
    if (twice !== undefined) return { trouble: `it says "${twice}" twice: map keys must be unique` }
    if (anchors > ANCHORS_MAX) return { trouble: `it has more than ${ANCHORS_MAX} anchors and aliases` }
    // The library's own bound costs a walk of the document for each alias, and takes the longest for the sum.
    const value: unknown = document.toJS({ maxAliasCount: -1 })
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { trouble: 'it holds no object' }
    const trouble = aliasTrouble(value)
    if (trouble !== undefined) return { trouble }
    return { object: value as Readonly<Record<string, unknown>>, unknown: [] }
  } catch (error) {
    // Too deep for the parser, an alias of nothing.
    return { trouble: (error as Error).message }
  }
}

interface Traits {
  readonly anchors: number
  /** A name that an object has twice. */
  readonly twice: string | undefined
}

function traitsOf(document: Document): Traits {
  let [anchors, twice]: [number, string | undefined] = [0, undefined]
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node) || node.anchor !== undefined) anchors += 1
    },
    Map: (_key, { items, anchor }) => {
      if (anchor !== undefined) anchors += 1
      const seen = new Set<string>()
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : ''
        if (isScalar(key) && seen.has(name)) twice ??= name
        seen.add(name)
      }
    },
  })
  return { anchors, twice }
}

/**
 * [PROTO5] Aliases share what they name, so a value may hold itself, and few bytes may be many once they are written out. Both
 * are found here, before anything writes it out. Gives the first fault; nothing: it is a tree no larger than a body may be.
 */
function aliasTrouble(document: object): string | undefined {
  const around = new Set<unknown>()
  let size = 0
  const look = (value: unknown, at: string): string | undefined => {
    size += typeof value === 'string' ? value.length : 1
    if (size > WRITTEN_OUT_MAX) return `its aliases make it longer than ${WRITTEN_OUT_MAX} characters`
    if (typeof value !== 'object' || value === null) return undefined
    if (around.has(value)) return `${at} is an alias of what it stands in`
    around.add(value)
    for (const [name, each] of Object.entries(value)) {
      if (!Array.isArray(value)) size += name.length
      const trouble = look(each, at === '' ? name : `${at}.${name}`)
      if (trouble !== undefined) return trouble
    }
    around.delete(value)
    return undefined
  }
  return look(document, '')
}

/** Tells documents of one content from those of another: of another version of Shoal. */
export function openApiHash(served: readonly Served[]): string {
  const known = hashes.get(served)
  if (known !== undefined) return known
  const hash = createHash('sha256').update(GO_TYPES).update(NEWER_TYPES).update(JSON.stringify(served)).digest('hex')
  hashes.set(served, hash)
  return hash
}

/** What is served does not change: where somebody defines a kind something else is. */
const hashes = new WeakMap<readonly Served[], string>()

export function openApiV2(served: readonly Served[]): Buffer {
  return Buffer.from(JSON.stringify(documentV2(types(), served)))
}

/** How fields of objects of a kind merge. */
export function fieldSchema(kind: GroupVersionKind): FieldSchema {
  return FieldSchema.of(types(), messageName(kind))
}

/** Of a kind that somebody defined. */
export function schemaOfCustom(schema: JsonSchema): FieldSchema {
  return customFieldSchema(schema, FieldSchema.of(types(), 'meta.v1.ObjectMeta'))
}

/** In gnostic's protobuf. */
export function openApiV2Protobuf(served: readonly Served[]): Buffer {
  return gnosticDocument(documentV2(types(), served))
}

/** `apis/apps/v1`, ... */
export function groupVersions(served: readonly Served[]): readonly string[] {
  return [...byGroupVersion(served).keys()].toSorted()
}

/** Undefined: nothing is served there. */
export function openApiV3(served: readonly Served[], groupVersion: string): Buffer | undefined {
  const own = byGroupVersion(served).get(groupVersion)
  return own && Buffer.from(JSON.stringify(documentV3(types(), own)))
}

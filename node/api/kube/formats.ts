/**
 * The door of what Kubernetes' clients speak beside JSON. It is loaded when somebody first speaks so: who only ever sends JSON
 * pays neither memory nor start-up for it. It loads nothing of the node, and tells what is wrong as a value.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { parseDocument } from 'yaml'
import type { Served } from './definitions.ts'
import { gnosticDocument } from './gnostic.ts'
import { GO_TYPES } from './go-types.ts'
import { Messages } from './messages.ts'
import { NEWER_TYPES } from './newer-types.ts'
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

/** Places that one anchor may be used in, all of them together. */
const ALIASES_MAX = 100

/** One document, whose words mean what they mean to Kubernetes: `0644` is octal and `on` a text. */
export function readYaml(text: string): Read {
  try {
    const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true })
    const [error] = document.errors
    if (error !== undefined) return { trouble: error.message.split('\n')[0]! }
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX })
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { trouble: 'it holds no object' }
    return { object: value as Readonly<Record<string, unknown>>, unknown: [] }
  } catch (error) {
    // Too deep for the parser, too many aliases.
    return { trouble: (error as Error).message }
  }
}

/** Tells documents of one content from those of another: of another version of Shoal. */
export function openApiHash(served: readonly Served[]): string {
  return createHash('sha256').update(GO_TYPES).update(NEWER_TYPES).update(JSON.stringify(served)).digest('hex')
}

export function openApiV2(served: readonly Served[]): Buffer {
  return Buffer.from(JSON.stringify(documentV2(types(), served)))
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

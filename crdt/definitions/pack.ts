/**
 * How a CustomResourceDefinition lies in its document: its versions, whose schemas are longer and deeper than any other object,
 * as one text, compressed. So they are one value to a merge, too, and never half of one writer's and half of another's.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { depthOf, textOf } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { isPlain, type Plain } from '../objects/plain.ts'

/** All versions as JSON: as much as a request may hold. */
export const VERSIONS_CHARS_MAX = 1.5 * 1024 * 1024

/** Of brackets: a schema in a schema is two of them, or three. */
export const SCHEMA_DEPTH_MAX = 128

export type Unpacked = { readonly versions: unknown } | { readonly error: string }

/** Of either form. */
export function versionsIn({ versions }: Plain): Unpacked {
  if (typeof versions === 'string') return unpackedText(versions)
  const text = versions === undefined ? '' : textOf(versions)
  const fault = faultInText(text)
  return fault === undefined ? { versions } : { error: fault }
}

function faultInText(text: string): string | undefined {
  if (text.length > VERSIONS_CHARS_MAX) return `must have at most ${VERSIONS_CHARS_MAX} characters`
  return depthOf(text) > SCHEMA_DEPTH_MAX ? `must not be nested deeper than ${SCHEMA_DEPTH_MAX} levels` : undefined
}

function unpackedText(packed: string): Unpacked {
  try {
    const bytes = Buffer.from(packed, 'base64')
    const text = inflateRawSync(bytes, { maxOutputLength: VERSIONS_CHARS_MAX }).toString()
    const fault = faultInText(text)
    return fault === undefined ? { versions: JSON.parse(text) as unknown } : { error: fault }
  } catch {
    return { error: 'must be a list' }
  }
}

/** As it is written; `old`: as it lies there now. What cannot be packed comes back as it is, to be refused. */
export function packedDefinition(definition: KubeObject, old?: KubeObject): KubeObject {
  const { spec } = definition
  if (!isPlain(spec) || !Array.isArray(spec['versions'])) return definition
  return { ...definition, spec: { ...spec, versions: packedVersions(spec['versions'], old) } }
}

function packedVersions(versions: readonly unknown[], old: KubeObject | undefined): unknown {
  const before = isPlain(old?.['spec']) ? old['spec'] : {}
  const known = versionsIn(before)
  // Another release may compress otherwise: what says the same stays as it is.
  const text = textOf(versions)
  if ('versions' in known && textOf(known.versions) === text && typeof before['versions'] === 'string')
    return before['versions']
  return deflateRawSync(text).toString('base64')
}

/** As it is read. */
export function unpackedDefinition(definition: KubeObject): KubeObject {
  const { spec } = definition
  if (!isPlain(spec) || typeof spec['versions'] !== 'string') return definition
  const unpacked = unpackedText(spec['versions'])
  return 'error' in unpacked ? definition : { ...definition, spec: { ...spec, versions: unpacked.versions } }
}

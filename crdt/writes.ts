/**
 * Local writes: from the object somebody wants to the change that makes it so. What comes out passes the same gate as what
 * comes in.
 *
 * @module
 */
import { type Change, type Operation, writeChange } from './automerge.ts'
import { openChunk, packChunk, withWriter } from './chunk.ts'
import type { Document, Sight } from './document.ts'
import { type ChangeBody, fromHex, sealChange } from './envelope.ts'
import { diff, type Edit, type Fields } from './fields.ts'
import { flatten } from './flatten.ts'
import type { Signer } from './identity.ts'
import { faultsOf, intentOf, objectOf } from './intent.ts'
import { type DocumentKey, parseKey } from './key.ts'
import type { FieldError, KindPort } from './kind-port.ts'
import { DEPS_MAX, MESSAGE_CHARS_MAX, PREDECESSORS_MAX } from './limits.ts'
import { createdKey, deletedKey, fieldKey, fieldsOf, markerText, type Standing } from './lives.ts'
import type { KubeObject } from './object.ts'
import { byGreatness } from './reading.ts'
import { WriteRefused } from './receipt.ts'
import { type Chain, NO_WRITER, WRITER_SEQ, writerId } from './writer.ts'

/** The fields of an object as they are to be written, validated. `old`: the object as it was, if it lived. */
export function wantedFields(
  key: DocumentKey,
  { old, object, kinds }: { old: KubeObject | undefined; object: KubeObject; kinds: KindPort },
): Fields {
  const parts = parseKey(key)
  if (parts === undefined) throw new WriteRefused('invalid', `"${key}" names no object.`)
  const intent = intentOf(object)
  const flat = flatten(intent, kinds.listKeys(parts.group, parts.kind))
  const errors =
    'errors' in flat ? flat.errors : [...identityFaults(object, parts), ...faultsOf(key, objectOf(key, intent), kinds)]
  const all = errors.length > 0 ? errors : (kinds.clashes?.(old, object) ?? [])
  if (all.length > 0) throw new WriteRefused('invalid', invalidSentence(key, all), all)
  return (flat as { fields: Fields }).fields
}

function identityFaults(
  { kind, metadata }: KubeObject,
  parts: { kind: string; name: string; namespace: string },
): FieldError[] {
  const wanted = { kind: parts.kind, 'metadata.name': parts.name, 'metadata.namespace': parts.namespace }
  const given = { kind, 'metadata.name': metadata?.name, 'metadata.namespace': metadata?.namespace ?? parts.namespace }
  return Object.entries(wanted).flatMap(([field, value]) => {
    const actual = given[field as keyof typeof given]
    const message = `is ${JSON.stringify(actual) ?? 'absent'}, should be ${JSON.stringify(value)} as in the object's address`
    return actual === value ? [] : [{ field, reason: 'Invalid' as const, message }]
  })
}

function invalidSentence(key: DocumentKey, errors: readonly FieldError[]): string {
  const sentences = errors.map(({ field, message }) => `${field} ${message}`.trim())
  return `${key} is not valid: ${sentences.join('; ')}.`
}

export interface Writing {
  readonly nowMs: number
  /** Who asked for it, in words. */
  readonly by: string
}

/** A change of a document before it is signed. */
export type Draft = Pick<Change, 'startOp' | 'timeMs' | 'message' | 'deps' | 'operations'>

/** Where a writer stands: all heads, or the greatest of too many. */
export interface Basis {
  readonly deps: readonly string[]
  readonly sight: Sight
}

/** How many heads a writer merges. Fewer than all where a flood of them makes its change too large. */
const HEADS_MERGED = [DEPS_MAX, 16, 4, 1]

export function basisOf(document: Document, headsMax = DEPS_MAX): Basis {
  if (document.heads.length <= headsMax) return { deps: document.heads, sight: document.now() }
  const greatest = byGreatness(document, document.heads).slice(0, headsMax)
  const deps = greatest.map(({ hash }) => hash).toSorted()
  return { deps, sight: document.at(deps) }
}

/** What has to be written so that the document says `wanted`. Undefined: nothing. `within`: the life of its namespace that a
 *  new life is created in. */
export function draftPut(
  document: Document,
  wanted: Fields,
  { standing, within, ...at }: Writing & { standing: Standing; within: number | undefined },
): Draft | undefined {
  const life = standing.isLive ? standing.life : standing.next
  return draft(document, at, ({ sight }, timeMs) => {
    const edits = diff(fieldsOf(sight.entries, life), wanted)
    const texts = edits.map(({ pointer, text }) => ({ key: fieldKey(life, pointer), text }))
    return standing.isLive ? texts : [{ key: createdKey(life), text: markerText({ atMs: timeMs, within }) }, ...texts]
  })
}

/** The same edits, on top of whatever stands there. */
export function draftEdits(
  document: Document,
  { life, edits, ...at }: Writing & { life: number; edits: readonly Edit[] },
): Draft | undefined {
  return draft(document, at, () => edits.map(({ pointer, text }) => ({ key: fieldKey(life, pointer), text })))
}

export function draftRemoval(
  document: Document,
  { life, within }: Pick<Standing, 'life' | 'within'>,
  at: Writing,
): Draft | undefined {
  return draft(document, at, (_, atMs) => [{ key: deletedKey(life), text: markerText({ atMs, within }) }])
}

type KeyText = Pick<Operation, 'key' | 'text'>

function draft(document: Document, at: Writing, texts: (basis: Basis, timeMs: number) => KeyText[]): Draft | undefined {
  let last: Draft | undefined
  for (const headsMax of HEADS_MERGED) {
    last = draftOn(document, basisOf(document, headsMax), { ...at, texts })
    const replaced = last.operations.reduce((sum, { predecessors }) => sum + predecessors.length, 0)
    if (replaced <= PREDECESSORS_MAX) break
  }
  return last === undefined || last.operations.length === 0 ? undefined : last
}

/** The time is after that of everything it follows, whatever the clock says: versions of an object grow. */
function draftOn(
  document: Document,
  basis: Basis,
  { nowMs, by, texts }: Writing & { texts: (basis: Basis, timeMs: number) => KeyText[] },
): Draft {
  const { deps, sight } = basis
  const followed = deps.map((hash) => document.change(hash)).filter((change) => change !== undefined)
  const timeMs = Math.max(nowMs, ...followed.map((change) => change.timeMs + 1))
  const startOp = 1 + Math.max(0, ...followed.map((change) => change.opMax))
  const operations = texts(basis, timeMs).map(({ key, text }) => {
    const predecessors = sight.candidates(key).map(({ operation }) => operation)
    return { key, text, predecessors }
  })
  return { startOp, timeMs, message: by.slice(0, MESSAGE_CHARS_MAX), deps, operations }
}

/** Where the next change of this writer goes. */
export type Place = Pick<ChangeBody, 'nonce' | 'seq' | 'key' | 'epoch' | 'cut'> & { readonly prev: string }

export function sealDraft(
  draftOf: Draft,
  { place, clusterId, signer }: { place: Place; clusterId: string; signer: Signer },
): Uint8Array {
  const chain = { ...place, author: signer.node, prev: fromHex(place.prev) }
  const chunk = sealChunk(draftOf, { chain, clusterId })
  return sealChange({ type: 'change', ...chain, chunk }, clusterId, signer)
}

/** Encoded without its writer first, since the writer is a hash of the rest. */
export function sealChunk(draftOf: Draft, { chain, clusterId }: { chain: Chain; clusterId: string }): Uint8Array {
  const unwritten = openChunk(writeChange({ ...draftOf, writer: NO_WRITER, seq: WRITER_SEQ }))
  if ('rule' in unwritten) throw new WriteRefused('too-large', `${chain.key} cannot be written: ${unwritten.reason}`)
  return packChunk(withWriter(unwritten, fromHex(writerId(clusterId, chain, unwritten))))
}

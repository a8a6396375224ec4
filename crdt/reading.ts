/**
 * How a document reads by itself: the object of the life that counts, if that lives.
 *
 * Fields merge one by one, so two edits that were each valid may add up to something that is not. Then the object is read
 * where its greatest head stood (by time, then by hash), alone: one of the writers sees its edit in force, the other a conflict.
 *
 * @module
 */
import { sha256 } from './sha256.ts'
import type { Document, KnownChange } from './document.ts'
import { readLife } from './judge.ts'
import type { KindPort } from './kind-port.ts'
import type { Fields } from './fields.ts'
import { createdKey, fieldsOf, markerOf, type Standing, standingOf } from './lives.ts'
import { deepFreeze, type KubeObject, type StoredObject } from './object.ts'
import { timestamp } from './timestamp.ts'
import { hash16 } from './writer.ts'

export interface Reading {
  /** Undefined: not alive. */
  readonly stored: StoredObject | undefined
  readonly standing: Standing
  /** Set where the merge is not valid: the head that is read instead. */
  readonly insteadOfMerge: KnownChange | undefined
}

export interface ReadingOptions {
  readonly clusterId: string
  readonly kinds: Pick<KindPort, 'validate'>
  /** The object of the merge where it is known already, and known to be valid. */
  readonly merged?: KubeObject
}

export function readDocument(document: Document, { clusterId, kinds, merged }: ReadingOptions): Reading {
  const { entries } = document.now()
  const standing = standingOf(entries)
  const { life, within } = standing
  if (!standing.isLive) return { stored: undefined, standing, insteadOfMerge: undefined }
  const read = merged === undefined ? readLife(document.key, { entries, life, kinds }) : { object: merged }
  const head = 'object' in read ? undefined : greatestReadable(document, { heads: document.heads, life, kinds })
  const object = 'object' in read ? read.object : head?.object
  if (object === undefined) return { stored: undefined, standing, insteadOfMerge: undefined }
  const createdAtMs = markerOf(entries.get(createdKey(life)))?.atMs ?? 0
  const stored = deepFreeze({
    key: document.key,
    object: withComputed(object, { document, clusterId, life, within, createdAtMs }),
    life,
    changedAtMs: document.changedAtMs(),
    heads: document.heads,
  })
  return { stored, standing, insteadOfMerge: head?.change }
}

interface Readable {
  readonly change: KnownChange
  readonly object: KubeObject
  readonly fields: Fields
}

function greatestReadable(
  document: Document,
  { heads, life, kinds }: { heads: readonly string[]; life: number; kinds: Pick<KindPort, 'validate'> },
): Readable | undefined {
  for (const change of byGreatness(document, heads)) {
    const { entries } = document.at([change.hash])
    const standing = standingOf(entries)
    if (standing.life !== life || !standing.isLive) continue
    const read = readLife(document.key, { entries, life, kinds })
    if ('object' in read) return { change, object: read.object, fields: fieldsOf(entries, life) }
  }
  return undefined
}

/** The fields that are read where these are the heads: those of the merge, or of the greatest head. */
export function readFields(
  document: Document,
  { heads, standing, kinds }: { heads: readonly string[]; standing: Standing; kinds: Pick<KindPort, 'validate'> },
): Fields {
  const { entries } = document.at(heads)
  const isValid = 'object' in readLife(document.key, { entries, life: standing.life, kinds })
  const instead = isValid ? undefined : greatestReadable(document, { heads, life: standing.life, kinds })
  return instead?.fields ?? fieldsOf(entries, standing.life)
}

/** The greatest first: by time, then by hash. */
export function byGreatness(document: Document, hashes: readonly string[]): KnownChange[] {
  const changes = hashes.map((hash) => document.change(hash)).filter((change) => change !== undefined)
  return changes.toSorted((a, b) => b.timeMs - a.timeMs || (a.hash < b.hash ? 1 : -1))
}

interface Computed {
  readonly document: Document
  readonly clusterId: string
  readonly life: number
  readonly within: number | undefined
  readonly createdAtMs: number
}

function withComputed(object: KubeObject, { document, clusterId, createdAtMs, ...lived }: Computed): KubeObject {
  const { life } = lived
  const metadata = {
    ...object.metadata,
    uid: uidOf(clusterId, document.key, lived),
    creationTimestamp: timestamp(createdAtMs),
    generation: generationOf(document, { life, among: document.changes() }),
    resourceVersion: resourceVersionOf(document),
  }
  return { ...object, metadata }
}

/** In the shape of a UUID of version 8, whose bits are anybody's own. */
export function uidOf(clusterId: string, key: string, { life, within }: Pick<Standing, 'life' | 'within'>): string {
  const lived = within === undefined ? `${life}` : `${within}.${life}`
  const hash = hash16('shoal/uid/1', `${clusterId}\0${key}\0${lived}`)
  const variant = '89ab'[Number.parseInt(hash[16] as string, 16) % 4]
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20),
  ].join('-')
}

/** Changes of the spec in one life. */
export function generationOf(
  document: Document,
  { life, among }: { life: number; among: Iterable<KnownChange> },
): number {
  const { cut } = document
  let generation = cut !== undefined && document.change(cut.base)?.life === life ? cut.generation : 0
  for (const change of among) if (change.life === life && change.touchesSpec) generation++
  return Math.max(1, generation)
}

/** 2024-01-01, so that the version stays below 2^63 until the year 2302. */
const EPOCH_MS = 1_704_067_200_000

/** Time in the high bits, so that versions of one object grow as it is edited; below it, which changes those are. */
export function resourceVersionOf(document: Document): string {
  const heads = document.cut !== undefined && document.size === 1 ? document.cut.heads : document.heads
  const digest = sha256(heads.join())
  const low = BigInt(digest.readUInt32BE(0) >>> 13)
  const sinceMs = Math.max(1, document.changedAtMs() - EPOCH_MS)
  return ((BigInt(sinceMs) << 20n) | (low << 1n)).toString()
}

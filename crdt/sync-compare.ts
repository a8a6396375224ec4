/**
 * What one replica lacks of another, entry by entry.
 *
 * @module
 */
import type { DigestEntry, EntryType } from './digest.ts'
import type { Document } from './document.ts'
import { type Envelope, fromHex } from './envelope.ts'
import type { State } from './state.ts'
import { HAVE_BYTES, type Want } from './sync-frames.ts'

export interface Difference {
  /** What they lack, in an order in which they can take it. */
  readonly push: readonly Envelope[]
  readonly want: Want | undefined
}

const NONE = new Uint8Array(0)

/** `theirs` is the state of their entry; undefined: they have none. */
export function compareEntry(
  state: State,
  { type, key }: Pick<DigestEntry, 'type' | 'key'>,
  theirs: string | undefined,
): Difference {
  const ours = state.digest.get(type, key)
  if (ours === theirs) return { push: [], want: undefined }
  if (ours === undefined) return { push: [], want: { type, key, have: NONE } }
  if (theirs === undefined) return { push: allOf(state, type, key), want: undefined }
  if (type === 'document') return compareDocument(state.documents.get(key), theirs)
  // Records: one of the versions is the later. Members have no versions and never differ.
  const isOursLater = compareRecordStates(ours, theirs) > 0
  return isOursLater
    ? { push: allOf(state, type, key), want: undefined }
    : { push: [], want: { type, key, have: NONE } }
}

function allOf(state: State, type: EntryType, key: string): Envelope[] {
  switch (type) {
    case 'document':
      return [...(state.documents.get(key)?.changes() ?? [])].map(({ envelope }) => envelope)
    case 'member':
      return listOf(state.members.get(key))
    case 'record': {
      const cut = key.indexOf('/')
      return listOf(state.records.get(key.slice(0, cut), key.slice(cut + 1), false)?.envelope)
    }
  }
}

function listOf<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item]
}

/** `incarnation.seq.hash` */
function compareRecordStates(ours: string, theirs: string): number {
  const [incarnation = '', seq = '', hash = ''] = ours.split('.')
  const [theirIncarnation = '', theirSeq = '', theirHash = ''] = theirs.split('.')
  const byNumber = Number(incarnation) - Number(theirIncarnation) || Number(seq) - Number(theirSeq)
  return byNumber || (hash > theirHash ? 1 : -1)
}

function compareDocument(document: Document | undefined, theirs: string): Difference {
  if (document === undefined) return { push: [], want: undefined }
  const [epochText = '', headsText = ''] = theirs.split(':')
  const epoch = Number(epochText)
  if (epoch < document.epoch) return { push: lacking(document, new Set()), want: undefined }
  const heads = headsText.split(',')
  const isAllKnown = epoch === document.epoch && heads.every((head) => document.change(head) !== undefined)
  if (isAllKnown) return { push: lacking(document, document.ancestors(heads)), want: undefined }
  return { push: [], want: { type: 'document', key: document.key, have: haveOf(document) } }
}

function lacking(document: Document, theirs: ReadonlySet<string>): Envelope[] {
  return [...document.changes()].filter(({ hash }) => !theirs.has(hash)).map(({ envelope }) => envelope)
}

/** As many as a frame takes; of a document with more changes some are sent twice. */
const HAVE_MAX = 3000

function haveOf(document: Document): Uint8Array {
  const newest = [...document.changes()].slice(-HAVE_MAX)
  return new Uint8Array(Buffer.concat(newest.map(({ hash }) => fromHex(hash).subarray(0, HAVE_BYTES))))
}

/** What they asked for, and what their list says they have and we do not. */
export function answerWant(state: State, { type, key, have }: Want): Difference {
  const document = type === 'document' ? state.documents.get(key) : undefined
  if (document === undefined) return { push: allOf(state, type, key), want: undefined }
  const theirs = prefixesOf(have)
  const ours = new Map([...document.changes()].map((change) => [change.hash.slice(0, 2 * HAVE_BYTES), change]))
  const push = [...ours].filter(([prefix]) => !theirs.has(prefix)).map(([, { envelope }]) => envelope)
  const isAllKnown = [...theirs].every((prefix) => ours.has(prefix))
  return { push, want: isAllKnown ? undefined : { type, key, have: haveOf(document) } }
}

function prefixesOf(have: Uint8Array): Set<string> {
  const hex = Buffer.from(have).toString('hex')
  const prefixes = new Set<string>()
  for (let at = 0; at < hex.length; at += 2 * HAVE_BYTES) prefixes.add(hex.slice(at, at + 2 * HAVE_BYTES))
  return prefixes
}

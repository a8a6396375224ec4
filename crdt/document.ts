/**
 * One document: the changes that make it, and, while it is awake, the Automerge document built from them.
 *
 * It sleeps as its envelopes, which are kept for sync anyway; waking costs about a millisecond. Awake, it also holds its
 * entries as text, so that a change touches only the keys it names.
 *
 * @module
 */
import { type Candidate, type Change, OpenDocument, type Operation } from './automerge.ts'
import { unpackChunk } from './chunk.ts'
import { type ChangeBody, type Envelope, openEnvelope } from './envelope.ts'
import type { NodeId } from './identity.ts'
import type { DocumentKey } from './key.ts'
import { type Entries, isMarker, latestMarker, NEVER, type Standing } from './lives.ts'
import type { StoredObject } from './object.ts'
import { isOwnership, joinedOwnership } from './owned.ts'

/** A change that is in force. Its operations are in its envelope. */
export interface KnownChange {
  readonly hash: string
  readonly writer: string
  readonly author: NodeId
  readonly message: string
  readonly timeMs: number
  readonly deps: readonly string[]
  /** Number of its last operation. */
  readonly opMax: number
  readonly operations: number
  /** Size of its chunk, unpacked. */
  readonly plainBytes: number
  /** The one life it is about. */
  readonly life: number
  readonly does: 'create' | 'edit' | 'delete'
  /** Whether it counts for the object's generation. */
  readonly touchesSpec: boolean
  readonly envelope: Envelope
}

/** A document as the writer of some change saw it. */
export interface Sight {
  readonly entries: Entries
  /** The values of a key that stand, the winner last. */
  candidates(key: string): readonly Candidate[]
}

/** What its history costs: in memory, and to wake. */
export interface Weight {
  /** Of its envelopes. */
  readonly bytes: number
  readonly plainBytes: number
  readonly operations: number
}

export const NO_WEIGHT: Weight = { bytes: 0, plainBytes: 0, operations: 0 }

export function addWeight(
  weight: Weight,
  { envelope, plainBytes, operations }: Pick<KnownChange, 'envelope' | 'plainBytes' | 'operations'>,
): Weight {
  return {
    bytes: weight.bytes + envelope.bytes.length,
    plainBytes: weight.plainBytes + plainBytes,
    operations: weight.operations + operations,
  }
}

/** Whether the life of the namespace that an object was created in goes on, is not known here yet, or is over. */
export type Housing = 'housed' | 'waiting' | 'lost'

/** What a document says, whatever became of the namespace it is in. */
export interface Own {
  readonly stored: StoredObject | undefined
  readonly standing: Standing
}

interface Awake {
  readonly open: OpenDocument
  readonly entries: Map<string, string>
}

export class Document {
  readonly key: DocumentKey
  readonly #changes = new Map<string, KnownChange>()
  readonly #byWriter = new Map<string, KnownChange>()
  #heads: readonly string[] = []
  #awake: Awake | undefined
  #weight = NO_WEIGHT
  /** How it reads by itself, and whether it has a namespace to be in. Kept up by `housing.ts`. */
  own: Own = { stored: undefined, standing: NEVER }
  housing: Housing = 'housed'
  /** The first change of this epoch, where history was cut. */
  cut: (NonNullable<ChangeBody['cut']> & { readonly base: string; readonly epoch: number }) | undefined

  constructor(key: DocumentKey) {
    this.key = key
  }

  /** As it reads now. */
  get stored(): StoredObject | undefined {
    return this.housing === 'housed' ? this.own.stored : undefined
  }

  /** Known to have been there, and to be there no more. */
  get isDead(): boolean {
    return this.stored === undefined && this.housing !== 'waiting'
  }

  get heads(): readonly string[] {
    return this.#heads
  }

  get epoch(): number {
    return this.cut?.epoch ?? 0
  }

  get weight(): Weight {
    return this.#weight
  }

  /** How many changes it has. */
  get size(): number {
    return this.#changes.size
  }

  get isAwake(): boolean {
    return this.#awake !== undefined
  }

  change(hash: string): KnownChange | undefined {
    return this.#changes.get(hash)
  }

  /** In an order in which each follows those it depends on. */
  changes(): Iterable<KnownChange> {
    return this.#changes.values()
  }

  /** By an operation's id. */
  changeOf(operation: string): KnownChange | undefined {
    return this.#byWriter.get(operation.slice(operation.indexOf('@') + 1))
  }

  /** Time of the latest change. */
  changedAtMs(): number {
    let latest = 0
    for (const { timeMs } of this.#changes.values()) latest = Math.max(latest, timeMs)
    return latest
  }

  /** The changes that led to these, themselves included. Unknown hashes are passed over. */
  ancestors(hashes: readonly string[]): Set<string> {
    const found = new Set<string>()
    const open = [...hashes]
    for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
      const change = found.has(hash) ? undefined : this.#changes.get(hash)
      if (change === undefined) continue
      found.add(hash)
      open.push(...change.deps)
    }
    return found
  }

  now(): Sight {
    const { open, entries } = this.#wake()
    return { entries, candidates: (key) => (entries.has(key) ? open.candidates(key) : []) }
  }

  /** As it was where these changes were the last. */
  at(heads: readonly string[]): Sight {
    if (sameHeads(heads, this.#heads)) return this.now()
    const { open } = this.#wake()
    const entries = heads.length === 0 ? new Map<string, string>() : entriesOf(open, heads)
    return { entries, candidates: (key) => (entries.has(key) ? open.candidates(key, heads) : []) }
  }

  /** Takes a change in that passed the gate, or says why Automerge would not have it and stays as it is. */
  take(known: KnownChange, change: Change, plainChunk: Uint8Array): { readonly error: string } | undefined {
    const awake = this.#wake()
    const failure = awake.open.add(plainChunk, this.#headsWith(known))
    if (failure !== undefined) {
      // What is left of it is of no use: it is built anew, without this change, when it is next looked at.
      this.sleep()
      return failure
    }
    const isAlone = sameHeads(known.deps, this.#heads)
    for (const operation of change.operations) settle(awake, operation, isAlone)
    this.#remember(known)
    return undefined
  }

  /** Takes a change in that this node took in before its start: Automerge sees it when the document is next looked at. */
  takeBack(known: KnownChange): void {
    this.sleep()
    this.#remember(known)
  }

  /** Begins anew from the one change that holds all that the history led to. */
  restart(known: KnownChange, plainChunk: Uint8Array, cut: NonNullable<Document['cut']>): void {
    const open = OpenDocument.of([plainChunk])
    this.sleep()
    this.#changes.clear()
    this.#byWriter.clear()
    this.#heads = []
    this.#weight = NO_WEIGHT
    this.cut = cut
    this.#awake = { open, entries: entriesOf(open) }
    this.#remember(known)
  }

  #remember(known: KnownChange): void {
    this.#changes.set(known.hash, known)
    this.#byWriter.set(known.writer, known)
    this.#heads = this.#headsWith(known)
    this.#weight = addWeight(this.#weight, known)
  }

  #headsWith({ hash, deps }: KnownChange): string[] {
    return [...this.#heads.filter((head) => !deps.includes(head)), hash].toSorted()
  }

  sleep(): void {
    this.#awake?.open.free()
    this.#awake = undefined
  }

  #wake(): Awake {
    if (this.#awake === undefined) {
      const open = OpenDocument.of([...this.#changes.values()].map(plainChunkOf))
      this.#awake = { open, entries: this.size === 0 ? new Map() : entriesOf(open) }
    }
    return this.#awake
  }
}

/** Notes the value that stands now: the operation's own, unless others said something at the same time. */
function settle({ open, entries }: Awake, { key, text }: Operation, isAlone: boolean): void {
  const standing = isAlone ? text : standingText(open, key)
  if (standing === undefined) entries.delete(key)
  else entries.set(key, standing)
}

function entriesOf(open: OpenDocument, heads?: readonly string[]): Map<string, string> {
  const entries = open.entries(heads)
  for (const key of entries.keys())
    if (isMarker(key) || isOwnership(key)) entries.set(key, standingText(open, key, heads) ?? '')
  return entries
}

/** Of the values of a field the one that wins in Automerge; of a life's beginnings or ends the latest; of what a manager owns
 *  all that it said. */
function standingText(open: OpenDocument, key: string, heads?: readonly string[]): string | undefined {
  const isOwned = isOwnership(key)
  if (!isOwned && !isMarker(key)) return open.winner(key)
  const texts = open.candidates(key, heads).map(({ text }) => text)
  return isOwned ? joinedOwnership(texts) : latestMarker(texts)
}

export const plainChunkOf = ({ envelope }: Pick<KnownChange, 'envelope'>): Uint8Array =>
  unpackChunk(bodyOf(envelope).chunk)

/** Of a change that is kept. */
export function bodyOf({ bytes }: Pick<Envelope, 'bytes'>): ChangeBody {
  const opened = openEnvelope(bytes)
  if (!('body' in opened) || opened.body.type !== 'change')
    throw new Error('A kept change no longer opens; memory is broken.')
  return opened.body
}

export function sameHeads(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((hash) => b.includes(hash))
}

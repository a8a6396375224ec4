/**
 * Everything this node knows: documents, records, members. Pure and synchronous: bytes and local writes go in, envelopes and
 * news come out, time is an argument.
 *
 * @module
 */
import { type CutBounds, draftCut, isFull, isLong } from './compaction.ts'
import { writtenByCopy } from './copied.ts'
import { standingConflicts } from './conflicts.ts'
import type { Digest } from './digest.ts'
import type { Document, KnownChange } from './document.ts'
import { type Envelope, openEnvelope, type RecordBody, sealMember, sealRecord } from './envelope.ts'
import type { FactName } from './facts.ts'
import type { NodeId, Signer, Trust } from './identity.ts'
import { forgetOver } from './forgetting.ts'
import { homeOf, housingOf, lifeToEnter, readUnread, tellOrphans } from './housing.ts'
import { Ingress } from './ingress.ts'
import { textOf } from './json.ts'
import type { DocumentKey } from './key.ts'
import type { Fact, KindPort } from './kind-port.ts'
import { TTL_MS_MAX } from './limits.ts'
import type { Conflict, Equivocation, ReplicaListener, StoredRecord } from './listener.ts'
import { endedLives, type Standing, standingOf } from './lives.ts'
import type { KubeObject, StoredObject } from './object.ts'
import { uidOf } from './reading.ts'
import { rebaseLate } from './rebase.ts'
import { type Receipt, WriteRefused } from './receipt.ts'
import { State } from './state.ts'
import { basisOf, type Draft, draftPut, draftRemoval, sealDraft, wantedFields } from './writes.ts'

export interface ReplicaOptions {
  readonly clusterId: string
  readonly signer: Signer
  readonly trust: Trust
  /** 16 random bytes, new at every start: a chain of changes is never continued from what a disk may have lost. */
  readonly bootNonce: Uint8Array
  /** Grows with every start of this node (kept by the store): first part of record versions. */
  readonly incarnation: number
  /** When it started, by its wall clock. Absent: copies of this node are not looked for. */
  readonly startedAtMs?: number
  /** Validation and list keys. */
  readonly kinds: KindPort
  readonly listener: ReplicaListener
  /** Default: `CUT_BOUNDS`. */
  readonly cutBounds?: CutBounds
}

export interface EnvelopeFilter {
  readonly type?: Envelope['type']
  /** Of one document, record (`node/name`) or member. */
  readonly key?: string
}

export interface Replayed {
  /** Of each envelope in turn. */
  readonly receipts: readonly Receipt[]
  /** What a cut had left out and is written again on top of it: new, as from `receive`. */
  readonly written: readonly Envelope[]
}

export interface HistoryLine extends Pick<KnownChange, 'hash' | 'author' | 'timeMs' | 'life' | 'does'> {
  /** Who asked for it, in words. */
  readonly by: string
}

export class Replica {
  readonly #options: ReplicaOptions
  /** For the other files of this folder. */
  readonly state: State
  readonly #ingress: Ingress
  /** This start's chain: how many changes it has, and the last one. */
  #chain = { seq: 0, prev: '' }
  #incarnation: number
  /** This start's. */
  readonly #incarnations = new Set<number>()
  #recordSeq = 0

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.state = new State(options)
    this.#ingress = new Ingress(this.state)
    this.#incarnation = options.incarnation
    this.#incarnations.add(options.incarnation)
  }

  // ---- local writes: in force here at once; the envelope is to be made durable and then published

  /** Undefined: nothing differs. Throws WriteRefused and changes nothing. */
  put(
    key: DocumentKey,
    object: KubeObject,
    at: { nowMs: number; by: string; mode: 'create' | 'replace'; ifVersion?: string },
  ): Envelope | undefined {
    const document = this.state.documents.open(key)
    const { stored } = document
    if (at.mode === 'create' && stored !== undefined) throw new WriteRefused('already-exists', `${key} already exists.`)
    if (at.mode === 'replace' && stored === undefined) throw new WriteRefused('not-found', `${key} does not exist.`)
    checkVersion(key, stored, at.ifVersion)
    const { kinds } = this.state
    const old = stored?.object
    const prepared = kinds.prepare?.(old, object, at.nowMs) ?? object
    const wanted = wantedFields(key, { old, object: prepared, kinds })
    const standing = this.#standing(document)
    const within = standing.isLive ? undefined : this.#lifeToEnter(document)
    const draft = draftPut(document, wanted, { ...at, standing, within })
    this.state.documents.used(document)
    return draft === undefined ? undefined : this.#write(key, draft, at.nowMs)
  }

  /** As a writer finds it. What died with its namespace is dead. */
  #standing(document: Document): Standing {
    const standing = standingOf(basisOf(document).sight.entries)
    return {
      ...standing,
      isLive: standing.isLive && housingOf(standing.within, homeOf(this.state, document.key)) === 'housed',
    }
  }

  /** [LIFE8] The life of the namespace that a new life of an object begins in, never an earlier one than that of the last. */
  #lifeToEnter({ key, own, housing }: Document): number | undefined {
    const home = homeOf(this.state, key)
    const entered = lifeToEnter(home)
    if (entered === 'gone')
      throw new WriteRefused('not-found', `${key} cannot be created: the namespace ${home?.name} was deleted.`)
    if (housing === 'waiting' && own.stored !== undefined)
      throw new WriteRefused('already-exists', `${key} was created in a namespace that this node has yet to hear of.`)
    const { within } = own.standing
    return within === undefined ? entered : Math.max(entered ?? 0, within)
  }

  remove(key: DocumentKey, at: { nowMs: number; by: string; ifUid?: string }): Envelope {
    const document = this.state.documents.open(key)
    const { stored } = document
    if (stored === undefined) throw new WriteRefused('not-found', `${key} does not exist.`)
    const { uid } = stored.object.metadata
    if (at.ifUid !== undefined && at.ifUid !== uid) {
      throw new WriteRefused(
        'conflict',
        `${key} has the uid ${uid}, not ${at.ifUid}: it was deleted and created again.`,
      )
    }
    const draft = draftRemoval(document, document.own.standing, at)
    if (draft === undefined) throw new WriteRefused('not-found', `${key} does not exist.`)
    return this.#write(key, draft, at.nowMs)
  }

  /** [CRD32] Whether that life of an object is known to have ended; what is not known here has not. */
  isOver(key: DocumentKey, uid: string): boolean {
    const document = this.state.documents.get(key)
    if (document === undefined || document.stored?.object.metadata.uid === uid) return false
    const ended = endedLives(document.now().entries, document.housing === 'lost').some(
      (life) => uidOf(this.#options.clusterId, key, life) === uid,
    )
    this.state.documents.used(document)
    return ended
  }

  /** A record of this node; undefined drops it. `ttlMs` makes it ephemeral. */
  record(name: FactName, value: Fact | undefined, at: { nowMs: number; ttlMs?: number }): Envelope {
    const { signer, clusterId } = this.#options
    const isLasting = at.ttlMs === undefined && this.state.records.get(signer.node, name, false) !== undefined
    const isEphemeral = !isLasting && this.state.records.get(signer.node, name, true)?.stored !== undefined
    const ttlMs = at.ttlMs ?? (value === undefined && isEphemeral ? TTL_MS_MAX : 0)
    const bytes = sealRecord(
      {
        type: 'record',
        author: signer.node,
        name,
        incarnation: this.#incarnation,
        seq: ++this.#recordSeq,
        atMs: at.nowMs,
        ttlMs,
        text: value === undefined ? null : textOf(value),
      },
      clusterId,
      signer,
    )
    return this.#enforce(bytes, at.nowMs)
  }

  /** A certificate that this node learnt of by itself, at its own admission or by admitting somebody. */
  admit(certificate: Uint8Array, nowMs: number): Receipt {
    return this.receive(sealMember(certificate), nowMs)
  }

  /** Cuts a document's history once it is long. `stable`: the caller's word that all members hold the same digest now, and so
   *  nothing is under way; without it only what is full is cut. Undefined: it is not long yet, it has too many heads, or says
   *  more than one change holds. */
  compact(key: DocumentKey, { stable, nowMs }: { stable: boolean; nowMs: number }): Envelope | undefined {
    const { signer, clusterId } = this.#options
    const document = this.state.documents.get(key)
    if (document === undefined || !this.#isToCut(document, stable)) return undefined
    const cut = this.#awake(document, () => draftCut(document, document.heads, this.state))
    if (cut === undefined) return undefined
    const place = { ...OUTSIDE_CHAINS, key, epoch: document.epoch + 1, cut: cut.cut }
    try {
      return this.#enforce(sealDraft(cut.draft, { place, clusterId, signer }), Math.max(nowMs, cut.draft.timeMs))
    } catch (error) {
      if (error instanceof WriteRefused) return undefined
      throw error
    }
  }

  /** Documents whose history is long enough to be cut. */
  *compactable({ stable }: { stable: boolean }): Iterable<DocumentKey> {
    for (const document of this.state.documents.all()) if (this.#isToCut(document, stable)) yield document.key
  }

  #isToCut(document: Document, stable: boolean): boolean {
    return (stable ? isLong : isFull)(document, this.state.cutBounds)
  }

  /** Writes again what a cut left out, on top of it. */
  #rebase(nowMs: number): Envelope[] {
    const late = this.state.late
    this.state.late = []
    return late.flatMap((one) =>
      rebaseLate({ ...one, state: this.state, self: this.#options.signer.node, nowMs }, (key, draft) =>
        this.#write(key, draft, nowMs),
      ),
    )
  }

  #write(key: DocumentKey, draft: Draft, nowMs: number): Envelope {
    const { signer, clusterId, bootNonce } = this.#options
    const { seq, prev } = this.#chain
    const document = this.state.documents.open(key)
    const place = { nonce: bootNonce, seq: seq + 1, prev, key, epoch: document.epoch, cut: null }
    const bytes = sealDraft(draft, { place, clusterId, signer })
    const envelope = this.#enforce(bytes, Math.max(nowMs, draft.timeMs))
    const hash = this.state.chains.at({ author: signer.node, nonce: bootNonce, seq: seq + 1 })
    this.#chain = { seq: seq + 1, prev: hash ?? '' }
    return envelope
  }

  /** Our own writes pass the gate of all others. One that does not is too large for it, or a defect of ours. */
  #enforce(bytes: Uint8Array, nowMs: number): Envelope {
    const receipt = this.#ingress.receive(bytes, nowMs, 'proven')
    this.state.tell()
    if (receipt.verdict === 'new') return receipt.envelope
    const reason = 'reason' in receipt ? receipt.reason : `the gate says ${receipt.verdict}`
    const code = receipt.verdict === 'refused' && receipt.rule === 'REC5' ? 'invalid' : 'too-large'
    throw new WriteRefused(code, `It cannot be written: ${reason}`)
  }

  // ---- what comes in

  /** What this node's own disk kept. It passed the gate when it came, and by now the clock may have been set back
   *  (GATE26): only its form is looked at, and what it comes to is read once, at the end. */
  replay(log: Iterable<Uint8Array>, nowMs: number): Replayed {
    const receipts = Array.from(log, (bytes) => this.#ingress.receive(bytes, nowMs, 'replayed'))
    readUnread(this.state, nowMs)
    const { node } = this.#options.signer
    for (const { body } of this.state.records.all()) if (body.author === node) this.#comeAfter(body.incarnation)
    const written = this.#rebase(nowMs)
    this.state.tell()
    return { receipts, written }
  }

  /** Anything from the network. Never throws but what the listener throws. */
  receive(bytes: Uint8Array, nowMs: number): Receipt {
    const receipt = this.#ingress.receive(bytes, nowMs, 'foreign')
    if (receipt.verdict !== 'new') return receipt
    const dropped = [receipt.envelope, ...receipt.released].flatMap((envelope) => this.#noteOwn(envelope, nowMs))
    const rebased = this.#rebase(nowMs)
    this.state.tell()
    return { ...receipt, released: [...receipt.released, ...dropped, ...rebased] }
  }

  /** What is to be written for it. */
  #noteOwn(envelope: Envelope, nowMs: number): Envelope[] {
    const { type, bytes, author } = envelope
    if (author !== this.#options.signer.node) return []
    this.#lookForCopy(envelope)
    const opened = type === 'record' ? openEnvelope(bytes) : undefined
    if (opened === undefined || !('body' in opened) || opened.body.type !== 'record') return []
    this.#comeAfter(opened.body.incarnation)
    return this.#dropAgain(opened.body, nowMs)
  }

  /** [REC12] A record that this node dropped so long ago that it has forgotten it: somebody was away meanwhile. */
  #dropAgain({ author, name, ttlMs }: RecordBody, nowMs: number): Envelope[] {
    const kept = this.state.records.get(author, name, false)
    if (ttlMs > 0 || kept?.stored === undefined || !this.state.records.isForgotten(kept)) return []
    return [this.record(name as FactName, undefined, { nowMs })]
  }

  /** A record of ours from a start that our disk has forgotten: what we say from now on must come after it. */
  #comeAfter(incarnation: number): void {
    if (incarnation >= this.#incarnation) this.#incarnation = incarnation + 1
    this.#incarnations.add(this.#incarnation)
  }

  #lookForCopy(envelope: Envelope): void {
    const { bootNonce, startedAtMs } = this.#options
    if (startedAtMs === undefined) return
    const sign = writtenByCopy(this.state, envelope, { bootNonce, startedAtMs, incarnations: this.#incarnations })
    if (sign !== undefined) this.state.note((listener) => listener.copied?.(sign))
  }

  /** Forgets what is over, and takes in what was ahead of the clock: those envelopes are new, as from `receive`. */
  expire(nowMs: number): Envelope[] {
    // First what has become ready: where the clock was set on, it has waited too long by the same step.
    const ready = [...this.#ingress.receiveReady(nowMs), ...this.#rebase(nowMs)]
    forgetOver(this.state, nowMs)
    tellOrphans(this.state, nowMs)
    this.state.tell()
    return ready
  }

  // ---- what is known

  get(key: DocumentKey): StoredObject | undefined {
    return this.state.documents.get(key)?.stored
  }

  /** Whether it is known to have been there, and to be there no more. */
  isDeleted(key: DocumentKey): boolean {
    return this.state.documents.get(key)?.isDead === true
  }

  *objects(): Iterable<StoredObject> {
    for (const { stored } of this.state.documents.all()) if (stored !== undefined) yield stored
  }

  *recordsOf(node: NodeId): Iterable<StoredRecord> {
    for (const { stored } of this.state.records.of(node)) if (stored !== undefined) yield stored
  }

  *records(): Iterable<StoredRecord> {
    for (const { stored } of this.state.records.all()) if (stored !== undefined) yield stored
  }

  *members(): Iterable<{ readonly node: NodeId; readonly certificate: Uint8Array }> {
    for (const [node, { bytes }] of this.state.members) {
      const opened = openEnvelope(bytes)
      if ('body' in opened && opened.body.type === 'member') yield { node, certificate: opened.body.certificate }
    }
  }

  /** All envelopes worth keeping on disk, members first, each change after those it follows. */
  *envelopes({ type, key }: EnvelopeFilter = {}): Iterable<Envelope> {
    const isWanted = (envelope: Envelope): boolean => envelope.durable && (key === undefined || envelope.key === key)
    if (type === undefined || type === 'member') {
      for (const envelope of this.state.members.values()) if (isWanted(envelope)) yield envelope
    }
    if (type === undefined || type === 'change') {
      for (const document of this.#documents(key)) for (const { envelope } of document.changes()) yield envelope
    }
    if (type === undefined || type === 'record') {
      for (const { envelope } of this.state.records.all()) if (isWanted(envelope)) yield envelope
    }
  }

  #documents(key: DocumentKey | undefined): Iterable<Document> {
    if (key === undefined) return this.state.documents.all()
    const document = this.state.documents.get(key)
    return document === undefined ? [] : [document]
  }

  /** Whether the envelope with this hash is in force here. */
  isKnown(hash: string): boolean {
    return this.state.known.has(hash)
  }

  digest(): Digest {
    return this.state.digest.digest()
  }

  heads(): Map<DocumentKey, readonly string[]> {
    return new Map([...this.state.documents.all()].map(({ key, heads }) => [key, heads]))
  }

  /** Fields of an object that writers set concurrently and nobody has settled since. */
  conflicts(key: DocumentKey): Conflict[] {
    const document = this.state.documents.get(key)
    return document === undefined ? [] : this.#awake(document, standingConflicts)
  }

  equivocations(): readonly Equivocation[] {
    return this.state.chains.proofs()
  }

  /** The changes of a document that are in force, each after those it follows: who, when, at whose request. */
  history(key: DocumentKey): HistoryLine[] {
    const changes = [...(this.state.documents.get(key)?.changes() ?? [])]
    return changes.map(({ hash, author, message, timeMs, life, does }) => ({
      hash,
      author,
      by: message,
      timeMs,
      life,
      does,
    }))
  }

  #awake<T>(document: Document, read: (document: Document) => T): T {
    try {
      return read(document)
    } finally {
      this.state.documents.used(document)
    }
  }
}

const OUTSIDE_CHAINS = { nonce: new Uint8Array(16), seq: 0, prev: '' }

function checkVersion(key: DocumentKey, stored: StoredObject | undefined, ifVersion: string | undefined): void {
  const version = stored?.object.metadata.resourceVersion
  if (ifVersion === undefined || ifVersion === version) return
  throw new WriteRefused(
    'conflict',
    `${key} is at version ${version ?? 'none'}, not ${ifVersion}: read it again and retry.`,
  )
}

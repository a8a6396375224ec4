/**
 * What a replica is made of, handed from one step to the next.
 *
 * @module
 */
import { Chains } from './chains.ts'
import { CUT_BOUNDS, type CutBounds, type Late } from './compaction.ts'
import { DigestIndex } from './digest.ts'
import type { Document } from './document.ts'
import { Documents } from './documents.ts'
import { type Envelope, openEnvelope } from './envelope.ts'
import { sha256Hex } from './sha256.ts'
import { HeldBuffer } from './held.ts'
import type { NodeId, Trust } from './identity.ts'
import type { DocumentKey } from './key.ts'
import type { KindPort } from './kind-port.ts'
import { DEPS_MAX } from './limits.ts'
import type { ReplicaListener } from './listener.ts'
import { RecordStore } from './records.ts'

export interface StateOptions {
  readonly clusterId: string
  readonly trust: Trust
  readonly kinds: KindPort
  readonly listener: ReplicaListener
  /** Default: `CUT_BOUNDS`. */
  readonly cutBounds?: CutBounds
}

export class State {
  readonly clusterId: string
  readonly trust: Trust
  readonly kinds: KindPort
  readonly listener: ReplicaListener
  readonly cutBounds: CutBounds
  readonly documents = new Documents()
  readonly records = new RecordStore()
  /** Certificates by subject, in the order in which they came. */
  readonly members = new Map<NodeId, Envelope>()
  readonly held = new HeldBuffer()
  readonly chains = new Chains()
  readonly digest = new DigestIndex()
  /** Hashes of all envelopes that are kept, so that a copy costs one hash; of a change, with the change's own hash. */
  readonly known = new Map<string, string>()

  /** Objects that lost their namespace, and since when: people are to be told. */
  readonly orphans = new Map<DocumentKey, number>()

  /** What cuts did not hold: to be written again by the replica. */
  late: { readonly key: DocumentKey; readonly late: Late }[] = []
  /** Taken from this node's own disk and not read since. */
  readonly unread = new Set<Document>()
  #news = new Map<unknown, (listener: ReplicaListener) => void>()

  constructor({ clusterId, trust, kinds, listener, cutBounds = CUT_BOUNDS }: StateOptions) {
    this.clusterId = clusterId
    this.trust = trust
    this.kinds = kinds
    this.listener = listener
    this.cutBounds = cutBounds
  }

  /** The listener hears of it once all is in place; of several with one name, of the last. */
  note(news: (listener: ReplicaListener) => void, name: unknown = news): void {
    this.#news.set(name, news)
  }

  tell(): void {
    const news = this.#news
    this.#news = new Map()
    for (const item of news.values()) item(this.listener)
  }

  /** Brings the digest up to a document's heads. */
  noteHeads(document: Document): void {
    this.digest.set('document', document.key, documentState(document))
  }

  /** As if it had never been. */
  forget(document: Document): void {
    for (const { envelope } of document.changes()) this.forgetChange(envelope)
    this.documents.forget(document)
    this.unread.delete(document)
    this.orphans.delete(document.key)
    this.digest.set('document', document.key, undefined)
  }

  forgetChange(envelope: Envelope): void {
    this.known.delete(envelope.hash)
    const opened = openEnvelope(envelope.bytes)
    if ('body' in opened && opened.body.type === 'change') this.chains.forget(opened.body)
  }
}

/** `epoch:head,head`, heads sorted; of a document with very many heads their hash, `epoch:#hash`. */
export function documentState({ epoch, heads }: Pick<Document, 'epoch' | 'heads'>): string {
  const joined = heads.join()
  return heads.length <= DEPS_MAX ? `${epoch}:${joined}` : `${epoch}:#${sha256Hex(joined)}`
}

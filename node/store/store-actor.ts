/**
 * The keeper of this node's replica: the only actor that changes it. Local writes and records come in as messages, frames
 * and gossip from peers too; what is new goes to disk, to the view (by the replica's listener) and on to the neighbours.
 *
 * The order is what matters. A local change is on disk before anybody hears of it, since a change that was told and then
 * lost would come back as a fork. What came from others may travel on at once: they have it. Changes spread by gossip, records
 * (bids among them) from neighbour to neighbour in frames; what was missed on the way is found by comparing digests with a
 * random neighbour every second or two.
 *
 * @module
 */
import {
  SyncSession,
  WriteRefused,
  type DocumentKey,
  type Envelope,
  type KubeObject,
  type NodeId,
  type Receipt,
  type Replica,
  reached,
} from '../../crdt/index.ts'
import type { GossipMessage, PeerId, Transport } from '../../net/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Dice } from '../world/world.ts'
import { ACK_WAIT_MS, DurabilityLedger, type Durability } from './durability.ts'
import { decodeEnvelopes, decodeHashes, encodeEnvelopes, encodeHashes, encodeStored, FRAME, tagged } from './frames.ts'
import type { Journal } from './journal.ts'
import { Outboxes } from './outboxes.ts'

/** Records gather this long before a frame leaves: the price of a frame is the wake-up, not its bytes. */
const FLUSH_MS = 4
/** After this, or twice as long, a neighbour that has it from elsewhere is told what there is: by then it has, or something is amiss. */
const TELL_MS = 50
/** In a cluster up to this size nearly everybody has links with everybody: news is there before a tree has grown. */
const TREE_ABOVE = 12
/** Hashes remembered of what was new: a version that has a successor by now is not asked for again. */
const RECENT_MAX = 16_384
/** A digest is compared with one random neighbour this often, plus up to as much again by chance. */
const SYNC_MS = 1_000
/** A session remembers what the peer has; one this old knows nothing of what came since. */
const SESSION_MS_MAX = 5_000
/** Expiry of short-lived records and tombstones. */
const EXPIRE_MS = 500

export type WriteOperation =
  | {
      readonly verb: 'create' | 'replace'
      readonly key: DocumentKey
      readonly object: KubeObject
      readonly ifVersion?: string
    }
  | { readonly verb: 'delete'; readonly key: DocumentKey; readonly ifUid?: string }

export type WriteOutcome =
  | { readonly ok: true; readonly changed: boolean; readonly durability: Durability }
  | { readonly ok: false; readonly error: unknown }

export type StoreMessage =
  | {
      readonly type: 'write'
      readonly operation: WriteOperation
      readonly by: string
      /** It is in force here, and nothing else has been done yet; the disks do not have it. */
      readonly applied?: () => void
      readonly answer: (outcome: WriteOutcome) => void
    }
  /** A record of this node, in force in its replica already; to be kept and told. */
  | { readonly type: 'recorded'; readonly envelope: Envelope }
  | { readonly type: 'certificate'; readonly bytes: Uint8Array }
  | { readonly type: 'gossip'; readonly message: GossipMessage }
  | { readonly type: 'frame'; readonly from: PeerId; readonly bytes: Uint8Array }
  | { readonly type: 'up'; readonly peer: PeerId }
  | { readonly type: 'down'; readonly peer: PeerId }
  /** Once, when the network is up. */
  | { readonly type: 'start' }
  | { readonly type: 'flush' | 'tell' | 'sync' | 'expire' | 'acks-due' }
  /** Sync frames that waited until what they may tell of was on disk. */
  | { readonly type: 'sync-frames'; readonly to: PeerId; readonly frames: readonly Uint8Array[] }
  | {
      readonly type: 'stored'
      readonly envelopes: readonly Envelope[]
      readonly waiting?: (durability: Durability) => void
    }
  | { readonly type: 'unchanged'; readonly answer: (outcome: WriteOutcome) => void }
  | { readonly type: 'snapshot-taken' }
  | { readonly type: 'disk-failed'; readonly error: unknown; readonly answer?: (outcome: WriteOutcome) => void }

export interface StorePorts {
  readonly replica: Replica
  readonly journal: Journal
  readonly transport: Pick<Transport, 'publish' | 'send' | 'links' | 'disconnect'>
  readonly dice: Dice
  /** Root of the digest when a peer and this node last held the same; kept here, read by who tells of peers too. */
  readonly agreedRoots: Map<PeerId, string>
  /** All nodes of the cluster, lost ones too. */
  readonly members: () => readonly NodeId[]
  /** Whether this member is there, as far as known. */
  readonly isPresent: (node: NodeId) => boolean
  /** This node and a neighbour were found to hold the same; whether for the first time since this node started. */
  readonly onSynced: (peer: PeerId, isFirst: boolean) => void
  /** The disk took a write badly; what it holds is unknown, so the node is to end. */
  readonly onDiskFailed: (error: unknown) => void
  readonly onBlamed: (peer: PeerId, rule: string, reason: string) => void
}

export class StoreActor implements Actor<StoreMessage> {
  readonly #ports: StorePorts
  readonly #outboxes = new Outboxes()
  readonly #ledger: DurabilityLedger
  readonly #sessions = new Map<PeerId, { readonly session: SyncSession; readonly startedMs: number }>()
  readonly #self: NodeId
  /** Whoever waits for the answer to a write. */
  readonly #writers = new Set<(outcome: WriteOutcome) => void>()
  /** Changes of this node on their way to its disk. */
  #unkept = 0
  #awake = false
  #flushSet = false
  #tellSet = false
  readonly #recent = new Set<string>()
  #snapshotting = false

  constructor(ports: StorePorts, self: NodeId) {
    this.#ports = ports
    this.#self = self
    this.#ledger = new DurabilityLedger(self)
  }

  receive(message: StoreMessage, context: Context<StoreMessage>): void {
    if (!this.#awake) this.#wake(context)
    switch (message.type) {
      case 'start':
        return
      case 'write':
        return this.#write(message, context)
      case 'recorded':
        return this.#recorded(message.envelope, context)
      case 'certificate':
        return this.#taken(this.#ports.replica.admit(message.bytes, context.now()), undefined, context)
      case 'gossip':
        return this.#gossip(message.message, context)
      case 'frame':
        return this.#frame(message.from, message.bytes, context)
      case 'up':
        return this.#up(message.peer, context)
      case 'down':
        this.#outboxes.linkDown(message.peer)
        this.#sessions.delete(message.peer)
        return
      case 'flush':
        return this.#flush()
      case 'tell':
        return this.#tell(context)
      case 'sync':
        this.#outboxes.isTree = this.#ports.members().length > TREE_ABOVE
        this.#syncWithOne(context)
        context.after(SYNC_MS * (1 + this.#ports.dice.unit()), { type: 'sync' })
        return
      case 'expire':
        this.#keep(this.#ports.replica.expire(context.now()), context)
        this.#cutHistories(context)
        context.after(EXPIRE_MS, { type: 'expire' })
        return
      case 'acks-due':
        return this.#ledger.expire(context.mono())
      case 'sync-frames':
        return this.#sendSync(message.to, message.frames)
      case 'stored':
        return this.#stored(message, context)
      case 'unchanged':
        return message.answer({ ok: true, changed: false, durability: { disks: 1, of: 1 } })
      case 'snapshot-taken':
        this.#snapshotting = false
        return
      case 'disk-failed':
        message.answer?.({ ok: false, error: diskFailure(message.error) })
        this.#ports.onDiskFailed(message.error)
        return
    }
  }

  /** With the first message of its life, so that a store made anew after a failure goes on spreading. */
  #wake(context: Context<StoreMessage>): void {
    this.#awake = true
    for (const peer of this.#ports.transport.links()) this.#outboxes.linkUp(peer)
    context.after(SYNC_MS, { type: 'sync' })
    context.after(EXPIRE_MS, { type: 'expire' })
  }

  /** Nobody is left waiting for what nobody will answer. */
  stopped(): void {
    const error = new Error(
      'the store stopped before it could say; the write may have been done: look before you repeat it',
    )
    for (const answer of this.#writers) answer({ ok: false, error })
    this.#writers.clear()
  }

  // ---- from this node

  #write(
    { operation, by, applied, answer }: Extract<StoreMessage, { type: 'write' }>,
    context: Context<StoreMessage>,
  ): void {
    let envelope: Envelope | undefined
    try {
      envelope = this.#apply(operation, { nowMs: context.now(), by })
      applied?.()
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error
      answer({ ok: false, error })
      return
    }
    const answerOnce = (outcome: WriteOutcome): void => {
      if (this.#writers.delete(answer)) answer(outcome)
    }
    this.#writers.add(answer)
    if (envelope !== undefined) return this.#append([envelope], context, answerOnce)
    // [DUR8] What it found done already may be on its way to the disk yet.
    context.pipe(
      this.#ports.journal.settled(),
      () => ({ type: 'unchanged', answer: answerOnce }),
      (error) => ({ type: 'disk-failed', error, answer: answerOnce }),
    )
  }

  /** Durable first; what is then done with it is `#stored`. */
  #append(
    envelopes: readonly Envelope[],
    context: Context<StoreMessage>,
    answer?: (outcome: WriteOutcome) => void,
  ): void {
    this.#unkept += envelopes.filter((one) => this.#isOwnChange(one)).length
    const stored = { type: 'stored', envelopes } as const
    const waiting = (durability: Durability): void => answer?.({ ok: true, changed: true, durability })
    context.pipe(
      this.#ports.journal.append(envelopes.map((one) => one.bytes)),
      () => (answer === undefined ? stored : { ...stored, waiting }),
      (error) => (answer === undefined ? { type: 'disk-failed', error } : { type: 'disk-failed', error, answer }),
    )
  }

  #isOwnChange({ type, author }: Envelope): boolean {
    return type === 'change' && author === this.#self
  }

  #apply(operation: WriteOperation, at: { nowMs: number; by: string }): Envelope | undefined {
    const { replica } = this.#ports
    if (operation.verb === 'delete') {
      return replica.remove(operation.key, operation.ifUid === undefined ? at : { ...at, ifUid: operation.ifUid })
    }
    const mode = operation.verb
    const how = operation.ifVersion === undefined ? { ...at, mode } : { ...at, mode, ifVersion: operation.ifVersion }
    return replica.put(operation.key, operation.object, how)
  }

  #recorded(envelope: Envelope, context: Context<StoreMessage>): void {
    this.#keep([envelope], context)
    this.#offer(envelope, undefined, context)
    // [SPREAD9] Others wait for a bid: it does not wait for company.
    if (envelope.ephemeral) this.#flush()
  }

  /** On disk now: a local change may be told, and the author of one that came from elsewhere hears that it is safe here. */
  #stored({ envelopes, waiting }: Extract<StoreMessage, { type: 'stored' }>, context: Context<StoreMessage>): void {
    const { transport, members } = this.#ports
    const foreign = new Map<NodeId, string[]>()
    for (const envelope of envelopes) {
      if (envelope.type !== 'change') continue
      if (envelope.author === this.#self) {
        this.#unkept -= 1
        transport.publish('changes', envelope.bytes)
        if (waiting === undefined) continue
        const at = { nowMs: context.mono(), members: members().length, neighbours: transport.links().length }
        this.#ledger.stored(envelope.hash, at, waiting)
        context.after(ACK_WAIT_MS, { type: 'acks-due' })
      } else {
        foreign.set(envelope.author, [...(foreign.get(envelope.author) ?? []), envelope.hash])
      }
    }
    for (const [author, hashes] of foreign) transport.send(author, encodeStored(hashes))
    this.#snapshotIfLong(context)
  }

  #snapshotIfLong(context: Context<StoreMessage>): void {
    const { journal, replica } = this.#ports
    if (this.#snapshotting || !journal.wantsSnapshot) return
    this.#snapshotting = true
    context.pipe(
      journal.snapshot([...replica.envelopes()].filter((one) => this.#isForDisk(one)).map((one) => one.bytes)),
      () => ({ type: 'snapshot-taken' }),
      (error) => ({ type: 'disk-failed', error }),
    )
  }

  /**
   * A long history is cut when every member, not only the living, is known to hold what this node holds: no change can
   * come any more that builds on what is cut away. The lowest of them does it, so that it is done once. One that is full is
   * cut by the lowest that is there, whoever is away: what comes late is told from what is old by its chain.
   */
  #cutHistories(context: Context<StoreMessage>): void {
    const { replica, members, agreedRoots, isPresent } = this.#ports
    if ([...replica.compactable({ stable: true })].length === 0) return
    const all = members()
    const { root } = replica.digest()
    const stable = all.every((node) => node === this.#self || agreedRoots.get(node) === root)
    if (all.some((node) => node < this.#self && (stable || isPresent(node)))) return
    for (const key of replica.compactable({ stable })) {
      const envelope = replica.compact(key, { stable, nowMs: context.now() })
      if (envelope === undefined) continue
      // One at a time: with it the members hold the same no more.
      return this.#keep([envelope], context)
    }
  }

  #keep(envelopes: readonly Envelope[], context: Context<StoreMessage>): void {
    const durable = envelopes.filter((one) => this.#isForDisk(one))
    if (durable.length > 0) this.#append(durable, context)
  }

  /**
   * [LOG11] What this node has to know after a start without a network: documents, members, where they are, and its own pods.
   * Of the pods of others it would know how they once were, and give up its own for them.
   */
  #isForDisk({ durable, type, author, key }: Envelope): boolean {
    return durable && (type !== 'record' || author === this.#self || key.endsWith('/node'))
  }

  // ---- from peers

  #gossip(message: GossipMessage, context: Context<StoreMessage>): void {
    const receipt = this.#ports.replica.receive(message.bytes, context.now())
    switch (receipt.verdict) {
      case 'new':
        message.accept()
        this.#keep([receipt.envelope, ...receipt.released], context)
        return
      case 'refused':
        message.reject()
        this.#ports.onBlamed(message.from, receipt.rule, receipt.reason)
        return
      case 'known':
      case 'held':
      case 'unknown-author':
        message.ignore()
        return
    }
  }

  #frame(from: PeerId, bytes: Uint8Array, context: Context<StoreMessage>): void {
    switch (bytes[0]) {
      case FRAME.envelopes:
        return this.#lasting(from, decodeEnvelopes(bytes), context)
      case FRAME.fleeting:
        return void this.#envelopes(from, decodeEnvelopes(bytes), context)
      case FRAME.have:
        return this.#have(from, decodeHashes(bytes))
      case FRAME.want:
        return this.#want(from, decodeHashes(bytes))
      case FRAME.enough:
        return void this.#outboxes.beLazy(from)
      case FRAME.sync:
        return this.#syncFrame(from, bytes.subarray(1), context)
      case FRAME.stored: {
        const hashes = decodeHashes(bytes)
        if (hashes === undefined) return this.#blame(from, 'frame', 'a list of stored hashes that is none')
        return this.#ledger.acknowledged(from, hashes)
      }
      default:
        return this.#blame(from, 'kind', `a frame of unknown kind ${bytes[0]}`)
    }
  }

  /** How many of them were not known. */
  #envelopes(from: PeerId, envelopes: readonly Uint8Array[] | undefined, context: Context<StoreMessage>): number {
    if (envelopes === undefined) {
      this.#blame(from, 'frame', 'a batch of envelopes that is none')
      return 0
    }
    let unknown = 0
    for (const bytes of envelopes) {
      const receipt = this.#ports.replica.receive(bytes, context.now())
      if (receipt.verdict !== 'known') unknown += 1
      this.#taken(receipt, from, context)
    }
    return unknown
  }

  // ---- the tree along which it travels in a large cluster

  get #isTree(): boolean {
    return this.#outboxes.isTree
  }

  /** [SPREAD10] Who brings only what is here already is no part of the tree. */
  #lasting(from: PeerId, envelopes: readonly Uint8Array[] | undefined, context: Context<StoreMessage>): void {
    const isNews = this.#envelopes(from, envelopes, context) > 0
    if (isNews || !this.#isTree || envelopes === undefined || !this.#outboxes.beLazy(from)) return
    this.#ports.transport.send(from, Uint8Array.of(FRAME.enough))
  }

  /** [SPREAD10] What should have come by the tree and did not is asked for, and the link is part of it again. */
  #have(from: PeerId, hashes: readonly string[] | undefined): void {
    if (hashes === undefined) return this.#blame(from, 'frame', 'a list of hashes that is none')
    this.#outboxes.has(from, new Set(hashes))
    const lacking = hashes.filter((hash) => !this.#recent.has(hash) && !this.#ports.replica.isKnown(hash))
    if (lacking.length === 0) return
    this.#outboxes.beEager(from)
    this.#ports.transport.send(from, encodeHashes(FRAME.want, lacking))
  }

  #remember({ hash }: Envelope): void {
    if (!this.#isTree) return
    this.#recent.add(hash)
    const [oldest] = this.#recent
    if (this.#recent.size > RECENT_MAX && oldest !== undefined) this.#recent.delete(oldest)
  }

  #want(from: PeerId, hashes: readonly string[] | undefined): void {
    if (hashes === undefined) return this.#blame(from, 'frame', 'a list of hashes that is none')
    this.#outboxes.beEager(from)
    for (const batch of this.#outboxes.asked(from, hashes)) this.#ports.transport.send(from, encodeEnvelopes(batch))
  }

  #tell(context: Context<StoreMessage>): void {
    this.#tellSet = false
    for (const { peer, hashes } of this.#outboxes.tell())
      this.#ports.transport.send(peer, encodeHashes(FRAME.have, hashes))
    this.#tellLater(context)
  }

  #tellLater(context: Context<StoreMessage>): void {
    if (this.#tellSet || !this.#outboxes.isUntold) return
    this.#tellSet = true
    context.after(TELL_MS, { type: 'tell' })
  }

  #taken(receipt: Receipt, from: PeerId | undefined, context: Context<StoreMessage>): void {
    if (receipt.verdict === 'refused' && from !== undefined) this.#blame(from, receipt.rule, receipt.reason)
    if (receipt.verdict !== 'new') return
    this.#remember(receipt.envelope)
    if (from !== undefined) this.#outboxes.seen(from, receipt.envelope)
    this.#keep([receipt.envelope, ...receipt.released], context)
    this.#offer(receipt.envelope, from, context)
  }

  #blame(peer: PeerId, rule: string, reason: string): void {
    this.#ports.onBlamed(peer, rule, reason)
  }

  // ---- spreading

  #offer(envelope: Envelope, from: PeerId | undefined, context: Context<StoreMessage>): void {
    this.#outboxes.offer(envelope, from)
    this.#tellLater(context)
    if (this.#flushSet || this.#outboxes.isEmpty) return
    this.#flushSet = true
    context.after(FLUSH_MS, { type: 'flush' })
  }

  #flush(): void {
    this.#flushSet = false
    for (const { peer, batch } of this.#outboxes.take()) {
      const tag = this.#isTree && batch[0]?.ephemeral === true ? FRAME.fleeting : FRAME.envelopes
      this.#ports.transport.send(peer, encodeEnvelopes(batch, tag))
    }
  }

  // ---- repair

  #up(peer: PeerId, context: Context<StoreMessage>): void {
    this.#outboxes.linkUp(peer)
    this.#beginSync(peer, context)
  }

  /** [SPREAD7] The link of a machine that died without a word stands for some seconds: asked is who answers. */
  #syncWithOne(context: Context<StoreMessage>): void {
    const links = this.#ports.transport.links()
    const present = links.filter((peer) => this.#ports.isPresent(peer))
    const among = present.length > 0 ? present : links
    const peer = among[Math.floor(this.#ports.dice.unit() * among.length)]
    if (peer !== undefined) this.#beginSync(peer, context)
  }

  #beginSync(peer: PeerId, context: Context<StoreMessage>): void {
    this.#tellInSync(peer, this.#sessionWith(peer, context).begin(), context)
  }

  /** [SPREAD5] Sync tells all that the replica holds: while a change of ours is not on disk yet, it waits for that. */
  #tellInSync(to: PeerId, frames: readonly Uint8Array[], context: Context<StoreMessage>): void {
    if (frames.length === 0) return
    if (this.#unkept === 0) return this.#sendSync(to, frames)
    reached('sync-waited-for-disk')
    context.pipe(
      this.#ports.journal.append([]),
      () => ({ type: 'sync-frames', to, frames }),
      (error) => ({ type: 'disk-failed', error }),
    )
  }

  #sendSync(to: PeerId, frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#ports.transport.send(to, tagged(FRAME.sync, frame))
  }

  #sessionWith(peer: PeerId, context: Context<StoreMessage>): SyncSession {
    const present = this.#sessions.get(peer)
    if (present !== undefined && context.mono() - present.startedMs < SESSION_MS_MAX) return present.session
    const session = new SyncSession(this.#ports.replica)
    this.#sessions.set(peer, { session, startedMs: context.mono() })
    return session
  }

  #syncFrame(from: PeerId, bytes: Uint8Array, context: Context<StoreMessage>): void {
    const { replies, news, agreed, refused } = this.#sessionWith(from, context).receive(bytes, context.now())
    this.#keep(news, context)
    this.#tellInSync(from, replies, context)
    for (const envelope of news) this.#offer(envelope, from, context)
    if (refused !== undefined) this.#blame(from, refused.rule, refused.reason)
    if (!agreed) return
    this.#sessions.delete(from)
    const { agreedRoots, replica, onSynced } = this.#ports
    const isFirst = !agreedRoots.has(from)
    agreedRoots.set(from, replica.digest().root)
    onSynced(from, isFirst)
  }
}

function diskFailure(error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error)
  return new Error(
    `this node's disk did not take the write (${why}), and the node ends: start it again once the disk does`,
  )
}

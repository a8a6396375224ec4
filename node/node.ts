/**
 * One node, put together: the same on a machine and in the simulator. A world and a home come in, a running node comes out;
 * every part is handed only what it needs.
 *
 * Read from top to bottom this is the order in which a node comes to life: disk to replica, replica to view, actors on the
 * view, and the network last, since from then on others can ask.
 *
 * @module
 */
import {
  documentKey,
  isYetToEnd,
  serviceAccountKey,
  Replica,
  View,
  kubernetesBeside,
  warmUp,
  WriteRefused,
  type BidFact,
  type Copied,
  type CutBounds,
  type DocumentKey,
  type Fact,
  type FactName,
  type NodeFact,
  type NodeId,
  type PodFact,
  type StoredObject,
  type StoredRecord,
  type Verdict,
} from '../crdt/index.ts'
import type { PeerId, TransportHandlers } from '../net/index.ts'
import type { Ref } from './actor/actor.ts'
import { ActorSystem } from './actor/system.ts'
import { AgentActor, type AgentMessage } from './agent/agent-actor.ts'
import { isConfig } from './agent/config.ts'
import type { PodFailure } from './agent/ports.ts'
import { AutoscaleActor, type AutoscaleMessage } from './autoscale/autoscale-actor.ts'
import { Meter } from './autoscale/meter.ts'
import { Blame } from './blame.ts'
import { Backend } from './backend.ts'
import { ClockActor, type ClockAnswers, type ClockMessage } from './clock/clock-actor.ts'
import { conflictEvent } from './conflict-event.ts'
import { copiedEvent } from './copied-event.ts'
import type { Author } from './control/author.ts'
import { ReturnActor, type ReturnMessage } from './control/return-actor.ts'
import { groupOf } from './control/slot.ts'
import type { Home } from './home.ts'
import { workWhenIdle } from './idle-work.ts'
import { incomingStreams } from './incoming.ts'
import { ownPod, runningPods, templateOf } from './lens.ts'
import { LineLimit } from './line-limit.ts'
import { MembershipActor, type MembershipAnswers, type MembershipMessage } from './membership/membership-actor.ts'
import type { KnownMember } from './membership/ports.ts'
import { neighboursFor } from './neighbours.ts'
import { proberOver } from './membership/prober.ts'
import { statementSeal } from './membership/seal.ts'
import { History } from './placement/history.ts'
import { PlacementActor, type PlacementMessage } from './placement/placement-actor.ts'
import { podEvents } from './pod-events.ts'
import { OnChangeActor, type OnChangeMessage } from './rollout/on-change-actor.ts'
import { RollbackActor, type RollbackMessage } from './rollout/rollback-actor.ts'
import { Seal, sealedWrite } from './secrets.ts'
import { SelfRecord, type NodeSettings } from './self.ts'
import { DataPlane } from './service/data-plane.ts'
import { serviceEnvironment } from './service/environment.ts'
import type { RouteId } from './service/ports.ts'
import { PROXY_MAILBOX_MAX, ProxyActor, type ProxyMessage } from './service/proxy-actor.ts'
import { Reach } from './service/reach.ts'
import type { RouteAddresses } from './service/places.ts'
import { SessionHost } from './session/host.ts'
import { ForwardServer } from './service/serve-forward.ts'
import { NETWORK_LABEL } from './service/ways.ts'
import { EventLog, type NewEvent } from './store/event-log.ts'
import { FRAME, tagged } from './store/frames.ts'
import { Journal } from './store/journal.ts'
import { StoreActor, type StoreMessage, type WriteOperation, type WriteOutcome } from './store/store-actor.ts'
import { SweepActor, type SweepMessage } from './sweep/sweep-actor.ts'
import { SweepIndex } from './sweep/sweep-index.ts'
import type { Cancel, World } from './world/world.ts'

export interface NodeParts {
  readonly world: World
  readonly home: Home
  readonly settings: NodeSettings
  /** Where the API answers, for those who ask. */
  readonly api: () => readonly string[]
  /** How long all has to be calm before this node takes a pod to even out the nodes. Absent: it takes none. */
  readonly calmMs?: number | undefined
  /** The process has written before, as the simulator's has: nothing is to be made quick. */
  readonly isWarm?: boolean
  /** A longer log is replaced by a snapshot. Default: 4 MiB. */
  readonly logBytesMax?: number
  /** How long histories get before they are cut. Default: `CUT_BOUNDS`. */
  readonly cutBounds?: CutBounds
  /** Something after which going on would be worse than starting again from disk. */
  readonly onFatal: (reason: string) => void
}

export interface RunningNode {
  readonly backend: Backend
  /** Leaves the network once those who are served through it have their answers; pods run on. The world is the caller's to close. */
  stop(): Promise<void>
}

/** Bytes of a boot nonce: what makes a writer id new at every start. */
const BOOT_NONCE_BYTES = 16
/** Some statuses follow from the time alone (a deadline that passes): how often those are looked at. */
const VIEW_TICK_MS = 1_000
/** A newcomer's record comes with the first comparison. */
const NAMED_MS = 1_000
/** The first moments are for its links and its pods: beside a warm-up a cold node takes half a second longer to be linked. */
const WARM_UP_AFTER_MS = 1_000

/** A node that is to end lets requests end that long; most take milliseconds, and some never end. */
const SERVED_OUT_MS_MAX = 3_000

/** Beside a round trip: for a neighbour that is busy. */
const ON_THE_WAY_MS = 100

/** Rejects with `JournalRefused` where the log is another cluster's. */
export async function createNode(parts: NodeParts): Promise<RunningNode> {
  const node = new Node(parts)
  try {
    await node.load()
    await node.start()
    return node
  } catch (error) {
    await node.stop()
    throw error
  }
}

class Node implements RunningNode {
  readonly backend: Backend
  readonly #parts: NodeParts
  readonly #self: NodeId
  readonly #view: View
  readonly #replica: Replica
  /** Undefined in a cluster that has no data key. */
  readonly #seal: Seal | undefined
  readonly #journal: Journal
  readonly #system: ActorSystem
  readonly #events = new EventLog()
  readonly #history = new History()
  readonly #selfRecord: SelfRecord
  readonly #dataPlane: DataPlane
  readonly #forwardServer: ForwardServer
  readonly #sessions: SessionHost
  readonly #meter: Meter
  /** Roots of the digest when this node and a neighbour last held the same. */
  readonly #agreedRoots = new Map<NodeId, string>()
  readonly #blame = new Blame()
  readonly #copyLines = new LineLimit({ perKey: 1, total: 1 })
  /** Nodes that were alive since this one started. */
  readonly #seen = new Set<NodeId>()
  #membershipAnswers: MembershipAnswers | undefined
  #clockAnswers: ClockAnswers | undefined
  #routeAddresses: ReadonlyMap<RouteId, RouteAddresses> = new Map()
  #cancelTick: Cancel = () => {}
  #cancelWarmUp: Cancel = () => {}
  #cancelTelling: Cancel = () => {}
  #isTelling = false
  #newConfigs = new Set<DocumentKey>()
  #hasNewMembers = false
  #store!: Ref<StoreMessage>
  #agent!: Ref<AgentMessage>
  #placement!: Ref<PlacementMessage>
  #membership!: Ref<MembershipMessage>
  #proxy!: Ref<ProxyMessage>
  #clock!: Ref<ClockMessage>
  #rollback!: Ref<RollbackMessage>
  #onChange!: Ref<OnChangeMessage>
  #autoscale!: Ref<AutoscaleMessage>
  #return!: Ref<ReturnMessage>
  #sweep!: Ref<SweepMessage>
  readonly #sweepIndex: SweepIndex

  constructor(parts: NodeParts) {
    const { world, home, settings, onFatal } = parts
    this.#parts = parts
    this.#self = home.identity.node
    const { clusterId } = home.members
    const admittedMs = (node: NodeId): number => home.members.certificateOf(node)?.issuedMs ?? 0
    const recordsOf = (node: NodeId): Iterable<StoredRecord> => this.#replica.recordsOf(node)
    this.#view = new View({ self: this.#self, clusterId, admittedMs, recordsOf })
    const random = (bytes: number): Uint8Array => world.dice.bytes(bytes)
    this.#seal = home.dataKey === undefined ? undefined : new Seal(home.dataKey, random)
    this.#replica = this.#newReplica()
    this.#journal = new Journal(world.disk, clusterId, parts.logBytesMax)
    this.#system = new ActorSystem(world, {
      onGiveUp: (name, error) => onFatal(`the ${name} actor failed over and over: ${String(error)}`),
    })
    this.#selfRecord = new SelfRecord(settings, world.clock.now(), (fact) => this.#put('node', fact))
    this.#dataPlane = new DataPlane({ ...world, reach: new Reach(world) })
    this.#sessions = new SessionHost({ ...world, addressOf: (uid) => ownPod(this.#view, this.#self, uid)?.podIP })
    this.#sweepIndex = new SweepIndex(this.#view)
    this.#meter = new Meter({ ...world, running: () => runningPods(this.#view, this.#self) })
    this.#forwardServer = new ForwardServer({ ...world, findPod: (uid) => ownPod(this.#view, this.#self, uid) })
    this.backend = this.#newBackend()
  }

  // ---- coming to life

  /** From disk to view. Certificates first: without them nothing else has an author. */
  async load(): Promise<void> {
    const { world, home } = this.#parts
    const { envelopes, damage } = await this.#journal.open()
    for (const one of damage) world.log.note('warn', 'log-damaged', { ...one })
    const written = this.#view.batch(() => {
      const nowMs = world.clock.now()
      for (const certificate of home.members.list()) this.#replica.admit(certificate.bytes, nowMs)
      const { receipts, written } = this.#replica.replay(envelopes, nowMs)
      for (const receipt of receipts) {
        if (receipt.verdict === 'refused' || receipt.verdict === 'held')
          world.log.note('warn', `log-envelope-${receipt.verdict}`, { ...receipt })
      }
      return written
    })
    const members = [...this.#replica.envelopes({ type: 'member' })]
    await this.#journal.append([...members, ...written].map(({ bytes }) => bytes))
  }

  async start(): Promise<void> {
    const { world } = this.#parts
    this.#spawnAll()
    this.#view.subscribe((keys) => this.#viewChanged(keys))
    await world.transport.start(this.#handlers())
    this.#selfRecord.addresses(world.transport.addresses())
    this.#system.tell(this.#store, { type: 'start' })
    this.#system.tell(this.#membership, { type: 'start' })
    this.#system.tell(this.#clock, { type: 'start' })
    this.#system.tell(this.#rollback, { type: 'look' })
    this.#system.tell(this.#onChange, { type: 'look' })
    this.#system.tell(this.#autoscale, { type: 'look' })
    this.#system.tell(this.#agent, { type: 'boot' })
    this.#viewChanged(new Set())
    this.#toSweep(this.#view.storedAll())
    this.#tick()
    if (this.#parts.isWarm !== true)
      this.#cancelWarmUp = workWhenIdle(world, { steps: warmUp(world.clock.now()), afterMs: WARM_UP_AFTER_MS })
  }

  async stop(): Promise<void> {
    const { world } = this.#parts
    await this.#servedOut()
    this.#cancelTick()
    this.#cancelWarmUp()
    this.#cancelTelling()
    this.#system.stopAll()
    await world.transport.stop()
    await Promise.all(world.runtimes.map((runtime) => runtime.close()))
  }

  /** [FWD5] Requests that came through other nodes are answered. */
  async #servedOut(): Promise<void> {
    let cancel: Cancel = () => {}
    const late = new Promise<void>((resolve) => (cancel = this.#parts.world.timers.after(SERVED_OUT_MS_MAX, resolve)))
    await Promise.race([this.#lastAnswers(), late])
    cancel()
  }

  /** Out, and where they were wanted. */
  async #lastAnswers(): Promise<void> {
    await this.#forwardServer.leave()
    if (!this.#forwardServer.hasServed) return
    await new Promise<void>((resolve) => this.#parts.world.timers.after(ON_THE_WAY_MS + this.#farthestMs(), resolve))
  }

  #tick(): void {
    const { clock, timers } = this.#parts.world
    this.#view.tick(clock.now())
    this.#cancelTick = timers.after(VIEW_TICK_MS, () => this.#tick())
  }

  /** A burst of changes (a sync, a node's death) is told once, when it is over. */
  #viewChanged(keys: ReadonlySet<DocumentKey>): void {
    if (keys.size === 0 || [...keys].some((key) => key.startsWith('core/Node/'))) this.#hasNewMembers = true
    for (const key of keys) if (isConfig(key)) this.#newConfigs.add(key)
    this.#toSweep(keys)
    // What pods take is told all the time, and changes nothing for those who are told here.
    if (keys.size > 0 && [...keys].every((key) => key.startsWith('autoscaling/'))) return
    if (this.#isTelling) return
    this.#isTelling = true
    this.#cancelTelling = this.#parts.world.timers.after(0, () => this.#tellChanges())
  }

  #toSweep(changed: Iterable<DocumentKey>): void {
    const keys = this.#sweepIndex.changed(changed)
    if (keys.size > 0) this.#system.tell(this.#sweep, { type: 'changed', keys })
  }

  #tellChanges(): void {
    this.#isTelling = false
    this.#system.tell(this.#placement, { type: 'changed' })
    this.#system.tell(this.#proxy, { type: 'look' })
    this.#system.tell(this.#agent, { type: 'claims-changed' })
    if (this.#newConfigs.size > 0) this.#system.tell(this.#agent, { type: 'config-changed', keys: this.#newConfigs })
    this.#newConfigs = new Set()
    if (this.#hasNewMembers) {
      this.#system.tell(this.#membership, { type: 'members-changed' })
      this.#system.tell(this.#return, { type: 'look' })
    }
    this.#hasNewMembers = false
  }

  // ---- state

  #newReplica(): Replica {
    const { world, home, cutBounds } = this.#parts
    return new Replica({
      clusterId: home.members.clusterId,
      signer: home.identity,
      trust: home.members,
      bootNonce: world.dice.bytes(BOOT_NONCE_BYTES),
      incarnation: home.incarnation,
      startedAtMs: world.clock.now(),
      ...(cutBounds === undefined ? {} : { cutBounds }),
      kinds: kubernetesBeside(this.#view),
      listener: {
        objectChanged: (key, stored) => this.#view.objectChanged(key, stored && this.#opened(stored)),
        recordChanged: (node, name, record) => {
          this.#view.recordChanged(node, name, record)
          if (record !== undefined && name.startsWith('bid/')) {
            this.#system.tell(this.#placement, { type: 'bid', node, bid: record.value as BidFact })
          }
        },
        memberAdded: (node) => this.#view.memberAdded(node),
        copied: (sign) => this.#copied(sign),
        conflict: (conflict) => this.#note(conflictEvent(conflict, (node) => this.#nameOf(node))),
      },
    })
  }

  /** A record of this node, in force here at once; the store keeps and tells it. */
  #put(name: FactName, value: Fact | undefined, ttlMs?: number): void {
    const nowMs = this.#parts.world.clock.now()
    const envelope = this.#replica.record(name, value, ttlMs === undefined ? { nowMs } : { nowMs, ttlMs })
    this.#system.tell(this.#store, { type: 'recorded', envelope })
  }

  /** What placement and agent write; people are told what is new about a pod. */
  #putPod(name: FactName, value: PodFact | BidFact | undefined, ttlMs?: number): void {
    const uid = name.startsWith('pod/') ? name.slice('pod/'.length) : undefined
    const before = this.#view.podsOn(this.#self).find(({ fact }) => fact.uid === uid)?.fact
    try {
      this.#put(name, value, ttlMs)
    } catch (error) {
      // A defect of ours: whoever writes it would do so again and again, and take the node along.
      if (!(error instanceof WriteRefused)) throw error
      return this.#parts.world.log.note('error', 'record-refused', { name, error: error.message })
    }
    if (uid !== undefined) for (const event of podEvents(before, value as PodFact | undefined)) this.#note(event)
  }

  /** This node's opinion of another one. */
  #setVerdict(node: NodeId, verdict: Verdict, sinceMs: number): void {
    this.#view.setVerdict(node, verdict, sinceMs)
    // Of one that was never seen since this node started there is no news.
    if (verdict === 'alive') this.#seen.add(node)
    if (!this.#seen.has(node)) return
    const type = verdict === 'alive' ? 'Normal' : 'Warning'
    const reason = verdict === 'alive' ? 'NodeReady' : 'NodeNotReady'
    const note = (): void =>
      this.#note({ type, reason, about: this.#nodeKey(node), message: `seen as ${verdict}`, source: 'membership' })
    // What a newcomer is called is heard a moment after it.
    if (this.#view.node(node) === undefined) this.#parts.world.timers.after(NAMED_MS, note)
    else note()
  }

  #write(operation: WriteOperation, by: string, applied: () => void): Promise<WriteOutcome> {
    const sealed = sealedWrite(this.#seal, operation, (key) => this.#replica.get(key)?.object)
    if (sealed instanceof WriteRefused) return Promise.resolve({ ok: false, error: sealed })
    return new Promise((answer) =>
      this.#system.tell(this.#store, { type: 'write', operation: sealed, by, applied, answer }),
    )
  }

  /** What this node's own parts read. */
  #opened(stored: StoredObject): StoredObject {
    return this.#seal?.openStored(stored) ?? stored
  }

  #note(event: NewEvent): void {
    this.#events.add(event, this.#parts.world.clock.now())
  }

  /** Where each member says that it is. A newcomer has heard of nobody yet but the one that admitted it. */
  #knownMembers(): KnownMember[] {
    const { members, introducers } = this.#parts.home
    const known = new Map(members.list().map(({ subject }) => [subject, this.#addressesOf(subject)]))
    for (const { node, addresses } of introducers) if ((known.get(node) ?? []).length === 0) known.set(node, addresses)
    return [...known].map(([node, addresses]) => ({ node, addresses }))
  }

  /** [DEP6] Of those too that were deleted: two sides of a split that deleted one another still find one another. */
  #addressesOf(node: NodeId): readonly string[] {
    const shown = this.#view.node(node)?.fact
    if (shown !== undefined) return shown.addresses
    const record = [...this.#replica.recordsOf(node)].find(({ name }) => name === 'node')
    return (record?.value as NodeFact | undefined)?.addresses ?? []
  }

  /** The other process goes on and on: an event counts, a log grows. */
  #copied(sign: Copied): void {
    const { clock, log } = this.#parts.world
    const event = copiedEvent(sign, { key: this.#nodeKey(this.#self), dataDir: this.#parts.settings.dataDir })
    const line = this.#copyLines.take('', clock.mono())
    if (line === undefined) return
    this.#note(event)
    log.note('warn', 'identity-copied', { message: event.message, ...line })
  }

  /** [FAULT3] It loses its link; what it wrote is still taken from others, each piece by its own merits. */
  #blamed(peer: PeerId, rule: string, reason: string): void {
    const { clock, log, transport } = this.#parts.world
    const isSameRelease = this.#view.node(peer)?.fact.version === this.#parts.settings.version
    const { line, shunMs } = this.#blame.judge({ peer, rule, isSameRelease }, clock.mono())
    if (line !== undefined) log.note('warn', 'peer-sent-bad-bytes', { peer, rule, reason, ...line })
    if (shunMs === undefined) return
    log.note('warn', 'peer-shunned', { peer, rule, shunMs })
    void transport.disconnect(peer).catch(() => {})
  }

  #nodeKey(node: NodeId): DocumentKey {
    return documentKey({ group: '', kind: 'Node', namespace: '', name: this.#nameOf(node) })
  }

  #nameOf(node: NodeId): string {
    return this.#view.node(node)?.name ?? node
  }

  // ---- actors

  #spawnAll(): void {
    this.#store = this.#system.spawn('store', () => this.#newStore(), { mailboxMax: 8_192, overflow: 'drop-oldest' })
    this.#agent = this.#system.spawn('agent', () => this.#newAgent(), { overflow: 'drop-oldest' })
    this.#placement = this.#system.spawn('placement', () => this.#newPlacement(), { overflow: 'drop-oldest' })
    this.#membership = this.#system.spawn('membership', () => this.#newMembership(), { overflow: 'drop-oldest' })
    this.#rollback = this.#system.spawn('rollback', () => this.#newRollback())
    this.#onChange = this.#system.spawn('on-change', () => this.#newOnChange())
    this.#autoscale = this.#system.spawn('autoscale', () => this.#newAutoscale())
    this.#return = this.#system.spawn('return', () => this.#newReturn())
    this.#sweep = this.#system.spawn('sweep', () => this.#newSweep())
    this.#clock = this.#system.spawn('clock', () => this.#newClock(), { overflow: 'drop-oldest' })
    this.#proxy = this.#system.spawn('proxy', () => this.#newProxy(), { mailboxMax: PROXY_MAILBOX_MAX })
    for (const runtime of this.#parts.world.runtimes) {
      runtime.watch(
        ({ uid }) => this.#system.tell(this.#agent, { type: 'runtime-event', uid }),
        (reason) => this.#system.tell(this.#agent, { type: 'runtime-trouble', runtime: runtime.name, reason }),
      )
    }
  }

  #newStore(): StoreActor {
    const { world, home, onFatal } = this.#parts
    return new StoreActor(
      {
        replica: this.#replica,
        journal: this.#journal,
        transport: world.transport,
        dice: world.dice,
        members: () => home.members.list().map(({ subject }) => subject),
        isPresent: (node) => this.#view.node(node)?.verdict === 'alive',
        agreedRoots: this.#agreedRoots,
        onSynced: (_, isFirst) => {
          this.#system.tell(this.#agent, { type: 'synced' })
          if (isFirst) this.#system.tell(this.#placement, { type: 'changed' })
        },
        onDiskFailed: (error) => onFatal(`the disk failed: ${String(error)}`),
        onBlamed: (peer, rule, reason) => this.#blamed(peer, rule, reason),
      },
      this.#self,
    )
  }

  #newAgent(): AgentActor {
    const { world, settings } = this.#parts
    return new AgentActor({
      node: { id: this.#self, name: settings.name, hostAddress: settings.hostAddress, capacity: settings.capacity },
      view: {
        pods: () => this.#view.podsOn(this.#self),
        template: (workload, revision) => templateOf(this.#view, workload, revision),
        config: (kind, namespace, name) => this.#view.get(documentKey({ group: '', kind, namespace, name })),
        serviceAccount: (namespace, name) => this.#view.get(serviceAccountKey(namespace, name)),
        podSecurity: (namespace) => this.#view.podSecurity(namespace),
        isEnding: (workload) => this.#view.workload(workload)?.isEnding === true,
        serviceEnv: (namespace, runtime) =>
          serviceEnvironment({ namespace, runtime, services: this.#view.services(), addresses: this.#routeAddresses }),
      },
      records: { put: (name, fact) => this.#putPod(name, fact) },
      listener: {
        podFailed: (failure) => this.#podFailed(failure),
        runtimeHealth: (health) => this.#selfRecord.runtimeHealth(health),
      },
      roundTripMs: () => this.#farthestMs(),
      world,
    })
  }

  /** Round trip to the neighbour that is farthest away. */
  #farthestMs(): number {
    const answers = this.#membershipAnswers
    const trips = answers?.neighbours().map((node) => answers.roundTripMs(node) ?? 0) ?? []
    return Math.max(0, ...trips)
  }

  /** People are told of it, and placement, which bids lower for the workload or declines in the agent's words. */
  #podFailed({ workload, revision, uid, reason, refused }: PodFailure): void {
    this.#note({ type: 'Warning', reason: 'Failed', about: workload, message: reason, source: 'agent' })
    const report = { group: groupOf({ workload, revision }), uid, reason, refused }
    this.#system.tell(this.#placement, { type: 'failed', report })
  }

  #newPlacement(): PlacementActor {
    return new PlacementActor({
      ports: {
        self: this.#self,
        view: {
          nodes: () => this.#view.nodes(),
          pods: () => this.#view.pods(),
          workloads: () => this.#view.workloads(),
          budgets: () => this.#view.budgets(),
        },
        records: { put: (name, value, ttlMs) => this.#putPod(name, value, ttlMs) },
        setPending: (workload, slots) => this.#view.setPending(workload, slots),
        verdictMs: (node) => this.#membershipAnswers?.verdictMs(node) ?? 0,
        holdMs: (node) => this.#membershipAnswers?.holdMs(node) ?? 0,
        roundTripMs: (node) => this.#membershipAnswers?.roundTripMs(node),
        isBriefed: () => this.#membershipAnswers?.neighbours().every((node) => this.#agreedRoots.has(node)) ?? false,
        isDeleted: (workload) => this.#replica.isDeleted(workload),
        calmMs: this.#parts.calmMs,
      },
      agent: this.#agent,
      history: this.#history,
    })
  }

  /** What the cluster itself writes over a document, by name, and how people are told of it. */
  #author(by: string, event: Pick<NewEvent, 'type' | 'reason' | 'source'>): Author & { readonly view: View } {
    return {
      self: this.#self,
      view: this.#view,
      replace: (key, object, ifVersion) =>
        void this.#write({ verb: 'replace', key, object, ifVersion }, `shoal:${by}`, () => {}),
      tell: (about, message) => this.#note({ ...event, about, message }),
    }
  }

  #newRollback(): RollbackActor {
    return new RollbackActor(this.#author('rollback', { type: 'Warning', reason: 'RolledBack', source: 'rollout' }))
  }

  #newOnChange(): OnChangeActor {
    return new OnChangeActor(this.#author('on-change', { type: 'Normal', reason: 'ConfigChanged', source: 'rollout' }))
  }

  #newAutoscale(): AutoscaleActor {
    return new AutoscaleActor({
      ...this.#author('autoscaler', { type: 'Normal', reason: 'SuccessfulRescale', source: 'autoscaler' }),
      measure: () => this.#meter.measure(),
      say: (fact, ttlMs) => this.#put('usage', fact, ttlMs),
    })
  }

  #newReturn(): ReturnActor {
    return new ReturnActor(this.#author('return', { type: 'Normal', reason: 'NodeReturned', source: 'membership' }))
  }

  #newSweep(): SweepActor {
    const { clock } = this.#parts.world
    const author = this.#author('sweep', { type: 'Normal', reason: 'Swept', source: 'sweep' })
    return new SweepActor({
      ...author,
      view: {
        stored: (key) => this.#view.stored(key),
        nodes: () => this.#view.nodes(),
        isOver: (key, uid) => this.#replica.isOver(key, uid),
        below: (key) => this.#sweepIndex.below(key),
        within: (namespace) => this.#sweepIndex.within(namespace),
        hasPods: (key) => this.#view.podsOf(key).some((row) => isYetToEnd(row, clock.now())),
      },
      remove: (key, ifUid) => void this.#write({ verb: 'delete', key, ifUid }, 'shoal:sweep', () => {}),
    })
  }

  #newMembership(): MembershipActor {
    const { world, home } = this.#parts
    const { transport } = world
    return new MembershipActor({
      ports: {
        self: this.#self,
        start: home.incarnation,
        view: {
          members: () => this.#knownMembers(),
          pods: () => this.#view.pods(),
          workloads: () => this.#view.workloads(),
          networkOf: (node) => this.#view.node(node)?.fact.labels[NETWORK_LABEL],
          setVerdict: (node, verdict, sinceMs) => this.#setVerdict(node, verdict, sinceMs),
          setProbe: (uid, answer) => this.#view.setProbe(uid, answer),
        },
        wire: {
          send: (to, bytes) => void transport.send(to, tagged(FRAME.membership, bytes)),
          gossip: (bytes) => transport.publish('verdicts', bytes),
          connect: (addresses) => transport.connect(addresses),
          disconnect: (node) => transport.disconnect(node),
        },
        onBlamed: (peer, rule, reason) => this.#blamed(peer, rule, reason),
        prober: proberOver(world),
        seal: statementSeal({ signer: home.identity, trust: home.members, clusterId: home.members.clusterId }),
        unit: () => world.dice.unit(),
      },
      links: transport.links(),
      onDetector: (answers) => {
        this.#membershipAnswers = answers
        this.#system.tell(this.#placement, { type: 'changed' })
      },
    })
  }

  #newClock(): ClockActor {
    const { transport } = this.#parts.world
    return new ClockActor({
      send: (to, bytes) => void transport.send(to, tagged(FRAME.clock, bytes)),
      nameOf: (node) => this.#nameOf(node),
      tell: (event) => this.#note({ ...event, about: this.#nodeKey(this.#self), source: 'clock' }),
      onBlamed: (peer, reason) => this.#blamed(peer, 'clock', reason),
      links: transport.links(),
      onAnswers: (answers) => (this.#clockAnswers = answers),
    })
  }

  #newProxy(): ProxyActor {
    const { world, settings } = this.#parts
    return new ProxyActor({
      view: this.#view,
      self: { id: this.#self, ...settings },
      sockets: world.sockets,
      dataPlane: this.#dataPlane,
      report: ({ reason, service, message }) =>
        this.#note({ type: 'Warning', reason, about: service, message, source: 'routes' }),
      placed: (addresses) => (this.#routeAddresses = addresses),
    })
  }

  // ---- the outside

  #handlers(): TransportHandlers {
    const { world } = this.#parts
    const system = this.#system
    return {
      mayLink: (peer) => this.#blame.mayLink(peer, world.clock.mono()),
      gossip: (message) =>
        message.topic === 'verdicts'
          ? system.tell(this.#membership, { type: 'gossip', message })
          : system.tell(this.#store, { type: 'gossip', message }),
      frame: (from, bytes) => {
        // Beats and clocks do not wait behind what the store has to do.
        if (bytes[0] === FRAME.membership)
          system.tell(this.#membership, { type: 'frame', from, bytes: bytes.subarray(1) })
        else if (bytes[0] === FRAME.clock) system.tell(this.#clock, { type: 'frame', from, bytes: bytes.subarray(1) })
        else system.tell(this.#store, { type: 'frame', from, bytes })
      },
      up: (peer) => {
        system.tell(this.#store, { type: 'up', peer })
        system.tell(this.#membership, { type: 'up', peer })
        system.tell(this.#clock, { type: 'up', peer })
      },
      down: (peer, reason) => {
        system.tell(this.#store, { type: 'down', peer })
        system.tell(this.#membership, { type: 'down', peer, reason })
        if (reason !== 'replaced') system.tell(this.#clock, { type: 'down', peer })
      },
      admitted: (bytes) => system.tell(this.#store, { type: 'certificate', bytes }),
      neighboursFor: (newcomer) => neighboursFor(newcomer, this.#view.nodes()),
      stream: incomingStreams({
        world,
        backend: this.backend,
        forwardServer: this.#forwardServer,
        sessions: this.#sessions,
      }),
    }
  }

  #newBackend(): Backend {
    const { world, home, settings, api } = this.#parts
    return new Backend({
      world,
      hasten: (uid, graceMs) => this.#system.tell(this.#agent, { type: 'hasten', uid, graceMs }),
      home,
      settings,
      view: this.#view,
      replica: this.#replica,
      events: this.#events,
      history: this.#history,
      selfRecord: this.#selfRecord,
      sessions: this.#sessions,
      meter: this.#meter,
      neighbours: {
        roundTripMs: (node) => this.#membershipAnswers?.roundTripMs(node),
        root: (node) => this.#agreedRoots.get(node),
      },
      clock: () => this.#clockAnswers,
      api,
      write: (operation, by, applied) => this.#write(operation, by, applied),
    })
  }
}

/**
 * Stores on one network in memory, under virtual time: real replicas, journals and certificates, a disk that can be held up,
 * fail, or lose power at any operation. For tests only.
 *
 * @module
 */
import { kubernetes, namespaceKey, Replica, type KubeObject, sha256 } from '../../crdt/index.ts'
import {
  createGenesis,
  identityFromSeed,
  issueCertificate,
  Members,
  MemoryNetwork,
  type Certificate,
  type Genesis,
  type Identity,
} from '../../net/index.ts'
import type { Ref } from '../actor/actor.ts'
import { ActorSystem } from '../actor/system.ts'
import { aNode, aPod } from '../control/sample.ts'
import { seeded } from '../control/seeded.ts'
import { MemoryDisk } from '../world/memory-disk.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { Journal } from './journal.ts'
import { StoreActor, type StoreMessage, type WriteOperation, type WriteOutcome } from './store-actor.ts'

const NEVER = new Promise<never>(() => {})

/** A disk of which operations are counted, and that stops in the middle of one. */
export class FrailDisk extends MemoryDisk {
  /** What it did, in order; `told` is for others who want to know what came before what. */
  readonly did: string[] = []
  /** Operations it still does; then the power is gone, and nobody hears of any again. */
  operationsLeft = Number.POSITIVE_INFINITY
  /** Set: every further operation fails so. */
  failure: Error | undefined
  #held: Promise<void> | undefined

  /** Until the answer is called, no fsync ends. */
  hold(): () => void {
    let release = (): void => {}
    this.#held = new Promise((resolve) => (release = resolve))
    return () => {
      this.#held = undefined
      release()
    }
  }

  override async append(file: string, bytes: Uint8Array): Promise<void> {
    await this.#operation()
    await super.append(file, bytes)
  }

  override async sync(file: string): Promise<void> {
    await this.#operation()
    await this.#held
    await super.sync(file)
    this.did.push('fsync')
  }

  override async replace(file: string, bytes: Uint8Array): Promise<void> {
    await this.#operation()
    await super.replace(file, bytes)
  }

  async #operation(): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    if (this.operationsLeft <= 0) await NEVER
    this.operationsLeft -= 1
  }
}

const identityOf = (seed: string): Identity => identityFromSeed(sha256(seed))

/** A cluster of so many members; the first has the lowest id. */
export class StoreRig {
  readonly time = new VirtualTime()
  readonly network = new MemoryNetwork({
    later: (deliver, delayMs) => void this.time.timers.after(delayMs, deliver),
    delayMs: () => 1,
  })
  readonly genesis: Genesis
  readonly certificates: readonly Certificate[]
  readonly nodes: readonly StoreNode[]
  /** From where on a log is replaced by a snapshot; undefined: as usual. */
  readonly logBytesMax: number | undefined

  constructor(count: number, logBytesMax?: number) {
    this.logBytesMax = logBytesMax
    const identities = Array.from({ length: count }, (_, index) => identityOf(`member ${index}`)).toSorted(
      (one, other) => (one.node < other.node ? -1 : 1),
    )
    const root = identities[0]!
    const nowMs = this.time.clock.now()
    this.genesis = createGenesis({ name: 'test', root, nowMs, random: (length) => new Uint8Array(length).fill(7) })
    const { clusterId } = this.genesis
    this.certificates = identities.map(({ node }) =>
      issueCertificate({ subject: node, issuer: root, clusterId, nowMs }),
    )
    this.nodes = identities.map((identity) => new StoreNode(this, identity))
  }

  /** All started, each linked to each. */
  static async started(count: number, logBytesMax?: number): Promise<StoreRig> {
    const rig = new StoreRig(count, logBytesMax)
    for (const node of rig.nodes) await node.start()
    await rig.link()
    return rig
  }

  async link(): Promise<void> {
    for (const one of this.nodes) {
      for (const other of this.nodes) if (one.id < other.id) void one.dial(other)
    }
    await this.pass(50)
  }

  pass(ms: number): Promise<void> {
    return this.time.advanceAndSettle(ms)
  }
}

export class StoreNode {
  readonly id: string
  readonly disk = new FrailDisk()
  readonly diskFailures: unknown[] = []
  replica!: Replica
  #rig: StoreRig
  #identity: Identity
  #boots = 0
  #system!: ActorSystem
  #transport!: ReturnType<MemoryNetwork['transport']>
  #store!: Ref<StoreMessage>

  constructor(rig: StoreRig, identity: Identity) {
    this.#rig = rig
    this.#identity = identity
    this.id = identity.node
  }

  /** From what its disk holds, as `node.ts` does it. */
  async start(): Promise<void> {
    const { time, genesis, certificates, network } = this.#rig
    this.#boots += 1
    const members = new Members({ genesis })
    for (const { bytes } of certificates) members.admit(bytes)
    this.replica = new Replica({
      clusterId: genesis.clusterId,
      signer: this.#identity,
      trust: members,
      bootNonce: sha256(`${this.id} ${this.#boots}`).subarray(0, 16),
      incarnation: this.#boots,
      kinds: kubernetes,
      listener: { objectChanged: () => {}, recordChanged: () => {}, memberAdded: () => {}, conflict: () => {} },
    })
    const journal = new Journal(this.disk, genesis.clusterId, this.#rig.logBytesMax)
    const { envelopes } = await journal.open()
    for (const { bytes } of certificates) this.replica.admit(bytes, time.clock.now())
    for (const bytes of envelopes) this.replica.receive(bytes, time.clock.now())
    this.#system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
    this.#transport = network.transport({ self: this.id })
    this.#store = this.#system.spawn('store', () => this.#newActor(journal))
    const tell = (message: StoreMessage): void => this.#system.tell(this.#store, message)
    await this.#transport.start({
      mayLink: () => true,
      gossip: (message) => tell({ type: 'gossip', message }),
      frame: (from, bytes) => tell({ type: 'frame', from, bytes }),
      up: (peer) => tell({ type: 'up', peer }),
      down: (peer) => tell({ type: 'down', peer }),
      admitted: () => {},
      stream: () => {},
    })
    tell({ type: 'start' })
  }

  #newActor(journal: Journal): StoreActor {
    const transport = this.#transport
    const unit = seeded(this.#boots)
    const { did } = this.disk
    return new StoreActor(
      {
        replica: this.replica,
        journal,
        transport: {
          publish: (topic, bytes) => (did.push(`gossip ${topic}`), transport.publish(topic, bytes)),
          send: (to, frame) => (did.push(`frame ${frame[0]}`), transport.send(to, frame)),
          links: () => transport.links(),
          disconnect: (peer) => transport.disconnect(peer),
        },
        dice: { bytes: (length) => new Uint8Array(length), unit },
        agreedRoots: new Map(),
        members: () => this.#rig.nodes.map(({ id }) => id),
        isPresent: () => true,
        onSynced: () => {},
        onDiskFailed: (error) => void this.diskFailures.push(error),
        onBlamed: (_peer, rule, reason) => {
          throw new Error(`${rule}: ${reason}`)
        },
      },
      this.id,
    )
  }

  dial(other: StoreNode): Promise<unknown> {
    return this.#transport.connect([`/memory/${other.id}/p2p/${other.id}`])
  }

  /** The machine loses power: nothing more is said, and the disk forgets what was not synced. */
  crash(survives?: (file: string, unsyncedBytes: number) => number): void {
    this.#system.stopAll()
    this.#rig.network.crash(this.id)
    this.disk.crash(survives)
    this.disk.operationsLeft = Number.POSITIVE_INFINITY
  }

  /** The disk stays, the process is gone. */
  async stop(): Promise<void> {
    this.#system.stopAll()
    await this.#transport.stop()
  }

  tell(message: StoreMessage): void {
    this.#system.tell(this.#store, message)
  }

  write(operation: WriteOperation): Promise<WriteOutcome> {
    return new Promise((answer) => this.tell({ type: 'write', operation, by: 'test', answer }))
  }

  /** Creates a namespace, or writes another note on it. */
  note(name: string, note = ''): Promise<WriteOutcome> {
    const key = namespaceKey(name)
    const verb = this.replica.get(key) === undefined ? 'create' : 'replace'
    return this.write({ verb, key, object: namespace(name, note) })
  }

  /** Says something of itself, as agent and placement do. */
  record(): void {
    const envelope = this.replica.record('node', aNode('x').fact, { nowMs: this.#rig.time.clock.now() })
    this.tell({ type: 'recorded', envelope })
  }

  /** Claims a slot. */
  claim(): void {
    const nowMs = this.#rig.time.clock.now()
    const { fact } = aPod(this.id, { uid: 'p1', revision: 'bcdfghjklm', claimedAtMs: nowMs })
    this.tell({ type: 'recorded', envelope: this.replica.record('pod/p1', fact, { nowMs }) })
  }

  noteOf(name: string): string | undefined {
    return this.replica.get(namespaceKey(name))?.object.metadata.annotations?.['note']
  }

  /** Changes of the document that it keeps. */
  historyOf(name: string): number {
    return this.replica.history(namespaceKey(name)).length
  }
}

const namespace = (name: string, note: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, annotations: { note } },
})

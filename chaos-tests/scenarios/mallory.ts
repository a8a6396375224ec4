/**
 * A member gone bad: admitted with a real ticket, speaking the real wire from the test's own process, and saying there what no
 * honest node would.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { ulebBytes } from '../../crdt/byte-reader.ts'
import { kubernetes, Replica, type ReplicaListener } from '../../crdt/index.ts'
import { createIdentity, join, Members, Swarm, type Identity } from '../../net/index.ts'
import { encodeEnvelopes, FRAME, tagged } from '../../node/store/frames.ts'
import { ticketOf, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { stretched } from './facts.ts'

const DEAF: ReplicaListener = { objectChanged() {}, recordChanged() {}, memberAdded() {}, conflict() {} }

export class Mallory {
  readonly identity: Identity
  readonly members: Members
  readonly swarm: Swarm
  /** What an honest member with its key would make. */
  readonly replica: Replica
  #targets: readonly ProcessNode[] = []

  private constructor(identity: Identity, members: Members) {
    this.identity = identity
    this.members = members
    const now = (): number => Date.now()
    this.swarm = new Swarm({ identity, members, listen: ['/ip4/127.0.0.1/tcp/0'], now, random: randomBytes })
    const parts = { clusterId: members.clusterId, signer: identity, trust: members, kinds: kubernetes, listener: DEAF }
    this.replica = new Replica({ ...parts, bootNonce: randomBytes(16), incarnation: 1 })
  }

  /** Joins by a ticket of the first of these nodes, and links to all of them. */
  static async join(nodes: readonly ProcessNode[]): Promise<Mallory> {
    const identity = createIdentity(randomBytes)
    const joined = await join({
      identity,
      ticket: await ticketOf(nodes[0]!),
      nowMs: Date.now(),
      timeoutMs: stretched(5_000),
    })
    const members = new Members({ genesis: joined.genesis })
    for (const { bytes } of joined.certificates) members.admit(bytes)
    const mallory = new Mallory(identity, members)
    mallory.#targets = nodes
    // Learns the members as they greet, and tells nobody anything.
    await mallory.swarm.start({
      gossip: (message) => message.ignore(),
      frame() {},
      up() {},
      down() {},
      admitted() {},
      stream: (_from, _protocol, _header, stream) => void stream.destroy(),
    })
    await mallory.linked()
    return mallory
  }

  get clusterId(): string {
    return this.members.clusterId
  }

  /** Links again to those that hung up. */
  async linked(): Promise<void> {
    for (const node of this.#targets) {
      await waitFor(`a link to ${node.name}`, stretched(10_000), () =>
        addressesOf(node)
          .then((addresses) => this.swarm.connect(addresses))
          .then(
            () => true,
            () => false,
          ),
      )
    }
  }

  /** A frame on every link, as it is. */
  async frame(bytes: Uint8Array): Promise<void> {
    for (const node of this.#targets) {
      // Full: the other side reads slower than this is said; it is told the next thing when it has caught up.
      const outcome = this.swarm.send(node.nodeId!, bytes)
      if (outcome === 'no-link') await this.linked()
      if (outcome === 'full')
        await waitFor('the link to drain', stretched(10_000), () => this.swarm.send(node.nodeId!, bytes) !== 'full')
    }
  }

  /** Envelopes by all ways that envelopes travel: in a batch, pushed by sync, and through gossip. */
  async envelope(bytes: Uint8Array): Promise<void> {
    await this.frame(encodeEnvelopes([{ bytes }]))
    await this.frame(tagged(FRAME.sync, push([bytes])))
    for (const topic of ['changes', 'verdicts'] as const) {
      try {
        this.swarm.publish(topic, bytes)
      } catch {
        // Too large for its own transport, which is honest.
      }
    }
  }
}

export async function addressesOf(node: ProcessNode): Promise<string[]> {
  return (await node.ok<{ addresses: string[] }>('GET', '/shoal/v1/info')).addresses
}

/** A `push` frame of sync, also of what does not fit into one. */
function push(envelopes: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([
    Uint8Array.of(1, 5),
    ...envelopes.flatMap((bytes) => [Uint8Array.from(ulebBytes(bytes.length)), bytes]),
  ])
}

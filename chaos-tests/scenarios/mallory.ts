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
import { stretched } from '../real/patience.ts'

const DEAF: ReplicaListener = { objectChanged() {}, recordChanged() {}, memberAdded() {}, conflict() {} }

export interface Papers {
  readonly identity: Identity
  readonly members: Members
}

/** A new member, by a ticket of this node. */
export async function admittedBy(node: ProcessNode): Promise<Papers> {
  const identity = createIdentity(randomBytes)
  const joined = await join({
    identity,
    ticket: await ticketOf(node),
    nowMs: Date.now(),
    timeoutMs: stretched(5_000),
  })
  const members = new Members({ genesis: joined.genesis })
  for (const { bytes } of joined.certificates) members.admit(bytes)
  return { identity, members }
}

export class Mallory {
  readonly identity: Identity
  readonly members: Members
  /** What an honest member with its key would make. */
  readonly replica: Replica
  readonly #targets: readonly ProcessNode[]
  readonly #swarms: Swarm[] = []

  private constructor({ identity, members }: Papers, targets: readonly ProcessNode[]) {
    this.identity = identity
    this.members = members
    this.#targets = targets
    this.replica = this.newReplica(randomBytes(16))
  }

  /** Joins by a ticket of the first of these nodes, and links to all of them. */
  static async join(nodes: readonly ProcessNode[]): Promise<Mallory> {
    const papers = await admittedBy(nodes[0]!)
    const mallory = new Mallory(papers, nodes)
    await mallory.#speakAs(papers)
    return mallory
  }

  /** The transport that it speaks by: its own, or that of the last accomplice. */
  get swarm(): Swarm {
    return this.#swarms.at(-1)!
  }

  async stop(): Promise<void> {
    await Promise.all(this.#swarms.map((swarm) => swarm.stop()))
  }

  /** Two of one nonce write two histories under the same numbers. */
  newReplica(bootNonce: Uint8Array): Replica {
    const { identity, members } = this
    const parts = { clusterId: members.clusterId, signer: identity, trust: members, kinds: kubernetes, listener: DEAF }
    return new Replica({ ...parts, bootNonce, incarnation: 1 })
  }

  /** A new key, admitted by a ticket like the first, says the rest for one that is shunned. */
  async sendAccomplice(): Promise<void> {
    await this.#speakAs(await admittedBy(this.#targets[0]!))
  }

  async #speakAs({ identity, members }: Papers): Promise<void> {
    const now = (): number => Date.now()
    const swarm = new Swarm({ identity, members, listen: ['/ip4/127.0.0.1/tcp/0'], now, random: randomBytes })
    this.#swarms.push(swarm)
    // Learns the members as they greet, and tells nobody anything.
    await swarm.start({
      mayLink: () => true,
      gossip: (message) => message.ignore(),
      frame() {},
      up() {},
      down() {},
      admitted() {},
      stream: (_from, _protocol, _header, stream) => void stream.destroy(),
    })
    for (const node of this.#targets) {
      await waitFor(`a link to ${node.name}`, stretched(10_000), () =>
        addressesOf(node)
          .then((addresses) => swarm.connect(addresses))
          .then(
            () => true,
            () => false,
          ),
      )
    }
  }

  get clusterId(): string {
    return this.members.clusterId
  }

  /** A frame on every link, as it is. */
  async frame(bytes: Uint8Array): Promise<void> {
    for (const node of this.#targets) {
      // Full: the other side reads slower than this is said; it is told the next thing when it has caught up.
      const outcome = this.swarm.send(node.nodeId!, bytes)
      if (outcome === 'no-link') await this.sendAccomplice()
      if (outcome === 'no-link') this.swarm.send(node.nodeId!, bytes)
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

/**
 * Gossipsub, tied to the links: a neighbour is a gossip peer from the moment its link stands until it falls, over the link's
 * connection. libp2p would tell gossipsub of peers by identify, once per connection and never again; the links know better.
 *
 * Nothing travels on before the layers above have accepted it. Envelopes carry their author's signature, so gossipsub adds none
 * (a delivery costs half); a message is known by the hash of its bytes.
 *
 * @module
 */
import './node20.ts'
import { createHash } from 'node:crypto'
import { StrictNoSign, TopicValidatorResult, gossipsub } from '@chainsafe/libp2p-gossipsub'
import type { GossipSub, GossipSubComponents, GossipsubMessage, GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import type { Connection, StreamHandler, StreamHandlerOptions, Topology } from '@libp2p/interface'
import { GOSSIP_BYTES_MAX } from './transport.ts'
import type { GossipMessage, PeerId, Topic } from './transport.ts'

const TOPICS: readonly Topic[] = ['changes', 'verdicts']

/** One RPC holds up to `RPC_MESSAGES_MAX` messages when a neighbour asks for what it missed; a longer one ends the stream. */
const RPC_BYTES_MAX = 4 * 1024 * 1024
/** Bytes of gossip that may wait for a neighbour; beyond it its stream is cut and the link after it. */
const OUTBOUND_BYTES_MAX = 4 * 1024 * 1024
/** Up to here an own message goes to every neighbour at once, which saves a hop and costs some copies. */
const FLOOD_PEERS_MAX = 10
/** A link whose gossip streams are not both there after this is broken: gossipsub never tries again by itself. */
const GOSSIP_READY_MS_MAX = 5000

/** What one RPC may hold; the defaults of the package were infinite until CVE-2026-46679. Two topics, few messages a second. */
const RPC_LIMITS = {
  maxSubscriptions: 16,
  maxMessages: 256,
  maxIhaveMessageIDs: 1024,
  maxIwantMessageIDs: 1024,
  maxControlMessages: 64,
  maxIdontwantMessageIDs: 256,
  maxPeerInfos: 0,
}

/** Only refused messages count, and are forgotten with a half-life of some 13 s: 5 of them cost 25 points. */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1000,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.95,
}

const optionsFor = (topics: readonly string[]): Partial<GossipsubOpts> => ({
  globalSignaturePolicy: StrictNoSign,
  msgIdFn: (message) => createHash('sha256').update(message.topic).update(message.data).digest().subarray(0, 16),
  asyncValidation: true,
  allowPublishToZeroTopicPeers: true,
  ignoreDuplicatePublishError: true,
  fallbackToFloodsub: false,
  emitSelf: false,
  doPX: false,
  tagMeshPeers: false,
  D: 4,
  Dlo: 3,
  Dhi: 6,
  Dout: 1,
  Dlazy: 3,
  heartbeatInterval: 1000,
  allowedTopics: [...topics],
  maxTopicBytesPerPeer: 4096,
  decodeRpcLimits: RPC_LIMITS,
  maxInboundDataLength: RPC_BYTES_MAX,
  maxOutboundBufferSize: OUTBOUND_BYTES_MAX,
  maxInboundStreams: 4,
  maxOutboundStreams: 4,
  runOnLimitedConnection: true,
  scoreParams: {
    // with the default of -5, more than ten nodes behind one address empty the mesh
    IPColocationFactorWeight: 0,
    topics: Object.fromEntries(topics.map((topic) => [topic, TOPIC_SCORE])),
  },
})

export interface GossipEvents {
  message(message: GossipMessage): void
  /** The link's gossip streams did not come up, or fell: the link is of no use. */
  stuck(peer: PeerId): void
}

export interface GossipOptions {
  clusterId: string
  /** Whether this connection carries a standing link: others may not gossip. */
  isLinked(connection: Connection): boolean
  events: GossipEvents
}

/** What the object gossipsub returns is besides its declared interface. */
type Router = Omit<GossipSub, 'publish'> & {
  readonly streamsInbound: ReadonlyMap<PeerId, unknown>
  readonly streamsOutbound: ReadonlyMap<PeerId, unknown>
  start(): Promise<void>
  stop(): Promise<void>
  publish(topic: string, data: Uint8Array, options: { floodPublish: boolean }): Promise<unknown>
  reportMessageValidationResult(messageId: string, from: PeerId, result: TopicValidatorResult): void
}

/** A service of libp2p: `services: { gossip: components => new Gossip(options, components) }`. */
export class Gossip {
  readonly #options: GossipOptions
  readonly #router: Router
  readonly #prefix: string
  #topology: Topology | undefined
  readonly #linkedMs = new Map<PeerId, number>()

  constructor(options: GossipOptions, components: GossipSubComponents) {
    this.#options = options
    this.#prefix = `${options.clusterId.slice(0, 16)}/`
    const topics = TOPICS.map((topic) => this.#prefix + topic)
    const registrar = this.#registrarOf(components.registrar)
    this.#router = gossipsub(optionsFor(topics))({ ...pick(components), registrar }) as unknown as Router
    this.#router.addEventListener('gossipsub:message', (event) => this.#receive(event.detail))
    this.#router.addEventListener('gossipsub:heartbeat', () => this.#checkStreams())
  }

  async start(): Promise<void> {
    await this.#router.start()
    for (const topic of TOPICS) this.#router.subscribe(this.#prefix + topic)
  }

  async stop(): Promise<void> {
    await this.#router.stop()
  }

  publish(topic: Topic, bytes: Uint8Array): void {
    if (bytes.length > GOSSIP_BYTES_MAX) {
      throw new RangeError(
        `A gossip message of ${bytes.length} bytes is over the ${GOSSIP_BYTES_MAX} allowed: send it on links`,
      )
    }
    const floodPublish = this.#linkedMs.size <= FLOOD_PEERS_MAX
    // gossip promises nothing: what could not be sent is repaired by sync
    this.#router.publish(this.#prefix + topic, bytes, { floodPublish }).catch(() => {})
  }

  linkUp(connection: Connection): void {
    this.#linkedMs.set(connection.remotePeer.toString(), performance.now())
    void this.#topology?.onConnect?.(connection.remotePeer, connection)
  }

  linkDown(connection: Connection): void {
    this.#linkedMs.delete(connection.remotePeer.toString())
    void this.#topology?.onDisconnect?.(connection.remotePeer)
  }

  #receive({ msgId, propagationSource, msg }: GossipsubMessage): void {
    const from = propagationSource.toString()
    const topic = TOPICS.find((known) => this.#prefix + known === msg.topic)
    const report = (result: TopicValidatorResult) => () =>
      this.#router.reportMessageValidationResult(msgId, from, result)
    if (topic === undefined || msg.data.length > GOSSIP_BYTES_MAX) return report(TopicValidatorResult.Reject)()
    this.#options.events.message({
      topic,
      bytes: msg.data,
      from,
      accept: report(TopicValidatorResult.Accept),
      ignore: report(TopicValidatorResult.Ignore),
      reject: report(TopicValidatorResult.Reject),
    })
  }

  /** [GOSSIP6] gossipsub drops a peer whose stream failed and never opens another: a link without gossip is given up. */
  #checkStreams(): void {
    const nowMs = performance.now()
    for (const [peer, sinceMs] of this.#linkedMs) {
      if (nowMs - sinceMs < GOSSIP_READY_MS_MAX) continue
      if (!this.#router.streamsOutbound.has(peer) || !this.#router.streamsInbound.has(peer))
        this.#options.events.stuck(peer)
    }
  }

  /** The registrar as gossipsub sees it: its streams only on links, and its peers from us. */
  #registrarOf(registrar: GossipSubComponents['registrar']): GossipSubComponents['registrar'] {
    const onLinks =
      (handler: StreamHandler): StreamHandler =>
      (stream, connection) =>
        this.#options.isLinked(connection)
          ? handler(stream, connection)
          : stream.abort(new Error('gossip without a link'))
    return Object.assign(Object.create(registrar) as typeof registrar, {
      handle: (protocol: string, handler: StreamHandler, options?: StreamHandlerOptions) =>
        registrar.handle(protocol, onLinks(handler), options),
      register: async (_protocol: string, topology: Topology) => {
        this.#topology = topology
        return 'links'
      },
      unregister: () => {
        this.#topology = undefined
      },
    })
  }
}

/** libp2p's components are found by getters, which a spread would not copy. */
const pick = (components: GossipSubComponents): Omit<GossipSubComponents, 'registrar'> => ({
  privateKey: components.privateKey,
  peerId: components.peerId,
  peerStore: components.peerStore,
  connectionManager: components.connectionManager,
  logger: components.logger,
})

/**
 * How bytes travel between members: the port that `node/` is written against. `swarm.ts` is it over libp2p, `memory.ts`
 * within a process, and the simulator brings a third; `contract.ts` is the suite all of them pass.
 *
 * Nothing here is reliable. A frame or a gossip message may be lost, doubled or late; streams are as good as TCP until they
 * break. Peers seen here are members: strangers get no further than the join protocol.
 *
 * @module
 */
import type { Duplex } from 'node:stream'

/** A libp2p peer id of an Ed25519 key, `12D3Koo...`. */
export type PeerId = string

/** What gossip carries, each rare and of interest to all. */
export type Topic = 'changes' | 'verdicts'

/** A message from gossip. It travels on only after `accept`; exactly one of the three is to be called, once. */
export interface GossipMessage {
  readonly topic: Topic
  readonly bytes: Uint8Array
  /** The neighbour it came through, not its author. */
  readonly from: PeerId
  accept(): void
  /** Not the sender's fault (old, unknown yet): not passed on, nobody blamed. */
  ignore(): void
  /** Bad: not passed on, and the neighbour is blamed. */
  reject(): void
}

/** Why a link ended. `refused`: the machine answered that nobody listens, so the agent is gone and its machine alive. */
export type DownReason = 'closed' | 'reset' | 'replaced' | 'stopped'

/** A member and where it can be dialled. */
export interface Neighbour {
  readonly node: PeerId
  /** Multiaddrs with `/p2p/`. */
  readonly addresses: readonly string[]
}

export interface TransportHandlers {
  /** [LINK9] Asked before any link with this member, whoever opens it. Membership is proved already. */
  mayLink(peer: PeerId): boolean
  gossip(message: GossipMessage): void
  /** A frame from a neighbour's kept stream, at most `FRAME_BYTES_MAX`. */
  frame(from: PeerId, bytes: Uint8Array): void
  /** A link to an admitted member stands. `addresses`: where it can be dialled, as it says. */
  up(peer: PeerId, addresses: readonly string[]): void
  down(peer: PeerId, reason: DownReason): void
  /** A member opened a stream to us. `header` says what it wants, at most 64 KiB. */
  stream(from: PeerId, protocol: StreamProtocol, header: Uint8Array, stream: Duplex): void
  /** Somebody was admitted here or by certificate: its certificate, to be kept and spread. */
  admitted(certificate: Uint8Array): void
  /** [JOIN8] Whom a newcomer is told of, those it should dial first first. Absent: nobody. */
  neighboursFor?(newcomer: PeerId): readonly Neighbour[]
}

/** Streams for bulk and for requests: logs of a pod, bytes to a pod, a session with it, a question to a node's API. */
export type StreamProtocol = 'logs' | 'forward' | 'session' | 'ask'

/** Largest frame on a link: a sync answer of whole documents, split by the sender. */
export const FRAME_BYTES_MAX = 1024 * 1024

/** Largest gossip message: one change of the largest object (256 KiB) with its envelope. */
export const GOSSIP_BYTES_MAX = 320 * 1024

export interface Transport {
  readonly self: PeerId
  start(handlers: TransportHandlers): Promise<void>
  stop(): Promise<void>
  /** Multiaddrs with `/p2p/` on which others may dial this node. */
  addresses(): readonly string[]
  publish(topic: Topic, bytes: Uint8Array): void
  /** On the kept stream. `full`: the neighbour does not read (over 4 MiB wait for it); the frame was dropped. */
  send(to: PeerId, frame: Uint8Array): 'sent' | 'full' | 'no-link'
  /** Peers with a kept stream. */
  links(): readonly PeerId[]
  /** Dials, proves membership both ways, opens the kept stream. Rejects with a `NetError`. */
  connect(addresses: readonly string[]): Promise<PeerId>
  /** Closes the link. Used to keep the overlay bounded, and by tests to cut. */
  disconnect(peer: PeerId): Promise<void>
  /** A stream to a member, over the link's connection (dialled if needed and possible). Rejects with a `NetError`. */
  open(to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex>
}

/** What can go wrong between peers. `code` is for programs, `message` for people: what failed, with whom, what to do. */
export class NetError extends Error {
  readonly code:
    | 'unreachable'
    | 'refused'
    | 'timeout'
    | 'not-admitted'
    | 'bad-ticket'
    | 'other-cluster'
    | 'protocol'
    | 'shunned'
    | 'listen'
    | 'stopped'

  constructor(code: NetError['code'], message: string) {
    super(message)
    this.name = 'NetError'
    this.code = code
  }
}

/** What `connect` says where `mayLink` said no. */
export const shunned = (peer: PeerId): NetError =>
  new NetError('shunned', `${peer} sent bad bytes again and again: it gets no link for a while. The log says which`)

/**
 * The other end of a forwarded connection: a member asks for a port of a pod that runs here, and this node dials it.
 *
 * A member may reach pods this way and nothing else: not the node's own services, not what else listens on this machine. So
 * the pod is looked up among this node's own and the port among those its containers declare.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Sockets } from '../world/world.ts'
import { decodeRequest, encodeAnswer, refusalOf } from './forward-protocol.ts'
import type { Refusal } from './forward-protocol.ts'
import type { HostPort } from './ports.ts'
import { splice } from './splice.ts'

/** A pod of this node. */
export interface OwnPod {
  readonly podIP: string
  /** TCP ports its containers declare. */
  readonly ports: readonly number[]
}

export interface ForwardServerPorts {
  readonly sockets: Pick<Sockets, 'connect'>
  /** Undefined where this node does not run that pod. */
  findPod(podUid: string): OwnPod | undefined
  /** Lower where the process may open fewer files. */
  readonly connectionsMax?: number
  readonly connectionsPerPeerMax?: number
}

/** Connections served at a time: two file descriptors each, of the 65,536 a service usually may have. */
const CONNECTIONS_MAX = 4_096

/** Of one peer, so that none takes the place of all others. */
const CONNECTIONS_PER_PEER_MAX = 1_024

/** A pod on this machine answers in a millisecond or it does not listen. */
const DIAL_MS_MAX = 250

export class ForwardServer {
  readonly #ports: ForwardServerPorts
  readonly #open = new Map<string, number>()
  #total = 0
  #hasServed = false
  /** Told when the last has ended, once no more are taken. */
  #left: (() => void) | undefined

  constructor(ports: ForwardServerPorts) {
    this.#ports = ports
  }

  /** Connections being served. */
  get open(): number {
    return this.#total
  }

  /** Whether there ever was one: the last bytes of an answer may be on their way. */
  get hasServed(): boolean {
    return this.#hasServed
  }

  /** [FWD5] From now on others are to take their connections elsewhere. Resolves when those that stand have ended. */
  leave(): Promise<void> {
    return new Promise((resolve) => {
      this.#left = resolve
      if (this.#total === 0) resolve()
    })
  }

  /** Takes a stream of protocol `forward`. Resolves when it has ended; never rejects. */
  async serve(from: string, header: Uint8Array, stream: Duplex): Promise<void> {
    stream.on('error', nothing)
    const ofPeer = this.#open.get(from) ?? 0
    const { connectionsMax = CONNECTIONS_MAX, connectionsPerPeerMax = CONNECTIONS_PER_PEER_MAX } = this.#ports
    const isFull = this.#total >= connectionsMax || ofPeer >= connectionsPerPeerMax
    if (isFull || this.#left !== undefined) return decline(stream, 'busy')
    this.#count(from, 1)
    this.#hasServed = true
    try {
      await this.#forward(header, stream)
    } finally {
      this.#count(from, -1)
    }
  }

  async #forward(header: Uint8Array, stream: Duplex): Promise<void> {
    const address = this.#addressOf(header)
    if (address === undefined) return decline(stream, 'not-here')
    let pod: Duplex
    try {
      pod = await this.#ports.sockets.connect({ ...address, timeoutMs: DIAL_MS_MAX })
    } catch (error) {
      return decline(stream, refusalOf(error))
    }
    stream.write(encodeAnswer('connected'))
    await splice(stream, pod)
  }

  /** [FWD4] Only own pods, only declared ports. */
  #addressOf(header: Uint8Array): HostPort | undefined {
    const request = decodeRequest(header)
    const pod = request === undefined ? undefined : this.#ports.findPod(request.podUid)
    if (request === undefined || pod === undefined || pod.podIP === '') return undefined
    return pod.ports.includes(request.port) ? { host: pod.podIP, port: request.port } : undefined
  }

  #count(from: string, by: 1 | -1): void {
    this.#total += by
    const ofPeer = (this.#open.get(from) ?? 0) + by
    if (ofPeer === 0) this.#open.delete(from)
    else this.#open.set(from, ofPeer)
    if (this.#total === 0) this.#left?.()
  }
}

/** Answers and closes. What the peer sent is read to nowhere, for a stream that is not read never ends. */
function decline(stream: Duplex, refusal: Refusal): void {
  stream.resume()
  stream.end(encodeAnswer(refusal), () => stream.destroy())
}

function nothing(): void {}

/**
 * Sessions with the pods of this node, for its own clients and for other members; and how many there may be.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { PeerId } from '../../net/index.ts'
import { ofPod } from '../runtime/of-pod.ts'
import { RuntimeError, type ExecSession, type Runtime } from '../runtime/runtime.ts'
import { splice } from '../service/splice.ts'
import type { Sockets, World } from '../world/world.ts'
import { endFrame } from './end.ts'
import { frame } from './frames.ts'
import { decodeOrder, type CommandOrder, type ForwardOrder } from './order.ts'
import { saying } from './saying.ts'
import { serveSession } from './serve.ts'

/** [SESS6] Under way at a time: each is a process, a call to the engine that does not end, or a connection. */
const SESSIONS_MAX = 256

/** Of one other member: fewer than it may have streams to us, so that its services go on. */
const SESSIONS_PER_PEER_MAX = 96

/**
 * A pod on this machine answers in a millisecond or refuses, unless more clients than it has room for come at once (busybox
 * httpd: 9): the kernel asks again for those after 1, 3 and 7 s.
 */
const DIAL_MS_MAX = 10_000

export interface HostPorts {
  readonly runtimes: readonly Runtime[]
  readonly sockets: Pick<Sockets, 'connect'>
  readonly log: World['log']
  /** Of a pod that runs here; undefined or empty where there is none. */
  addressOf(uid: string): string | undefined
  readonly sessionsMax?: number
  readonly sessionsPerPeerMax?: number
}

export class SessionHost {
  readonly #ports: HostPorts
  readonly #open = new Map<PeerId, number>()

  constructor(ports: HostPorts) {
    this.#ports = ports
  }

  /** Sessions under way. */
  get open(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0)
  }

  /** [SESS6] Opens one for that asker if it may have one; it counts until it has ended. */
  async counted<Session extends ExecSession | Duplex>(
    asker: PeerId,
    begin: () => Promise<Session>,
    isPeer = false,
  ): Promise<Session> {
    this.#assertRoom(asker, isPeer)
    this.#count(asker, 1)
    let counts = true
    const over = (): void => {
      if (counts) this.#count(asker, -1)
      counts = false
    }
    try {
      const session = await begin()
      if ('exit' in session) session.exit.then(over, over)
      else session.once('close', over)
      return session
    } catch (error) {
      over()
      throw error
    }
  }

  /** Of a pod of this node. Rejects with a `RuntimeError`. */
  own(uid: string, order: CommandOrder): Promise<ExecSession> {
    return ofPod(this.#ports.runtimes, uid, (runtime) => begin(runtime, uid, order))
  }

  async ownPort(uid: string, { port }: ForwardOrder): Promise<Duplex> {
    const host = this.#ports.addressOf(uid)
    if (host === undefined || host === '') throw new RuntimeError('not-found', 'the pod has no address yet')
    try {
      return await this.#ports.sockets.connect({ host, port, timeoutMs: DIAL_MS_MAX })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why = code === 'ECONNREFUSED' ? `nobody listens on port ${port} of the pod` : message
      throw new RuntimeError('failed', why)
    }
  }

  /** Takes a stream of protocol `session`. Resolves when it is over; never rejects. */
  async serve(from: PeerId, header: Uint8Array, stream: Duplex): Promise<void> {
    stream.on('error', () => stream.destroy())
    try {
      const asked = decodeOrder(header)
      if (asked === undefined) throw new RuntimeError('failed', 'what was asked is no session')
      const { uid, order } = asked
      if (order.what === 'forward') {
        const pod = await this.counted(from, () => this.ownPort(uid, order), true)
        stream.write(frame('begun'))
        return await splice(stream, pod)
      }
      const session = await this.counted(from, () => this.own(uid, order), true)
      stream.write(frame('begun'))
      await serveSession(stream, session)
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error))
      this.#ports.log.note('info', 'session-refused', { from, reason: reason.message })
      stream.resume()
      stream.end(endFrame(reason))
    }
  }

  #assertRoom(asker: PeerId, isPeer: boolean): void {
    const { sessionsMax = SESSIONS_MAX, sessionsPerPeerMax = SESSIONS_PER_PEER_MAX } = this.#ports
    const ofAsker = this.#open.get(asker) ?? 0
    if (this.open < sessionsMax && (!isPeer || ofAsker < sessionsPerPeerMax)) return
    throw new RuntimeError('failed', `this node carries ${this.open} sessions already: end one first`)
  }

  #count(asker: PeerId, by: 1 | -1): void {
    const now = (this.#open.get(asker) ?? 0) + by
    if (now === 0) this.#open.delete(asker)
    else this.#open.set(asker, now)
  }
}

async function begin(runtime: Runtime, uid: string, order: CommandOrder): Promise<ExecSession> {
  switch (order.what) {
    case 'exec':
      return runtime.exec(uid, order.container, order)
    case 'attach':
      return runtime.attach(uid, order.container, { stdin: order.stdin })
    case 'look':
      return saying(await runtime.pathKind(uid, order.container, order.path))
    case 'copy-out':
      return runtime.copyOut(uid, order.container, order.path)
    case 'copy-in':
      return runtime.copyIn(uid, order.container, order.path)
  }
}

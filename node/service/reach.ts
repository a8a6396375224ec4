/**
 * Connects to one backend by the ways that lead to it, and remembers for each node which one worked.
 *
 * A pod's own answer is final, yes or no: where it refused one way it will refuse the other. Silence and missing routes are
 * about the way, so the next one is tried.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Transport } from '../../net/index.ts'
import type { World } from '../world/world.ts'
import type { Backend } from './backends.ts'
import { decodeAnswer, encodeRequest, EndpointError, refusalOf } from './forward-protocol.ts'
import { reset } from './splice.ts'
import type { Way } from './ways.ts'

/** On one network stack an answer takes microseconds; this allows for a machine that is busy. */
const DIRECT_MS_MAX = 250

/** For the first stream to a node, which may have to be dialled. */
const FIRST_STREAM_MS_MAX = 1_000

/** For later ones: four times what the last took, so that far peers are given their time, within these bounds. */
const STREAM_MS_MIN = 300
const STREAM_MS_MAX = 3_000

export interface ReachPorts extends Pick<World, 'clock' | 'timers' | 'sockets'> {
  readonly transport: Pick<Transport, 'open'>
}

interface Known {
  readonly way: Way
  readonly streamMs?: number
}

export class Reach {
  readonly #ports: ReachPorts
  readonly #known = new Map<string, Known>()

  constructor(ports: ReachPorts) {
    this.#ports = ports
  }

  /** A connection the pod has taken. Rejects with an `EndpointError`. */
  async connect(backend: Backend): Promise<Duplex> {
    let failure: EndpointError | undefined
    for (const way of this.#inOrder(backend)) {
      try {
        return await this.#connectBy(way, backend)
      } catch (error) {
        failure = endpointError(error, backend, way)
        if (isFinal(failure)) break
      }
    }
    throw failure ?? new EndpointError('unreachable', `no way leads to pod ${backend.podName}`)
  }

  /** Forgets nodes that are not among these. */
  keepOnly(nodes: ReadonlySet<string>): void {
    for (const node of this.#known.keys()) if (!nodes.has(node)) this.#known.delete(node)
  }

  #inOrder({ node, ways }: Backend): readonly Way[] {
    const worked = this.#known.get(node)?.way
    return worked !== undefined && ways.includes(worked) ? [worked, ...ways.filter((way) => way !== worked)] : ways
  }

  async #connectBy(way: Way, backend: Backend): Promise<Duplex> {
    const { host, port, node } = backend
    switch (way) {
      case 'direct': {
        const stream = await this.#ports.sockets.connect({ host, port, timeoutMs: DIRECT_MS_MAX })
        this.#known.set(node, { ...this.#known.get(node), way })
        return stream
      }
      case 'through': {
        const startMs = this.#ports.clock.mono()
        const limitMs = this.#patienceMs(node)
        try {
          const stream = await this.#openThrough(backend, limitMs)
          this.#known.set(node, { way, streamMs: this.#ports.clock.mono() - startMs })
          return stream
        } catch (error) {
          // [REACH8] The way may have become longer.
          if (error instanceof EndpointError && error.code === 'timeout')
            this.#known.set(node, { way, ...this.#known.get(node), streamMs: limitMs / 2 })
          throw error
        }
      }
    }
  }

  async #openThrough({ node, podUid, port }: Backend, limitMs: number): Promise<Duplex> {
    const deadline = new AbortController()
    const giveUp = (): void => deadline.abort(new EndpointError('timeout', `node ${node} was silent for ${limitMs} ms`))
    let cancel = this.#ports.timers.after(limitMs, () => {
      // A node that was stalled sees its timers before its mail.
      cancel = this.#ports.timers.after(0, giveUp)
    })
    try {
      const opening = this.#ports.transport.open(node, 'forward', encodeRequest({ podUid, port }))
      const stream = await unlessOver(opening, deadline.signal)
      await accepted(stream, { node, podUid, port, over: deadline.signal })
      return stream
    } finally {
      cancel()
    }
  }

  #patienceMs(node: string): number {
    const lastMs = this.#known.get(node)?.streamMs
    return lastMs === undefined ? FIRST_STREAM_MS_MAX : Math.min(Math.max(lastMs * 4, STREAM_MS_MIN), STREAM_MS_MAX)
  }
}

/** The stream, unless the time is up first; one that comes later is closed. */
function unlessOver(opening: Promise<Duplex>, over: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    over.addEventListener('abort', () => reject(over.reason as Error), { once: true })
    opening.then((stream) => (over.aborted ? reset(stream) : resolve(stream)), reject)
  })
}

/** Waits for the byte that says whether the pod took the connection, and leaves what follows in the stream. */
function accepted(
  stream: Duplex,
  { node, podUid, port, over }: { node: string; podUid: string; port: number; over: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const bytes = stream.read(1) as Uint8Array | null
      if (bytes !== null) settle(decodeAnswer(bytes[0] ?? 0xff) ?? 'unreachable')
    }
    const broken = (): void => settle('unreachable')
    const settle = (answer: ReturnType<typeof decodeAnswer> & string): void => {
      stream.off('readable', look).off('end', broken).off('close', broken)
      if (answer === 'connected') return resolve()
      reset(stream)
      reject(
        over.aborted
          ? over.reason
          : new EndpointError(answer, `node ${node} says of port ${port} of pod ${podUid}: ${answer}`),
      )
    }
    if (stream.destroyed) return broken()
    stream.on('error', broken).on('end', broken).on('close', broken)
    over.addEventListener('abort', broken, { once: true })
    stream.on('readable', look)
  })
}

function endpointError(error: unknown, backend: Backend, way: Way): EndpointError {
  if (error instanceof EndpointError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new EndpointError(
    refusalOf(error),
    `could not connect to ${backend.podName}, port ${backend.port} (${way}): ${why}`,
  )
}

/** Whether another way would be told the same. */
function isFinal({ code }: EndpointError): boolean {
  switch (code) {
    case 'refused':
    case 'not-here':
      return true
    case 'timeout':
    case 'unreachable':
    case 'busy':
      return false
  }
}

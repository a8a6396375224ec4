/**
 * Asking the node that runs a pod for a session with it. The first frame of its answer says whether there is one.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { NetError, type PeerId, type Transport } from '../../net/index.ts'
import type { ExecSession } from '../runtime/runtime.ts'
import type { Timers } from '../world/world.ts'
import { readEnd } from './end.ts'
import { FrameReader } from './frames.ts'
import { encodeOrder, type PodOrder } from './order.ts'
import { sessionOver } from './reach.ts'

/** A runtime may be slow to begin a command. */
const BEGIN_MS_MAX = 30_000

export interface Asking {
  readonly transport: Pick<Transport, 'open'>
  readonly timers: Timers
}

/** Rejects with the reason that the other node gives. */
export async function askSession(asking: Asking, peer: PeerId, order: PodOrder): Promise<ExecSession> {
  return sessionOver(await askStream(asking, peer, order))
}

/** The bytes behind the first frame: of a connection to a port they are the connection's. */
export async function askStream({ transport, timers }: Asking, peer: PeerId, order: PodOrder): Promise<Duplex> {
  const stream = await transport.open(peer, 'session', encodeOrder(order))
  try {
    await begun(stream, timers, peer)
    return stream
  } catch (error) {
    stream.destroy()
    throw error
  }
}

function begun(stream: Duplex, timers: Timers, peer: PeerId): Promise<void> {
  const reader = new FrameReader(['begun', 'end'])
  return new Promise((resolve, reject) => {
    const cancel = timers.after(BEGIN_MS_MAX, () =>
      settle(new NetError('timeout', `${peer} did not begin within ${BEGIN_MS_MAX} ms`)),
    )
    const settle = (error?: Error): void => {
      cancel()
      stream.off('readable', look).off('end', ended).off('close', ended).off('error', settle)
      if (error === undefined) resolve()
      else reject(error)
    }
    const ended = (): void => settle(new NetError('protocol', 'the node ended its answer before it began'))
    const look = (): void => {
      try {
        for (
          let chunk = stream.read() as Uint8Array | null;
          chunk !== null;
          chunk = stream.read() as Uint8Array | null
        ) {
          const { value: first } = reader.read(chunk).next()
          if (first === undefined) continue
          if (first.kind === 'end') return settle(errorIn(first.payload))
          if (reader.rest.length > 0) stream.unshift(reader.rest)
          return settle()
        }
      } catch (error) {
        settle(error as Error)
      }
    }
    stream.on('readable', look).on('end', ended).on('close', ended).on('error', settle)
  })
}

function errorIn(payload: Buffer): Error {
  const end = readEnd(payload)
  return end instanceof Error ? end : new NetError('protocol', 'the node ended what had not begun')
}

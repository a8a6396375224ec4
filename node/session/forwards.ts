/**
 * Connections to a pod's ports as kubectl asks for them over SPDY (`portforward.k8s.io`): a pair of streams for each, one for its
 * bytes and one for why there are none. Both bear the port and the number of the connection as headers.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { splice } from '../service/splice.ts'
import { isPort } from './order.ts'
import { SpdyConnection, type SpdyStream } from './spdy/connection.ts'

export const FORWARD_PROTOCOL = 'portforward.k8s.io'

/** Connections of which one stream has come. kubectl opens both at once. */
const HALVES_MAX = 64

export type Dial = (port: number) => Promise<Duplex>

/** [KUBE54] Resolves when the client has gone. Never rejects. `dial` rejects with what its user is to read. */
export function serveForwards(socket: Duplex, dial: Dial): Promise<void> {
  const halves = new Map<string, Half>()
  const take = (stream: SpdyStream): void => {
    const half = halfOf(stream)
    if (half === undefined) return void stream.destroy()
    const other = halves.get(half.connection)
    if (other === undefined) return wait(half)
    halves.delete(half.connection)
    if (other.kind === half.kind || other.port !== half.port) {
      for (const each of [half, other]) each.stream.destroy()
      return
    }
    const [error, data] = half.kind === 'data' ? [other, half] : [half, other]
    void join(dial, half.port, { error: error.stream, data: data.stream })
  }
  const wait = (half: Half): void => {
    const { connection, stream } = half
    if (halves.size >= HALVES_MAX) return void stream.destroy()
    halves.set(connection, half)
    stream.once('close', () => {
      if (halves.get(connection) === half) halves.delete(connection)
    })
  }
  return new SpdyConnection(socket, take).closed
}

interface Half {
  readonly kind: 'data' | 'error'
  readonly connection: string
  readonly port: number
  readonly stream: SpdyStream
}

function halfOf(stream: SpdyStream): Half | undefined {
  const [kind, connection, port] = ['streamtype', 'requestid', 'port'].map((name) => stream.headers.get(name))
  if ((kind !== 'data' && kind !== 'error') || connection === undefined || !isPort(Number(port))) return undefined
  return { kind, connection, port: Number(port), stream }
}

async function join(dial: Dial, port: number, { error, data }: { error: SpdyStream; data: SpdyStream }): Promise<void> {
  error.resume() // nothing comes on it
  try {
    await splice(data, await dial(port))
  } catch (cause) {
    error.write(`port ${port}: ${(cause as Error).message}`)
    data.end()
    data.resume()
  }
  error.end()
}

/**
 * What the tests and the benchmark of service routes share: rows with everything filled in, pods that are sockets in this
 * process, and two ends of a stream.
 *
 * @module
 */
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import type { Endpoint } from '../../crdt/index.ts'
import { realSockets } from '../world/real-sockets.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import type { Listening, Log, World } from '../world/world.ts'
import type { Backend } from './backends.ts'
import type { RoutedService, RoutesSelf, RoutesView } from './ports.ts'

export const SELF: RoutesSelf = { id: 'node-a', hostAddress: '10.0.0.1', lowestPort: 1024 }

export function serviceRow(row: Partial<RoutedService> = {}): RoutedService {
  const { name = 'web', namespace = 'default' } = row
  const key = `core/Service/${namespace}/${name}`
  const plain = {
    type: 'ClusterIP',
    selector: { app: name },
    affinity: 'None',
    publishNotReady: false,
    createdAtMs: 0,
  } as const
  return { key, namespace, name, ports: [portRow(8080)], ...plain, ...row }
}

export function portRow(
  port: number,
  rest: Partial<RoutedService['ports'][number]> = {},
): RoutedService['ports'][number] {
  return { name: '', port, protocol: 'TCP', targetPort: 80, ...rest }
}

export function endpointRow(row: Partial<Endpoint> = {}): Endpoint {
  const { podUid = 'pod-1' } = row
  const well = { ready: true, stopping: false, verdict: 'alive', sinceMs: 0, probe: undefined } as const
  return {
    podUid,
    podName: podUid,
    node: SELF.id,
    podIP: '127.64.0.1',
    hostIP: '10.0.0.1',
    ports: { '': 80 },
    ...well,
    ...row,
  }
}

/** The same endpoints behind every service. */
export function viewOf(services: readonly RoutedService[], endpoints: readonly Endpoint[]): RoutesView {
  return { services: () => services, endpoints: () => endpoints, nodes: () => [] }
}

export function backendOf(row: Partial<Backend> & { readonly podUid: string }): Backend {
  const port = row.port ?? 80
  const place = { host: '127.64.0.1', port, node: SELF.id, isLocal: true } as const
  return { id: `${row.podUid}:${port}`, podName: row.podUid, standing: 'sure', ways: ['direct'], ...place, ...row }
}

/** Clock and timers that stand still. */
export function standing(time = new VirtualTime()): Pick<World, 'clock' | 'timers'> {
  return { clock: time.clock, timers: time.timers }
}

export interface MemoryLog extends Log {
  readonly notes: { level: string; what: string; facts: Readonly<Record<string, unknown>> | undefined }[]
}

export function memoryLog(): MemoryLog {
  const notes: MemoryLog['notes'] = []
  return { notes, note: (level, what, facts) => void notes.push({ level, what, facts }) }
}

/** A pod that is a listener in this process. */
export interface SocketPod {
  readonly backend: Backend
  readonly connections: Set<Duplex>
  taken: number
  /** As `kill -9`: nothing listens any more and what was connected is reset. */
  die(): Promise<void>
}

export async function socketPod(podUid: string, serve: (connection: Duplex) => void): Promise<SocketPod> {
  const connections = new Set<Duplex>()
  const listening: Listening = await realSockets.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    pod.taken += 1
    serve(connection)
  })
  const pod: SocketPod = {
    backend: backendOf({ podUid, host: listening.host, port: listening.port }),
    connections,
    taken: 0,
    async die() {
      await listening.close()
      for (const connection of connections) connection.destroy(new Error('killed'))
    },
  }
  return pod
}

/** Reads all there is and tells how it ended. */
export async function readAll(stream: Duplex): Promise<{ text: string; error: string | undefined }> {
  let text = ''
  stream.on('data', (bytes: Uint8Array) => (text += Buffer.from(bytes).toString('latin1')))
  let error: string | undefined
  stream.once('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message))
  if (stream.readableEnded) return { text, error }
  await Promise.race([
    new Promise((resolve) => stream.once('end', resolve)),
    new Promise((resolve) => stream.once('close', resolve)),
  ])
  return { text, error }
}

/** Two ends of a stream in memory, each with half-close. */
export function streamPair(): [Duplex, Duplex] {
  const left = new End()
  const right = new End()
  left.other = right
  right.other = left
  return [left, right]
}

class End extends Duplex {
  other!: End
  #drained: (() => void) | undefined

  constructor() {
    super({ allowHalfOpen: true, highWaterMark: 16 * 1024 })
    // As the real sockets do: a break before anybody listens for it must not end the process.
    this.on('error', () => {})
  }

  override _read(): void {
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    if (this.other.push(chunk)) done()
    else this.other.#drained = done
  }

  override _final(done: () => void): void {
    this.other.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error)
    if (this.readableEnded && this.writableFinished) return
    if (!this.other.destroyed) this.other.destroy(new Error('the other end broke'))
  }
}

export async function closed(stream: Duplex): Promise<void> {
  stream.on('error', () => {})
  if (!stream.closed) await once(stream, 'close').catch(() => {})
}

/**
 * What a service route costs: requests a second, latency and CPU, against the same requests to the pod itself and through a proxy
 * that only pipes.
 *
 * `npx tsx bench/route.ts`. The pod and the clients run in processes of their own, so that the proxy's event loop is alone as it is
 * in a node. Every request is a connection of its own with 64 bytes each way, or one of many on a kept connection.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { DataPlane } from '../node/service/data-plane.ts'
import { Reach } from '../node/service/reach.ts'
import { backendOf } from '../node/service/rig.ts'
import { realClock, realDice, realTimers } from '../node/world/real-clock.ts'
import { realLog } from '../node/world/real-log.ts'
import { realSockets } from '../node/world/real-sockets.ts'

const REQUEST = Buffer.alloc(64, 'q')
const WARM_MS = 500
const SECONDS = 3
const CLIENTS = 32

interface Load {
  readonly port: number
  readonly clients: number
  /** A connection for each request, or one for all. */
  readonly kept: boolean
}

interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
  /** Of this process, which is the proxy, for each request. */
  readonly proxyCpuMicros?: number
}

switch (process.argv[2]) {
  case 'pod':
    servePod()
    break
  case 'clients':
    process.once('message', (load: Load) => void runLoad(load).then((measured) => process.send?.(measured)))
    break
  default:
    await main()
}

async function main(): Promise<void> {
  const pod = fork(fileURLToPath(import.meta.url), ['pod'])
  const [podPort] = (await once(pod, 'message')) as [number]
  const ways = { direct: podPort, 'plain pipe': await servePlainPipe(podPort), route: await serveRoute(podPort) }
  const results = new Map<string, Measured>()
  for (const kind of ['new', 'kept'] as const) {
    for (const clients of [1, CLIENTS]) {
      for (const [way, port] of Object.entries(ways)) {
        const measured = await measure({ port, clients, kept: kind === 'kept' })
        results.set(`${kind} ${clients} ${way}`, measured)
        printRow(`${kind} connection, ${clients} at once, ${way}`, measured)
      }
    }
  }
  pod.disconnect()
  printFigures((name) => results.get(name) as Measured)
  process.exit([...results.values()].some(({ failed }) => failed > 0) ? 1 : 0)
}

/** The floor is a proxy that does nothing but pipe: what a route adds to it is what choosing, retrying and counting cost. */
function printFigures(of: (name: string) => Measured): void {
  for (const kind of ['new', 'kept']) {
    const [direct, plain, route] = [
      of(`${kind} ${CLIENTS} direct`),
      of(`${kind} ${CLIENTS} plain pipe`),
      of(`${kind} ${CLIENTS} route`),
    ]
    figure(`route_${kind}_requests`, route.perSecond, '1/s', 'higher')
    figure(`route_${kind}_requests_of_direct`, rounded(route.perSecond / direct.perSecond), 'ratio', 'higher')
    figure(`route_${kind}_requests_of_plain_pipe`, rounded(route.perSecond / plain.perSecond), 'ratio', 'higher')
    figure(`route_${kind}_proxy_cpu`, route.proxyCpuMicros ?? 0, 'us', 'lower', plain.proxyCpuMicros)
    const addedBy = (way: string): number => rounded(of(`${kind} 1 ${way}`).p50Ms - of(`${kind} 1 direct`).p50Ms)
    figure(`route_${kind}_added_p50`, addedBy('route'), 'ms', 'lower', addedBy('plain pipe'))
  }
}

async function servePlainPipe(podPort: number): Promise<number> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const pod = connect({ host: '127.0.0.1', port: podPort, allowHalfOpen: true, noDelay: true })
    client.on('error', () => pod.destroy()).pipe(pod)
    pod.on('error', () => client.destroy()).pipe(client)
  })
  await once(server.listen({ host: '127.0.0.1', port: 0 }), 'listening')
  return (server.address() as { port: number }).port
}

async function serveRoute(podPort: number): Promise<number> {
  const transport = { open: () => Promise.reject(new Error('there is one node')) }
  const reach = new Reach({ clock: realClock, timers: realTimers, sockets: realSockets, transport })
  const plane = new DataPlane({ clock: realClock, timers: realTimers, dice: realDice, log: realLog(), reach })
  const service = 'core/Service/default/web'
  const id = `${service}:80` as const
  const backends = [backendOf({ podUid: 'pod', host: '127.0.0.1', port: podPort })]
  plane.apply({
    listeners: new Map([['127.0.0.1:0', { host: '127.0.0.1', port: 0, route: id, service, purpose: 'loopback' }]]),
    routes: new Map([[id, { id, service, port: 80, backends, affinity: 'None', preferLocal: false }]]),
    lost: new Set(),
  })
  const { port } = await realSockets.listen(
    { host: '127.0.0.1', port: 0 },
    (client) => void plane.accept('127.0.0.1:0', client),
  )
  return port
}

function servePod(): void {
  const server = createServer({ noDelay: true }, (socket) => socket.on('error', () => {}).pipe(socket))
  server.listen({ host: '127.0.0.1', port: 0 }, () => process.send?.((server.address() as { port: number }).port))
  process.once('disconnect', () => process.exit())
}

async function measure(load: Load): Promise<Measured> {
  const clients = fork(fileURLToPath(import.meta.url), ['clients'])
  clients.send(load)
  await once(clients, 'message')
  const before = process.cpuUsage()
  const [measured] = (await once(clients, 'message')) as [Measured]
  const used = process.cpuUsage(before)
  clients.kill()
  const requests = Math.max(1, measured.perSecond * SECONDS)
  return { ...measured, proxyCpuMicros: Math.round((used.user + used.system) / requests) }
}

async function runLoad({ port, clients, kept }: Load): Promise<Measured> {
  const times: number[] = []
  let failed = 0
  const warmMs = performance.now() + WARM_MS
  setTimeout(() => process.send?.('warm'), WARM_MS)
  const untilMs = warmMs + SECONDS * 1_000
  const client = async (): Promise<void> => {
    const own = kept ? await open(port) : undefined
    while (performance.now() < untilMs) {
      const startMs = performance.now()
      try {
        const socket = own ?? (await open(port))
        await roundTrip(socket)
        if (own === undefined) socket.destroy()
        if (startMs > warmMs) times.push(performance.now() - startMs)
      } catch {
        failed += 1
      }
    }
    own?.destroy()
  }
  await Promise.all(Array.from({ length: clients }, client))
  times.sort((a, b) => a - b)
  const at = (share: number): number => rounded(times[Math.floor(times.length * share)] ?? 0)
  return { perSecond: Math.round(times.length / SECONDS), p50Ms: at(0.5), p99Ms: at(0.99), failed }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function roundTrip(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = REQUEST.length
    const fail = (): void => reject(new Error('the connection ended'))
    const take = (bytes: Buffer): void => {
      missing -= bytes.length
      if (missing > 0) return
      socket.off('data', take).off('close', fail)
      resolve()
    }
    socket.on('data', take).once('close', fail)
    socket.write(REQUEST)
  })
}

/** For people, on stderr. */
function printRow(name: string, { perSecond, p50Ms, p99Ms, failed, proxyCpuMicros }: Measured): void {
  const figures = `${perSecond} requests/s  p50 ${p50Ms} ms  p99 ${p99Ms} ms  proxy CPU ${proxyCpuMicros} us  ${failed} failed`
  process.stderr.write(`${name.padEnd(42)} ${figures}\n`)
}

/** For programs, on stdout. */
function figure(name: string, value: number, unit: string, better: 'higher' | 'lower', floor?: number): void {
  process.stdout.write(
    `${JSON.stringify({ figure: name, value, unit, better, ...(floor === undefined ? {} : { floor }) })}\n`,
  )
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

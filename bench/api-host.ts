/**
 * The API of a node in a process of its own, over a view that is filled at once: 5,000 pods cannot be run on one machine. Doors,
 * API, view and replica are the node's; what is missing is who would change the view. It does so itself, when it is told to.
 *
 * It hears orders (`Order`) from its parent, and answers each.
 *
 * @module
 */
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { aDeployment, aNodeFact, aPodFact } from '../crdt/objects/sample.ts'
import { Api } from '../node/api/api.ts'
import { serveApi } from '../node/api/http.ts'
import { MemoryBackend, SELF } from '../node/api/testing.ts'

export type Order =
  /** Serves the API. Answered with its port. */
  | { readonly do: 'serve'; readonly pods: number }
  /** Serves a plain server that sends so many bytes to who asks, or to who watches so many lines a second. */
  | { readonly do: 'serve-plain'; readonly body: string; readonly line: string; readonly linesPerSecond: number }
  /** So many changes of pods, spread over so long. Answered when they are done. */
  | { readonly do: 'change'; readonly count: number; readonly overMs: number }
  /** Answered with ms of `JSON.stringify` of all pods as a list. */
  | { readonly do: 'stringify' }
  /** Answered with its CPU time so far, ms. */
  | { readonly do: 'cpu' }
  /** Answered with MB in use after the collector ran. */
  | { readonly do: 'memory' }

export interface HostMemory {
  readonly heapMb: number
  readonly residentMb: number
}

const PODS_PER_DEPLOYMENT = 20
const NODES = 50

class HostBackend extends MemoryBackend {
  override now(): number {
    return Date.now()
  }

  override after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  }
}

const nodeId = (index: number): string => (index === 0 ? SELF : `12D3KooW${String(index).padStart(44, 'n')}`)

function factOf(index: number, restarts = 0): ReturnType<typeof aPodFact> {
  const app = `app-${Math.floor(index / PODS_PER_DEPLOYMENT)}`
  return aPodFact({
    uid: `uid-${index}`,
    name: `${app}-bcdfghjklm-${String(index).padStart(5, '0')}`,
    workload: `apps/Deployment/default/${app}`,
    index: index % PODS_PER_DEPLOYMENT,
    podIP: `127.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    containers: [{ ...aPodFact().containers[0]!, restarts }],
  })
}

const backend = new HostBackend(Date.now())
let changes = 0

async function serve(pods: number): Promise<number> {
  const nowMs = Date.now()
  backend.view.batch(() => {
    for (let index = 0; index < NODES; index += 1) {
      backend.view.memberAdded(nodeId(index))
      backend.said(nodeId(index), 'node', aNodeFact({ name: `node-${index}` }))
    }
    for (let index = 0; index < pods / PODS_PER_DEPLOYMENT; index += 1) {
      const object = aDeployment({ 'metadata.name': `app-${index}`, 'spec.replicas': PODS_PER_DEPLOYMENT })
      backend.replica.put(`apps/Deployment/default/app-${index}`, object, { mode: 'create', by: 'bench', nowMs })
    }
    for (let index = 0; index < pods; index += 1) backend.said(nodeId(index % NODES), `pod/uid-${index}`, factOf(index))
  })
  const api = new Api(backend, (error) => console.error(error))
  const { urls } = await serveApi(api, { tcp: { host: '127.0.0.1', port: 0 } })
  return Number(new URL(urls[0]!).port)
}

function servePlain({ body, line, linesPerSecond }: Extract<Order, { do: 'serve-plain' }>): Promise<number> {
  const bytes = Buffer.from(body)
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.includes('watch') !== true) return void outgoing.end(bytes)
    outgoing.flushHeaders()
    const timer = setInterval(() => outgoing.write(line), 1_000 / linesPerSecond)
    outgoing.once('close', () => clearInterval(timer))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

/** In steps of 20 ms, as they come from a network: several at once. */
async function change(count: number, overMs: number, pods: number): Promise<void> {
  const startMs = performance.now()
  for (let done = 0; done < count;) {
    await delay(20)
    const due = Math.min(count, Math.floor(((performance.now() - startMs) / overMs) * count))
    for (; done < due; done += 1) {
      const index = (changes * 7) % pods
      changes += 1
      backend.said(nodeId(index % NODES), `pod/uid-${index}`, factOf(index, changes))
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function memory(): HostMemory {
  ;(globalThis as { gc?: () => void }).gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapMb: heapUsed / 1_048_576, residentMb: rss / 1_048_576 }
}

let podCount = 0

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'serve':
      podCount = order.pods
      return serve(order.pods)
    case 'serve-plain':
      return servePlain(order)
    case 'change':
      return change(order.count, order.overMs, podCount)
    case 'stringify': {
      const items = backend.view.list('', 'Pod')
      const startMs = performance.now()
      const { length } = JSON.stringify({ kind: 'PodList', items })
      return { tookMs: performance.now() - startMs, length }
    }
    case 'cpu':
      return cpuMs()
    case 'memory':
      return memory()
  }
}

process.on('message', (order: Order) => void carryOut(order).then((answer) => process.send?.({ answer })))
process.on('disconnect', () => process.exit())

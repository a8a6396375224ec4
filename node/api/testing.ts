/**
 * An `ApiBackend` of the real replica and view and nothing else: no network, no disk, a clock that stands still until told.
 *
 * @module
 */
import { PassThrough, Readable, type Duplex } from 'node:stream'
import { Replica, View, WriteRefused, kubernetesBeside } from '../../crdt/index.ts'
import type { KubeEvent, KubeObject, NodeFact, NodeId, PodFact, StoredRecord } from '../../crdt/index.ts'
import type { ExecSession, LogOptions } from '../runtime/runtime.ts'
import type { CommandOrder, ForwardOrder } from '../session/order.ts'
import { saying } from '../session/saying.ts'
import { apiAuthority } from '../../net/index.ts'
import { localUser } from './access.ts'
import { Api } from './api.ts'
import type {
  ApiBackend,
  Certified,
  Explanation,
  ForecastAnswer,
  NodeDigest,
  NodeUsage,
  Papers,
  PeerRow,
  PodPlace,
  Refusal,
  WriteOperation,
  WriteOutcome,
} from './backend.ts'
import type { ApiRequest, ApiResponse, User } from './message.ts'

/** An answer as tests look into it: freely. */
// oxlint-disable-next-line typescript/no-explicit-any -- its shape is what the test is about
export type Loose = any

export const SELF = '12D3KooWAmberAmberAmberAmberAmberAmberAmberAmberAmber'
export const OTHER = '12D3KooWBasiBasiBasiBasiBasiBasiBasiBasiBasiBasiBasi'

/** 2026-11-21T12:00:00Z */
export const NOON_MS = 1_795_262_400_000

export const AUTHORITY = apiAuthority({
  dataKey: new Uint8Array(32).fill(7),
  clusterId: '0a'.repeat(32),
  random: (length) => new Uint8Array(length).fill(9),
})

export class MemoryBackend implements ApiBackend {
  readonly self: string
  readonly view: View
  readonly #said = new Map<NodeId, StoredRecord[]>()
  readonly replica: Replica
  /** Set: the next writes are refused so. */
  refusal: Refusal | undefined
  durable = 2
  hasDataKey = true
  writes: WriteOperation[] = []
  eventsSaid: KubeEvent[] = []
  usagesSaid: NodeUsage[] = []
  missing: string[] = []
  hastened: (readonly [string, number])[] = []
  digestsHeard: NodeDigest[] = []
  /** Pointers of fields that two sides set. */
  conflictsTold: string[] = []
  explanation: Explanation | undefined
  /** Output of a container by `uid/container`. */
  output: Record<string, string | Error> = {}
  logsAsked: LogOptions[] = []
  /** What a session with a pod is. */
  sessionOf: (order: CommandOrder) => ExecSession = ({ what }) => saying(what)
  connectionTo: (order: ForwardOrder) => Duplex = () => new PassThrough()
  nowMs: number
  #timers: { atMs: number; run: () => void }[] = []

  constructor(nowMs: number, self = SELF) {
    this.nowMs = nowMs
    this.self = self
    this.view = new View({ self, clusterId: 'cluster-1', recordsOf: (node) => this.#said.get(node) ?? [] })
    const trust = {
      verify: () => true,
      isMember: () => true,
      admit: () => ({ verdict: 'known' as const, subject: self }),
    }
    this.replica = new Replica({
      clusterId: 'cluster-1',
      signer: { node: self, sign: () => new Uint8Array(64) },
      trust,
      bootNonce: new Uint8Array(16).fill(self === SELF ? 7 : 8),
      incarnation: 1,
      kinds: kubernetesBeside(this.view),
      listener: {
        objectChanged: (key, object) => this.view.objectChanged(key, object),
        recordChanged: (node, name, record) => this.view.recordChanged(node, name, record),
        memberAdded: (node) => this.view.memberAdded(node),
        conflict: ({ path }) => void this.conflictsTold.push(path),
      },
    })
  }

  now(): number {
    return this.nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  get timers(): number {
    return this.#timers.length
  }

  /** Lets time pass, and what was due happen. */
  pass(ms: number): void {
    this.nowMs += ms
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs)
    for (const { run } of due) run()
  }

  async write(operation: WriteOperation): Promise<WriteOutcome> {
    this.writes.push(operation)
    if (this.refusal !== undefined) return { ok: false, refusal: this.refusal }
    try {
      this.nowMs += 1
      if (operation.type === 'put')
        this.replica.put(operation.key, operation.object, { ...operation, nowMs: this.nowMs })
      else this.replica.remove(operation.key, { ...operation, nowMs: this.nowMs })
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error
      return { ok: false, refusal: { code: error.code, message: error.message, fields: error.errors } }
    }
    const object = this.view.get(operation.key)
    return { ok: true, durable: this.durable, of: 2, ...(object === undefined ? {} : { object }) }
  }

  /** As if a node had said so. */
  said(node: string, name: 'node' | `pod/${string}`, value: NodeFact | PodFact | undefined): void {
    const record = value && { node, name, value, incarnation: 1, seq: (this.nowMs += 1), atMs: this.nowMs }
    const others = (this.#said.get(node) ?? []).filter((one) => one.name !== name)
    this.#said.set(node, record === undefined ? others : [...others, record])
    this.view.recordChanged(node, name, record)
  }

  async hasten({ uid }: { readonly uid: string }, graceMs: number): Promise<void> {
    if (this.missing.length > 0) throw new Error('it does not answer')
    this.hastened.push([uid, graceMs])
  }

  async podLogs({ uid }: { readonly uid: string }, options: LogOptions): Promise<Readable> {
    this.logsAsked.push(options)
    const output = this.output[`${uid}/${options.container}`] ?? ''
    if (output instanceof Error) throw output
    return Readable.from([Buffer.from(output)])
  }

  async session(_pod: PodPlace, order: CommandOrder): Promise<ExecSession> {
    return this.sessionOf(order)
  }

  async forward(_pod: PodPlace, order: ForwardOrder): Promise<Duplex> {
    return this.connectionTo(order)
  }

  events(): ReturnType<ApiBackend['events']> {
    return Promise.resolve({ rows: this.eventsSaid, missing: this.missing })
  }

  usage(): ReturnType<ApiBackend['usage']> {
    return Promise.resolve({ rows: this.usagesSaid, missing: this.missing })
  }

  ownDigest(): Omit<NodeDigest, 'node' | 'name'> {
    return this.digestsHeard[0] ?? {}
  }

  digests(): Promise<readonly NodeDigest[]> {
    return Promise.resolve(this.digestsHeard)
  }

  peers(): readonly PeerRow[] {
    return [
      {
        node: SELF,
        name: 'amber',
        isSelf: true,
        addresses: [],
        verdict: 'alive',
        pods: 0,
        sinceMs: 0,
        version: '0.1.0',
      },
    ]
  }

  certify(request: Certified): Papers | undefined {
    if (!this.hasDataKey) return undefined
    const certificate = AUTHORITY.clientCertificate({ ...request, nowMs: this.nowMs })
    return { authority: AUTHORITY.certificate, certificate }
  }

  ticket(ttlMs: number): ReturnType<ApiBackend['ticket']> {
    return Promise.resolve({ joins: ['/ip4/10.0.0.1/tcp/7420/p2p/12D3/ticket/abc'], expiresAtMs: this.nowMs + ttlMs })
  }

  explain(): Explanation | undefined {
    return this.explanation
  }

  forecast(): ForecastAnswer {
    return { slots: [{ index: 0, is: 'open' }], declines: [] }
  }

  clusterInfo(): ReturnType<ApiBackend['clusterInfo']> {
    return {
      clusterId: 'cluster-1',
      node: SELF,
      name: 'amber',
      version: '0.1.0',
      startedAtMs: NOON_MS,
      platform: 'linux/amd64',
      members: 1,
      addresses: [],
      api: [],
      runtimes: ['process'],
      runtimeTrouble: {},
      dataDir: '/var/lib/shoal',
    }
  }
}

/** What a small node says of itself. */
export function aNodeFact(name: string, more: Partial<NodeFact> = {}): NodeFact {
  return {
    name,
    addresses: [],
    hostAddress: '127.0.0.2',
    labels: {},
    taints: [],
    unschedulable: false,
    capacity: { cpuMilli: 1, memoryBytes: 1, pods: 1 },
    platform: { os: 'linux', arch: 'amd64' },
    runtimes: [],
    runtimeTrouble: {},
    images: [],
    version: '0.1.0',
    startedAtMs: 1,
    ...more,
  }
}

export interface Asking {
  readonly body?: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly by?: string
  readonly user?: User
}

/** `GET /api/v1/pods?watch=true` as a request. */
export function asked(line: string, { body, contentType, headers, by, user }: Asking = {}): ApiRequest {
  const [method = '', url = ''] = line.split(' ')
  const [path = '', query = ''] = url.split('?')
  const bytes =
    body instanceof Uint8Array
      ? body
      : body === undefined
        ? new Uint8Array()
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers: { ...(contentType === undefined ? {} : { 'content-type': contentType }), ...headers },
    body: bytes,
    by: by ?? 'unix:ada',
    user: user ?? localUser('unix:ada'),
  }
}

/** Asks, and gives status and JSON. */
export class Asker {
  readonly backend: MemoryBackend
  readonly faults: unknown[] = []
  readonly api: Api

  constructor(nowMs = NOON_MS, self = SELF) {
    this.backend = new MemoryBackend(nowMs, self)
    this.api = new Api(this.backend, (error) => this.faults.push(error))
  }

  async response(line: string, asking?: Asking): Promise<ApiResponse> {
    return this.api.handle(asked(line, asking))
  }

  async ask(
    line: string,
    asking?: Asking,
  ): Promise<{ status: number; value: KubeObject & Record<string, Loose>; response: ApiResponse }> {
    const response = await this.response(line, asking)
    const { body } = response
    return {
      status: response.status,
      value: (body.type === 'json' ? JSON.parse(JSON.stringify(body.value)) : undefined) as never,
      response,
    }
  }

  /** Opens a watch or log and collects its lines. */
  async lines(line: string, asking?: Asking): Promise<{ lines: Loose[]; isEnded: () => boolean; close: () => void }> {
    const { body } = await this.response(line, asking)
    if (body.type !== 'lines') throw new Error(`${line} gives no lines but ${JSON.stringify(body)}`)
    const lines: unknown[] = []
    let ended = false
    const { close } = bound(
      body.open({ write: (text) => void lines.push(JSON.parse(text)), end: () => void (ended = true) }),
    )
    return { lines, isEnded: () => ended, close }
  }
}

function bound(opened: { close(): void }): { close: () => void } {
  return { close: () => opened.close() }
}

export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'

export function deployment(name = 'web', spec: Record<string, unknown> = {}): Record<string, Loose> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'nginx:1.29', ports: [{ containerPort: 80 }] }] },
      },
      ...spec,
    },
  }
}

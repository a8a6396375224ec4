/**
 * Output of containers: of one pod as Kubernetes serves it (`pods/NAME/log`, plain bytes), and of all replicas of a
 * workload at once (`/shoal/v1/logs`, a JSON object a line), from whichever nodes they run on.
 *
 * While it follows, replicas that appear are joined in. A node that cannot be reached becomes a line that says so; the
 * others go on.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { documentKey, parseKey } from '../../crdt/index.ts'
import type { DocumentKey, PodRow } from '../../crdt/index.ts'
import { RuntimeError, type LogOptions } from '../runtime/runtime.ts'
import type { ApiBackend } from './backend.ts'
import { firstBytes } from './first-bytes.ts'
import { InOrder, stampOf } from './in-order.ts'
import { LineSplitter } from './lines.ts'
import type { ApiRequest, ApiResponse, LineSink } from './message.ts'
import { resourceOfKind } from './served.ts'
import { ApiError, notFound } from './status.ts'
import type { Target } from './target.ts'

/** Containers whose output one request may follow; each is a stream to a node. */
const STREAMS_MAX = 200

export async function podLog(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const row = backend.view.pods().find(({ fact }) => fact.namespace === at.namespace && fact.name === at.name)
  if (row === undefined) throw notFound(at.resource, at.name)
  const container = containerOf(row, request.query.get('container') ?? undefined)
  const options = { ...logOptions(request.query, backend.now()), container }
  const bytesMax = wholeNumber(request.query, 'limitBytes', 1)
  const output = await opened(backend, row, options)
  const stream = bytesMax === undefined ? output : firstBytes(output, bytesMax)
  return { status: 200, headers: {}, warnings: [], body: { type: 'bytes', contentType: 'text/plain', stream } }
}

async function opened(backend: ApiBackend, row: PodRow, options: LogOptions): Promise<Readable> {
  try {
    return await backend.podLogs({ node: row.node, uid: row.fact.uid }, options)
  } catch (error) {
    if (isNoPrevious(error)) throw new ApiError('BadRequest', previousNotFound(options.container, row))
    throw new ApiError(
      'ServiceUnavailable',
      `the log of pod ${row.fact.name} cannot be read: ${(error as Error).message}`,
    )
  }
}

/** [API75] Whether a runtime, of whichever node, has the container and no run of it before the last. */
function isNoPrevious(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === 'no-previous'
}

/** The kubelet's words. */
function previousNotFound(container: string, { fact }: PodRow): string {
  return `previous terminated container "${container}" in pod "${fact.name}" not found`
}

export function containerOf({ fact }: PodRow, asked: string | undefined): string {
  const names = fact.containers.map(({ name }) => name)
  const initNames = (fact.initContainers ?? []).map(({ name }) => name)
  const [first] = names
  // [API112] It was claimed a moment ago. In the kubelet's words.
  if (first === undefined) {
    const what = asked === undefined ? `pod "${fact.name}"` : `container "${asked.slice(0, 80)}" in pod "${fact.name}"`
    throw new ApiError('BadRequest', `${what} is waiting to start: ${fact.message || fact.reason}`)
  }
  if (asked !== undefined) {
    if ([...initNames, ...names].includes(asked)) return asked
    throw new ApiError(
      'BadRequest',
      `container ${asked} is not in pod ${fact.name}: choose one of [${[...initNames, ...names].join(' ')}]`,
    )
  }
  if (names.length === 1) return first
  throw new ApiError(
    'BadRequest',
    `a container name must be specified for pod ${fact.name}, choose one of: [${names.join(' ')}]`,
  )
}

/** `/shoal/v1/logs?workload=KEY` or `?pod=KEY`: lines `{pod, node, container, line}` and `{pod, node, trouble}`. */
export function workloadLogs(request: ApiRequest, backend: ApiBackend): ApiResponse {
  const rows = rowsAsked(request.query, backend)
  const subject = request.query.get('workload') ?? request.query.get('pod') ?? ''
  const options = logOptions(request.query, backend.now())
  if (request.query.has('limitBytes'))
    throw new ApiError('BadRequest', 'limitBytes: Forbidden: it bounds the log of one pod (pods/NAME/log), not of many')
  const container = request.query.get('container') ?? undefined
  if (container !== undefined) assertContainer(request.query, container, backend)
  if (!options.follow && rows().length === 0) {
    const { name = '' } = parseKey(subject) ?? {}
    throw new ApiError('NotFound', `no replica of ${name} runs: \`shoal explain ${name}\` tells why`)
  }
  const isGone = (): boolean => backend.view.get(subject) === undefined && rows().length === 0
  const open = (sink: LineSink): { close(): void } => new Merged({ backend, rows, isGone, options, container, sink })
  return { status: 200, headers: {}, warnings: [], body: { type: 'lines', contentType: 'application/x-ndjson', open } }
}

function rowsAsked(query: URLSearchParams, backend: ApiBackend): () => readonly PodRow[] {
  const [workload, pod] = [query.get('workload'), query.get('pod')]
  if (workload !== null) {
    assertExists(workload, backend)
    const kind = parseKey(workload)?.kind
    if (kind !== 'Deployment')
      throw new ApiError(
        'BadRequest',
        `a ${kind} has no output: name a Deployment, as apps/Deployment/default/web, or a pod`,
      )
    return () => backend.view.podsOf(workload)
  }
  if (pod === null)
    throw new ApiError(
      'BadRequest',
      'name a workload (?workload=apps/Deployment/default/web) or a pod (?pod=core/Pod/default/NAME)',
    )
  assertExists(pod, backend)
  return () =>
    backend.view
      .pods()
      .filter(({ fact }) => pod === documentKey({ group: '', kind: 'Pod', namespace: fact.namespace, name: fact.name }))
}

/** [API57] A name that no container has would be silence. */
function assertContainer(query: URLSearchParams, container: string, backend: ApiBackend): void {
  const { spec } = (backend.view.get(query.get('workload') ?? query.get('pod') ?? '') ?? {}) as {
    spec?: NamedContainers & { template?: { spec?: NamedContainers } }
  }
  const { initContainers = [], containers = [] } = spec?.template?.spec ?? spec ?? {}
  const names = [...initContainers, ...containers].map(({ name }) => name)
  if (names.includes(container)) return
  throw new ApiError(
    'BadRequest',
    `there is no container "${container.slice(0, 80)}": choose one of ${names.join(', ')}`,
  )
}

interface NamedContainers {
  readonly initContainers?: readonly { readonly name: string }[]
  readonly containers?: readonly { readonly name: string }[]
}

export function assertExists(key: DocumentKey, backend: ApiBackend): void {
  const parts = parseKey(key)
  const resource = parts === undefined ? undefined : resourceOfKind(parts.group, parts.kind)
  if (parts === undefined || resource === undefined) {
    throw new ApiError(
      'BadRequest',
      `"${key.slice(0, 80)}" is no key of an object: write group/Kind/namespace/name, as apps/Deployment/default/web`,
    )
  }
  if (backend.view.get(key) === undefined) throw notFound(resource, parts.name)
}

type CommonOptions = Omit<LogOptions, 'container'>

function logOptions(query: URLSearchParams, nowMs: number): CommonOptions {
  const tail = wholeNumber(query, 'tailLines')
  const sinceSeconds = wholeNumber(query, 'sinceSeconds')
  const sinceMs = sinceSeconds === undefined ? undefined : nowMs - sinceSeconds * 1_000
  if (query.has('sinceTime')) throw new ApiError('BadRequest', 'sinceTime is not served yet: say sinceSeconds')
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    previous: query.get('previous') === 'true',
    ...(tail === undefined ? {} : { tailLines: tail }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  }
}

function wholeNumber(query: URLSearchParams, name: string, min = 0): number | undefined {
  const source = query.get(name)
  if (source === null) return undefined
  const value = Number(source)
  if (source !== '' && Number.isSafeInteger(value) && value >= min) return value
  throw new ApiError(
    'BadRequest',
    `${name}: Invalid value: ${JSON.stringify(source)}: must be a whole number, ${min} or more`,
  )
}

interface Merging {
  readonly backend: ApiBackend
  readonly rows: () => readonly PodRow[]
  /** What was asked for, with all its pods. */
  readonly isGone: () => boolean
  readonly options: CommonOptions
  readonly container: string | undefined
  readonly sink: LineSink
}

/** Many streams into one sink. */
class Merged {
  readonly #merging: Merging
  readonly #streams = new Map<string, Readable | 'opening' | 'ended'>()
  readonly #order: InOrder
  readonly #unsubscribe: () => void
  #closed = false

  constructor(merging: Merging) {
    this.#merging = merging
    this.#order = new InOrder(merging.backend)
    this.#unsubscribe = merging.options.follow ? merging.backend.view.subscribe(() => this.#look()) : () => {}
    this.#look()
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe()
    this.#order.close()
    for (const stream of this.#streams.values()) if (typeof stream !== 'string') stream.destroy()
  }

  #look(): void {
    this.#join()
    this.#endWhenDone()
  }

  /** Opens what is there and not open yet. */
  #join(): void {
    const { rows, container } = this.#merging
    for (const row of rows()) {
      if (row.fact.containers.length === 0 && !this.#merging.options.follow)
        this.#say({ ...this.#from(row, container ?? ''), trouble: waitingText(row.fact) })
      // What initialises a pod is read when it is named.
      const before = container === undefined ? [] : (row.fact.initContainers ?? [])
      for (const { name, restarts, now } of [...before, ...row.fact.containers]) {
        if (container !== undefined && container !== name) continue
        // A container that is only waiting has no output; the next change of its pod brings us here again.
        if (now.state === 'waiting' && restarts === 0) {
          if (!this.#merging.options.follow) this.#say({ ...this.#from(row, name), trouble: waitingText(now) })
          continue
        }
        const id = `${row.fact.uid}/${name}/${this.#merging.options.follow ? restarts : 0}`
        if (this.#streams.has(id) || this.#streams.size >= STREAMS_MAX) continue
        this.#streams.set(id, 'opening')
        void this.#follow(id, row, name)
      }
    }
  }

  async #follow(id: string, row: PodRow, container: string): Promise<void> {
    const { backend, options } = this.#merging
    const from = this.#from(row, container)
    const lane = this.#order.begin()
    try {
      // By their times they are put in order, whoever wants to see those.
      const asked = { ...options, container, timestamps: true }
      const stream = await backend.podLogs({ node: row.node, uid: row.fact.uid }, asked)
      if (this.#closed) return void stream.destroy()
      this.#streams.set(id, stream)
      let room = Promise.resolve()
      const lines = new LineSplitter((line) => {
        const { at, text } = stampOf(line)
        room = lane.push(at, () => this.#say({ ...from, line: options.timestamps ? line : text }))
      })
      for await (const chunk of stream) {
        lines.push(chunk as Uint8Array)
        await room
      }
      lines.end()
    } catch (error) {
      const trouble = isNoPrevious(error) ? previousNotFound(container, row) : (error as Error).message
      this.#say({ ...from, trouble })
    }
    void lane.push(undefined, () => this.#ended(id))
    lane.end()
  }

  #ended(id: string): void {
    this.#streams.set(id, 'ended')
    this.#endWhenDone()
  }

  #from(row: PodRow, container: string): { pod: string; node: string; container: string } {
    return { pod: row.fact.name, node: nameOf(this.#merging.backend, row), container }
  }

  #say(line: Record<string, string>): void {
    if (!this.#closed) this.#merging.sink.write(JSON.stringify(line))
  }

  /** [API76] What is followed may begin again, unless it was deleted. */
  #endWhenDone(): void {
    const { options, isGone } = this.#merging
    if (this.#closed || (options.follow && !isGone())) return
    if ([...this.#streams.values()].every((each) => each === 'ended')) this.#merging.sink.end()
  }
}

function waitingText({ reason, message }: { reason: string; message?: string }): string {
  return `has not started yet: ${[reason, message].filter(Boolean).join(': ')}`
}

function nameOf(backend: ApiBackend, row: PodRow): string {
  return backend.view.nodes().find(({ id }) => id === row.node)?.name ?? row.node
}

/**
 * Talks to a node's API, to whichever of several answers. A node that cannot be reached is passed over for the next; the
 * one that answered is asked first from then on.
 *
 * What may be asked of another node: a read at any failure of the connection, a write only if it never left (nobody was
 * connected to). A write whose answer was lost may have happened, and is said to be so.
 *
 * @module
 */
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { Endpoint } from './endpoint.ts'
import { ApiFailure, CommandFailure } from './failure.ts'
import type { ApiDetails } from './failure.ts'
import { readLines } from './read-lines.ts'
import { VERSION } from './version.ts'

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
}

/** Values may be said again: each is one of the query. */
export interface StreamQuestion {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

export interface ClientOptions {
  /** In the order in which they are tried. */
  readonly endpoints: readonly Endpoint[]
  /** Asked for where none of those can be reached. */
  readonly further?: () => Promise<readonly Endpoint[]>
  /** Texts of `Warning` headers. */
  readonly onWarning?: (text: string) => void
  /** Who asks, for the history of objects. */
  readonly user?: string
  /** A machine that is off does not even refuse. */
  readonly connectMs?: number
  readonly answerMs?: number
}

interface Asked extends Omit<Question, 'query'> {
  readonly query?: Question['query'] | StreamQuestion['query']
  readonly upgrade?: string
}

/** One attempt at one endpoint. */
type Attempt =
  /** `socket`: the connection goes on as what was asked for. */
  | { readonly outcome: 'answered'; readonly answer: IncomingMessage; readonly socket?: Duplex }
  | { readonly outcome: 'failed'; readonly why: string; readonly left: boolean }

/** A node that says "too many requests" is asked again so often. */
const RETRIES_MAX = 5

export class Client {
  readonly #options: ClientOptions
  #endpoints: readonly Endpoint[]
  #hasAskedFurther = false

  constructor(options: ClientOptions) {
    this.#options = options
    this.#endpoints = options.endpoints
  }

  /** The answer's body where it is a success. Throws `ApiFailure`, or `CommandFailure` where nobody answers. */
  async ask(question: Question): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const { answer } = await this.#open(question)
      const body = parsed(await textOf(answer))
      const status = answer.statusCode ?? 0
      if (status < 400) return { status, headers: answer.headers, body }
      const failure = failureOf(status, body)
      if (status !== 429 || attempt === RETRIES_MAX) throw failure
      await sleep((failure.details.retryAfterSeconds ?? 1) * 1_000)
    }
  }

  async get<T>(path: string, query?: Question['query']): Promise<T> {
    const answer = await this.ask({ method: 'GET', path, ...(query === undefined ? {} : { query }) })
    return answer.body as T
  }

  /** JSON lines as they come, until the node ends them or the connection breaks. */
  async *lines<T>(path: string, query?: Question['query']): AsyncGenerator<T> {
    const { answer } = await this.#open({ method: 'GET', path, ...(query === undefined ? {} : { query }) })
    if ((answer.statusCode ?? 0) >= 400) throw failureOf(answer.statusCode ?? 0, parsed(await textOf(answer)))
    for await (const line of readLines(answer)) if (line !== '') yield JSON.parse(line) as T
  }

  /** A connection that goes on as a session with a pod. Throws as `ask` does. */
  async stream(question: StreamQuestion): Promise<Duplex> {
    const { answer, socket } = await this.#open({ ...question, upgrade: 'shoal-session' })
    if (socket !== undefined) return socket
    throw failureOf(answer.statusCode ?? 0, parsed(await textOf(answer)))
  }

  /** The first endpoint that answers, with its answer. */
  async #open(question: Asked): Promise<Extract<Attempt, { outcome: 'answered' }>> {
    const tried: string[] = []
    for await (const endpoint of this.#places()) {
      const attempt = await this.#attempt(endpoint, question)
      if (attempt.outcome === 'answered') {
        this.#endpoints = [endpoint, ...this.#endpoints.filter((each) => each !== endpoint)]
        this.#warn(attempt.answer)
        return attempt
      }
      tried.push(`${endpoint.label}  ${attempt.why}`)
      if (attempt.left && question.method !== 'GET') {
        throw new CommandFailure(
          `${endpoint.label} went away before it answered (${attempt.why}): ${question.method} ${question.path} may have been done or not, look before you repeat it`,
        )
      }
    }
    throw new CommandFailure(nobodyAnswers(tried))
  }

  async *#places(): AsyncGenerator<Endpoint> {
    yield* this.#endpoints
    if (this.#hasAskedFurther) return
    this.#hasAskedFurther = true
    const further = (await this.#options.further?.()) ?? []
    this.#endpoints = [...this.#endpoints, ...further]
    yield* further
  }

  #attempt(endpoint: Endpoint, question: Asked): Promise<Attempt> {
    const { connectMs = 2_000, answerMs = 60_000, user } = this.#options
    const body = question.body === undefined ? undefined : Buffer.from(JSON.stringify(question.body))
    const identity = 'identity' in endpoint ? endpoint.identity : undefined
    const isSession = question.upgrade !== undefined
    return new Promise((resolve) => {
      let left = false
      const request = (identity === undefined ? httpRequest : httpsRequest)({
        // Each side of a session may end its own.
        createConnection: () => connection(endpoint, { allowHalfOpen: isSession }),
        method: question.method,
        path: pathWithQuery(question),
        headers: {
          host: identity?.servername ?? 'localhost',
          accept: 'application/json, application/x-ndjson',
          'user-agent': `shoal/${VERSION}`,
          ...(user === undefined ? {} : { 'shoal-user': user }),
          ...(question.upgrade === undefined ? {} : { connection: 'Upgrade', upgrade: question.upgrade }),
          ...(body === undefined
            ? {}
            : { 'content-type': question.contentType ?? 'application/json', 'content-length': body.length }),
        },
      })
      const fail = (why: string): void => {
        resolve({ outcome: 'failed', why, left })
        request.destroy()
      }
      const connecting = setTimeout(() => fail(`no connection within ${connectMs / 1_000} s`), connectMs)
      let answering: NodeJS.Timeout | undefined
      request.once('socket', (socket) => {
        const connected = (): void => {
          clearTimeout(connecting)
          left = true
          answering = setTimeout(() => fail(`no answer within ${answerMs / 1_000} s`), answerMs)
        }
        if (socket.connecting) socket.once(identity === undefined ? 'connect' : 'secureConnect', connected)
        else connected()
      })
      request.once('response', (answer) => {
        clearTimeout(answering)
        resolve({ outcome: 'answered', answer })
      })
      request.once('upgrade', (answer, socket, head) => {
        clearTimeout(answering)
        if (head.length > 0) socket.unshift(head)
        resolve({ outcome: 'answered', answer, socket })
      })
      request.once('error', (error) => {
        clearTimeout(connecting)
        clearTimeout(answering)
        fail(reasonOf(error))
      })
      request.end(body)
    })
  }

  #warn({ headers }: IncomingMessage): void {
    const header = headers.warning
    if (header === undefined) return
    for (const [, text] of header.matchAll(/299 shoal "([^"]*)"/g)) this.#options.onWarning?.(text as string)
  }
}

function connection(endpoint: Endpoint, options: { readonly allowHalfOpen: boolean }): Socket {
  if ('socketPath' in endpoint) return connect({ path: endpoint.socketPath, ...options })
  const { host, port, identity } = endpoint
  return identity === undefined
    ? connect({ host, port, ...options })
    : connectTls({ host, port, ...identity, ...options })
}

function pathWithQuery({ path, query = {} }: Asked): string {
  const asked = isPairs(query) ? query : Object.entries(query)
  const pairs = asked.filter((pair): pair is [string, string] => pair[1] !== undefined)
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`
}

function isPairs(query: NonNullable<Asked['query']>): query is StreamQuestion['query'] {
  return Array.isArray(query)
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  } catch (error) {
    throw new CommandFailure(`the node went away in the middle of its answer: ${(error as Error).message}`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function failureOf(status: number, body: unknown): ApiFailure {
  const said = (typeof body === 'object' && body !== null ? body : {}) as {
    message?: string
    reason?: string
    details?: ApiDetails
  }
  const message = said.message ?? `the node answered ${status}: ${String(body).slice(0, 200)}`
  return new ApiFailure({ status, reason: said.reason ?? 'Unknown', message, details: said.details ?? {} })
}

const OTHER_CLUSTER = 'its certificate is not of the cluster that the kubeconfig is for'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such socket',
  ECONNREFUSED: 'connection refused: no node listens there',
  EACCES: 'permission denied: ask the owner of the socket to let you in',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  SELF_SIGNED_CERT_IN_CHAIN: OTHER_CLUSTER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: OTHER_CLUSTER,
  DEPTH_ZERO_SELF_SIGNED_CERT: OTHER_CLUSTER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: OTHER_CLUSTER,
  CERT_SIGNATURE_FAILURE: OTHER_CLUSTER,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is none of a node of Shoal',
  CERT_HAS_EXPIRED: 'its certificate has ended, by the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, by the clock of this machine',
  EPROTO: 'it does not speak TLS as a node does',
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message
}

function nobodyAnswers(tried: readonly string[]): string {
  const places =
    tried.length === 0
      ? ['  nothing: no socket of a node is here, and no context or kubeconfig names one']
      : tried.map((each) => `  ${each}`)
  return ['no node answers. Tried:', ...places, 'Start one with `shoal up`, or name one with --node HOST.'].join('\n')
}

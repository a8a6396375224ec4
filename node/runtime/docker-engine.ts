/**
 * A connection to one container engine: dockerode over kept-alive sockets, and its errors in this project's words.
 *
 * The API version is never pinned: any engine speaks its own to a client that names none.
 *
 * @module
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { inspect } from 'node:util'
import Docker from 'dockerode'
import { RuntimeError } from './runtime.ts'

/** Where an engine may be. */
export type Address =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls?: { ca: Buffer; cert: Buffer; key: Buffer } }

export interface Engine {
  /** For people: `unix:///var/run/docker.sock`. */
  readonly where: string
  /** One call to the engine. Rejects with a `RuntimeError`: "cannot <doing>: ..." */
  call<Answer>(doing: string, limitMs: number, work: (docker: Docker) => Promise<Answer>): Promise<Answer>
  close(): void
}

/** Reading calls: an engine under load answers in 100 ms. */
export const QUESTION_MS_MAX = 10_000
/** Creating, starting and removing: a disk that is slow, a hundred pods at once. */
export const ORDER_MS_MAX = 60_000

export function connect(address: Address): Engine {
  const secure = 'host' in address && address.tls !== undefined
  const agent = quiet(secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true }))
  const target =
    'socketPath' in address
      ? { socketPath: address.socketPath, host: undefined }
      : { host: address.host, port: address.port, protocol: secure ? 'https' : 'http', ...address.tls }
  // `host` is named in any case: left out, docker-modem takes it from DOCKER_HOST behind our back. The types know no `agent`.
  const docker = new Docker({ ...target, agent } as unknown as Docker.DockerOptions)
  const where = nameOf(address)
  return {
    where,
    close: () => agent.destroy(),
    async call(doing, limitMs, work) {
      try {
        return await within(limitMs, work(docker))
      } catch (error) {
        throw engineError(error, doing, where)
      }
    },
  }
}

/** Half of dockerode's calls cannot be aborted; the request is left behind, and goes with its socket. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not answer within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether it runs on this machine, as far as its address tells. */
export function isLocal({ where }: Pick<Engine, 'where'>): boolean {
  return where.startsWith('unix://')
}

export function nameOf(address: Address): string {
  return 'socketPath' in address ? `unix://${address.socketPath}` : `tcp://${address.host}:${address.port}`
}

/** docker-modem renders every request's options for a debug line it does not write; the agent's open sockets alone cost 1 ms. */
function quiet<Agent extends object>(agent: Agent): Agent {
  return Object.assign(agent, { [inspect.custom]: () => 'keep-alive agent' })
}

/** What dockerode throws: an HTTP error of the engine, or a socket's. */
interface Trouble {
  readonly statusCode?: number
  readonly code?: string
  readonly message: string
  readonly json?: { readonly message?: string } | null
}

/** What an engine's message means for the agent. First match counts; texts of Docker 20 to 28, runc and crun. */
const MEANINGS: readonly (readonly [RegExp, RuntimeError['code']])[] = [
  [/port is already allocated|address already in use/i, 'port-in-use'],
  [/executable file .*not found|no command specified|exec format error/i, 'bad-command'],
  [
    /(exec|entrypoint|create container process|container init).*(no such file|not a directory|permission denied|is a directory)/is,
    'bad-command',
  ],
  [/no such image|manifest unknown|pull access denied/i, 'image-missing'],
]

const SOCKET_TROUBLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; join the group docker or run as root',
  ECONNREFUSED: 'nobody listens',
  ENOENT: 'there is no such socket',
}

/** `doing`: what was tried, as in "cannot start web of pod x". */
export function engineError(error: unknown, doing: string, where: string): RuntimeError {
  if (error instanceof RuntimeError) return error
  const trouble = error as Trouble
  const said = trouble.json?.message ?? trouble.message
  if (trouble.statusCode === undefined) {
    const reason = SOCKET_TROUBLE[trouble.code ?? ''] ?? said
    return new RuntimeError('unavailable', `cannot ${doing}: the engine at ${where} is out of reach: ${reason}`)
  }
  const meaning = MEANINGS.find(([pattern]) => pattern.test(said))?.[1]
  const code = meaning ?? (trouble.statusCode === 404 ? 'not-found' : 'failed')
  return new RuntimeError(code, `cannot ${doing}: ${said.trim()}`)
}

/** For a call whose aim is reached already: 304 started or stopped, 404 gone, 409 on its way out. */
export function unless(...statuses: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!statuses.includes((error as Trouble).statusCode ?? 0)) throw error
  }
}

/**
 * A node as the command line sees one: an HTTP server on loopback that answers from a table and remembers what it was asked.
 *
 * @module
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoint } from '../endpoint.ts'
import type { Endpoint } from '../endpoint.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

export interface Said {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly value?: unknown
  /** Sent as it is, in place of `value`. */
  readonly text?: string
  /** The connection is cut in place of an answer. */
  readonly cut?: boolean
}

/** `GET /path` -> what is said. The first row whose key the request begins with answers. */
export type Answers = Readonly<Record<string, Said | ((asked: Asked) => Said)>>

export class SimNode {
  readonly asked: Asked[] = []
  readonly #server: Server
  answers: Answers

  private constructor(answers: Answers) {
    this.answers = answers
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://localhost')
        const text = Buffer.concat(chunks).toString('utf8')
        const asked: Asked = {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: text === '' ? undefined : JSON.parse(text),
        }
        this.asked.push(asked)
        const { status = 200, headers = {}, value, text: raw, cut } = this.#answer(asked)
        if (cut === true) return void request.socket.destroy()
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(raw ?? JSON.stringify(value ?? {}))
      })
    })
  }

  static async start(answers: Answers): Promise<SimNode> {
    const node = new SimNode(answers)
    await new Promise<void>((resolve) => node.#server.listen(0, '127.0.0.1', resolve))
    return node
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get endpoint(): Endpoint {
    return endpoint(this.address)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #answer(asked: Asked): Said {
    const line = `${asked.method} ${asked.path}`
    const row = Object.entries(this.answers).find(([key]) => line.startsWith(key))?.[1]
    if (row === undefined) return failure(404, 'NotFound', `${line} is not in the table`)
    return typeof row === 'function' ? row(asked) : row
  }
}

export function failure(code: number, reason: string, message: string, details: unknown = {}): Said {
  return {
    status: code,
    value: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details },
  }
}

const WRITE = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']

/** What `/shoal/v1/kinds` says. */
export const KINDS = {
  'GET /shoal/v1/kinds': {
    value: {
      kinds: [
        {
          group: 'apps',
          version: 'v1',
          kind: 'Deployment',
          plural: 'deployments',
          singular: 'deployment',
          shortNames: ['deploy'],
          namespaced: true,
          verbs: WRITE,
          writable: true,
        },
        {
          group: '',
          version: 'v1',
          kind: 'Service',
          plural: 'services',
          singular: 'service',
          shortNames: ['svc'],
          namespaced: true,
          verbs: WRITE,
          writable: true,
        },
        {
          group: '',
          version: 'v1',
          kind: 'Namespace',
          plural: 'namespaces',
          singular: 'namespace',
          shortNames: ['ns'],
          namespaced: false,
          verbs: WRITE,
          writable: true,
        },
        {
          group: '',
          version: 'v1',
          kind: 'Pod',
          plural: 'pods',
          singular: 'pod',
          shortNames: ['po'],
          namespaced: true,
          verbs: ['get', 'list'],
          writable: false,
          writeInstead: 'make a Deployment',
        },
      ],
    },
  },
} as const satisfies Answers

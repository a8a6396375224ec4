/**
 * Requests and responses as values, so that the whole API runs without a socket: `http.ts` turns them into HTTP, the
 * simulator calls `Api.handle` itself.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'

export interface ApiRequest {
  /** Upper case. */
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** Who asks, for the history of what is written and for the rate limit. */
  readonly by: string
  /** Who that is, as far as the door knows. */
  readonly user: User
}

export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

export type ApiBody =
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'text'; readonly text: string }
  /** All of it, in a form that is no JSON of ours. */
  | { readonly type: 'whole'; readonly contentType: string; readonly bytes: Uint8Array }
  /** Bytes as they come, from a container. */
  | { readonly type: 'bytes'; readonly contentType: string; readonly stream: Readable }
  /** The connection goes on as something else. Exactly one of the two is called: `close` where there is none to go on with. */
  | {
      readonly type: 'upgrade'
      readonly protocol: string
      /** What the protocol's answer says beside that. */
      readonly headers?: Readonly<Record<string, string>>
      readonly open: (stream: Duplex) => void
      readonly close: () => void
    }
  /** JSON lines pushed as things happen. Headers are to be sent at once: clients wait for them. */
  | { readonly type: 'lines'; readonly contentType: string; readonly open: (sink: LineSink) => { close(): void } }

export interface LineSink {
  write(line: string): void
  /** Resolves when what was written is on its way, or nobody reads any more. Absent: it always is. */
  drained?(): Promise<void>
  end(): void
}

export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Texts for `Warning: 299 shoal "..."`. */
  readonly warnings: readonly string[]
  readonly body: ApiBody
}

export function json(
  status: number,
  value: unknown,
  extra: Partial<Pick<ApiResponse, 'headers' | 'warnings'>> = {},
): ApiResponse {
  return { status, headers: extra.headers ?? {}, warnings: extra.warnings ?? [], body: { type: 'json', value } }
}

export function text(status: number, content: string): ApiResponse {
  return { status, headers: {}, warnings: [], body: { type: 'text', text: content } }
}

export function whole(status: number, contentType: string, bytes: Uint8Array): ApiResponse {
  return { status, headers: {}, warnings: [], body: { type: 'whole', contentType, bytes } }
}

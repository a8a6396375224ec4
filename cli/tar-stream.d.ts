/** What is used of tar-stream, which brings no types. @module */
declare module 'tar-stream' {
  import type { Duplex, Readable, Writable } from 'node:stream'

  export interface Header {
    readonly name: string
    readonly type?: string | null
    readonly size?: number
    readonly mode?: number
    readonly uid?: number
    readonly gid?: number
    readonly mtime?: Date
    readonly linkname?: string | null
  }
  type Next = (error?: Error | null) => void
  export function extract(): Writable & {
    on(event: 'entry', listener: (header: Header, stream: Readable, next: Next) => void): unknown
  }
  export function pack(): Duplex & {
    entry(header: Header, done: Next): Writable
    finalize(): void
  }
}

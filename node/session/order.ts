/**
 * What is asked of a pod: a command in it, its own input and output, its files, a connection to one of its ports.
 *
 * @module
 */

export type SessionOrder = CommandOrder | ForwardOrder

/** Those that a session of input, output and an exit code answers. */
export type CommandOrder =
  | {
      readonly what: 'exec'
      readonly container: string
      readonly command: readonly string[]
      readonly tty: boolean
      readonly stdin: boolean
    }
  | { readonly what: 'attach'; readonly container: string; readonly stdin: boolean }
  /** `look` says what is at a path: `directory`, `other`, or nothing; the others carry a tar stream. */
  | { readonly what: 'look' | 'copy-out' | 'copy-in'; readonly container: string; readonly path: string }

export interface ForwardOrder {
  readonly what: 'forward'
  readonly port: number
}

/** An order as one node gives it to another. */
export interface PodOrder {
  readonly uid: string
  readonly order: SessionOrder
}

/** A kernel takes no longer path. */
const PATH_BYTES_MAX = 4_096

/** A command line with more is built by a mistake. */
const ARGUMENTS_MAX = 1_000

export function encodeOrder(order: PodOrder): Uint8Array {
  return Buffer.from(JSON.stringify(order))
}

/** [SESS2] Undefined where the bytes are no order. */
export function decodeOrder(bytes: Uint8Array): PodOrder | undefined {
  const value = parsed(bytes)
  if (!isRecord(value) || typeof value['uid'] !== 'string' || !isRecord(value['order'])) return undefined
  const order = orderIn(value['order'])
  return order && { uid: value['uid'], order }
}

function orderIn({ what, container, ...more }: Readonly<Record<string, unknown>>): SessionOrder | undefined {
  if (what === 'forward') return isPort(more['port']) ? { what, port: more['port'] } : undefined
  if (typeof container !== 'string') return undefined
  switch (what) {
    case 'exec': {
      const { command, tty, stdin } = more
      return isCommand(command) ? { what, container, command, tty: tty === true, stdin: stdin === true } : undefined
    }
    case 'attach':
      return { what, container, stdin: more['stdin'] === true }
    case 'look':
    case 'copy-out':
    case 'copy-in': {
      const { path } = more
      return isPath(path) ? { what, container, path } : undefined
    }
    default:
      return undefined
  }
}

export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535
}

export function isCommand(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > ARGUMENTS_MAX) return false
  return value.every((word) => typeof word === 'string')
}

export function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0') && value.length <= PATH_BYTES_MAX
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch {
    return undefined
  }
}

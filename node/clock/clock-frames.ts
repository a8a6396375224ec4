/**
 * What nodes say of their clocks: `[0, id]` asks, `[1, id, wallMs]` answers.
 *
 * @module
 */
import { encode } from 'cborg'
import { decodeList } from '../membership/frames.ts'

export type ClockFrame =
  | { readonly type: 'ask'; readonly id: number }
  /** `wallMs`: ms since 1970 by the clock of whoever answers. */
  | { readonly type: 'answer'; readonly id: number; readonly wallMs: number }

/** Ten numbers at most take so much. */
const BYTES_MAX = 64
/** As a change's time may be. */
const WALL_MS_MAX = 2 ** 48
const ID_MAX = 2 ** 32

export function encodeClockFrame(frame: ClockFrame): Uint8Array {
  return encode(frame.type === 'ask' ? [0, frame.id] : [1, frame.id, frame.wallMs])
}

/** [CLOCK6] Undefined: no frame of ours. Never throws. */
export function decodeClockFrame(bytes: Uint8Array): ClockFrame | undefined {
  const body = bytes.length <= BYTES_MAX ? decodeList(bytes) : undefined
  const [kind, id, wallMs] = body ?? []
  if (!isCount(id, ID_MAX)) return undefined
  if (kind === 0 && body?.length === 2) return { type: 'ask', id }
  if (kind === 1 && body?.length === 3 && isCount(wallMs, WALL_MS_MAX)) return { type: 'answer', id, wallMs }
  return undefined
}

function isCount(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
}

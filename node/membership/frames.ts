/**
 * What the detector says: beats and votes on links, statements through gossip. Small CBOR lists; whatever does not read as
 * one of them exactly is no frame.
 *
 * @module
 */
import { decode, encode } from 'cborg'
import type { NodeId } from '../../crdt/index.ts'
import { decodeNumbers, encodeNumbers } from './numbers.ts'

/** A beat with the longest lists is 8 KiB. Nesting is bounded with it: 16 KiB of brackets decode or fail in 2 ms. */
export const FRAME_BYTES_MAX = 16 * 1024

/** Neighbours told in a beat. An overlay has 8 to 12 links; the rest is room for those others opened. */
export const NEIGHBOURS_MAX = 32

/** Members told to be away when a link stands: newest first, the others come by gossip. */
export const AWAY_MAX = 64

const NODE_ID = /^[A-Za-z0-9]{1,128}$/

/** Grows by one with each refutation and by 65,536 with each start of a node: enough for two billion starts. */
export const INCARNATION_MAX = 2 ** 47

/** What gossip says of a member. `doubted` is for the member alone: somebody holds it to be away, it should speak. */
export type Said = 'alive' | 'unreachable' | 'agent-gone' | 'doubted'

export interface Statement {
  readonly node: NodeId
  readonly incarnation: number
  readonly said: Said
}

/** Whom a node hears on its links, as it tells all in a large cluster (component.ts). */
export interface Hearing {
  readonly node: NodeId
  /** Grows with each telling. */
  readonly version: number
  readonly hears: readonly NodeId[]
}

export interface Beat {
  readonly type: 'beat'
  readonly incarnation: number
  /** Sender's monotonic clock, whole ms; comes back as `echo`, to measure the round trip. */
  readonly sentMs: number
  readonly echo?: { readonly sentMs: number; readonly heldMs: number }
  /** The receiver was held to be away at this incarnation. */
  readonly doubt?: number
  /** Those the sender has links with: its monitors. Told when they change, and now and then. */
  readonly neighbours?: readonly NodeId[]
  /** Members the sender holds to be away; told when the link stands. */
  readonly away?: readonly Statement[]
}

/**
 * One monitor to another: I do not hear this member / I do again. `refused`: its machine answered that nobody listens.
 * `decided`: an answer to who asks about one that this node holds to be away by now.
 */
export interface Vote {
  readonly type: 'vote'
  readonly target: NodeId
  readonly incarnation: number
  readonly vote: 'silent' | 'refused' | 'withdrawn' | 'decided'
}

export type Frame = Beat | Vote

const SAID = ['alive', 'unreachable', 'agent-gone', 'doubted'] as const
const VOTES = ['silent', 'refused', 'withdrawn', 'decided'] as const

export function encodeFrame(frame: Frame): Uint8Array {
  const body = frame.type === 'beat' ? beatBody(frame) : [1, frame.target, frame.incarnation, VOTES.indexOf(frame.vote)]
  return encodeNumbers(body) ?? encode(body)
}

function beatBody({ incarnation, sentMs, echo, doubt, neighbours, away }: Beat): unknown[] {
  return [
    0,
    incarnation,
    sentMs,
    echo === undefined ? null : [echo.sentMs, echo.heldMs],
    doubt ?? null,
    neighbours?.slice(0, NEIGHBOURS_MAX) ?? null,
    away?.slice(0, AWAY_MAX).map(statementBody) ?? null,
  ]
}

export const statementBody = ({ node, incarnation, said }: Statement): unknown[] => [
  node,
  incarnation,
  SAID.indexOf(said),
]

/** [FRM1] Undefined: not a frame of ours. Never throws. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const body = decodeNumbers(bytes) ?? decodeList(bytes)
  if (body?.[0] === 0) return readBeat(body)
  if (body?.[0] === 1) return readVote(body)
  return undefined
}

/** A CBOR list of bounded size in strict form, or undefined. */
export function decodeList(bytes: Uint8Array): readonly unknown[] | undefined {
  if (bytes.length > FRAME_BYTES_MAX) return undefined
  try {
    const value: unknown = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowNaN: false,
      allowInfinity: false,
      allowBigInt: false,
      useMaps: true,
      rejectDuplicateMapKeys: true,
    })
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function readBeat(body: readonly unknown[]): Beat | undefined {
  const [, incarnation, sentMs, echo, doubt, neighbours, away] = body
  if (body.length !== 7 || !isCount(incarnation) || !isCount(sentMs)) return undefined
  if (!(echo === null || isEcho(echo)) || !(doubt === null || isCount(doubt))) return undefined
  if (!(neighbours === null || isListOf(neighbours, NEIGHBOURS_MAX, isNodeId))) return undefined
  const statements = away === null ? undefined : readStatements(away)
  if (away !== null && statements === undefined) return undefined
  return {
    type: 'beat',
    incarnation,
    sentMs,
    ...(echo !== null && { echo: { sentMs: echo[0], heldMs: echo[1] } }),
    ...(doubt !== null && { doubt }),
    ...(neighbours !== null && { neighbours }),
    ...(statements !== undefined && { away: statements }),
  }
}

function readVote(body: readonly unknown[]): Vote | undefined {
  const [, target, incarnation, vote] = body
  if (body.length !== 4 || !isNodeId(target) || !isCount(incarnation) || !isIndex(vote, VOTES)) return undefined
  return { type: 'vote', target, incarnation, vote: VOTES[vote]! }
}

function readStatements(list: unknown): Statement[] | undefined {
  if (!isListOf(list, AWAY_MAX, Array.isArray)) return undefined
  const statements = list.map((body) => readStatement(body))
  return statements.every((statement) => statement !== undefined) ? statements : undefined
}

export const hearingBody = ({ node, version, hears }: Hearing): unknown[] => [
  node,
  version,
  hears.slice(0, NEIGHBOURS_MAX),
]

export function readHearing(body: readonly unknown[]): Hearing | undefined {
  const [node, version, hears] = body
  if (body.length !== 3 || !isNodeId(node) || !isCount(version)) return undefined
  return isListOf(hears, NEIGHBOURS_MAX, isNodeId) ? { node, version, hears } : undefined
}

export function readStatement(body: readonly unknown[]): Statement | undefined {
  const [node, incarnation, said] = body
  if (body.length !== 3 || !isNodeId(node) || !isCount(incarnation) || !isIndex(said, SAID)) return undefined
  return { node, incarnation, said: SAID[said]! }
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= INCARNATION_MAX

const isNodeId = (value: unknown): value is NodeId => typeof value === 'string' && NODE_ID.test(value)

const isIndex = (value: unknown, names: readonly string[]): value is number => isCount(value) && value < names.length

const isEcho = (value: unknown): value is [number, number] => isListOf(value, 2, isCount) && value.length === 2

function isListOf<T>(value: unknown, lengthMax: number, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.length <= lengthMax && value.every(isItem)
}

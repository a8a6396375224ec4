/**
 * The signed envelope: the one form in which changes, records and certificates travel and are stored.
 *
 * CBOR `[body, signature]`, the body being CBOR itself, so that what was signed is never encoded again. Bound to the
 * cluster: the same body in another cluster needs another signature. Integers, text and bytes only: with strict decoding a
 * body has one encoding.
 *
 * @module
 */
import { decode, encode } from 'cborg'
import type { NodeId, Signer, Trust } from './identity.ts'
import type { DocumentKey } from './key.ts'
import { CUT_CHAINS_MAX } from './limits.ts'

const VERSION = 1
/** Of a cut that names chains: an earlier release holds it for later, and blames nobody. */
const CHAINS_VERSION = 2

export interface Envelope {
  readonly bytes: Uint8Array
  /** SHA-256 of the bytes, hex. */
  readonly hash: string
  readonly type: 'change' | 'record' | 'member'
  /** Who signed; of a certificate, whom it admits. */
  readonly author: NodeId
  /** What it is about: the document's key, `node/name` of a record, the member. */
  readonly key: string
  /** Goes by gossip only: never on disk, never in the digest. */
  readonly ephemeral: boolean
  /** To be on disk before it is published. */
  readonly durable: boolean
}

/** A chain (`chainId`), and the number of a change in it. */
export type ChainEnd = readonly [chain: string, seq: number]

/** Up to which number a cut holds what each chain wrote to the document, in all its epochs. */
export interface Chains {
  /** At most `CUT_CHAINS_MAX`. The latest to have written is the last. */
  readonly ends: readonly ChainEnd[]
  /** Whether no other chain wrote to it. */
  readonly isAll: boolean
}

/** One Automerge change of one document. (author, nonce) names a chain, `seq` counts it from 1, `prev` is the change before. */
export interface ChangeBody {
  readonly type: 'change'
  readonly author: NodeId
  readonly nonce: Uint8Array
  readonly seq: number
  /** Hash of the writer's change before this one, 32 bytes; empty for the first. */
  readonly prev: Uint8Array
  readonly key: DocumentKey
  /** How often the document's history had been cut when this was written. */
  readonly epoch: number
  /** Set on the first change of an epoch: the heads it was computed from, the generation it carries on, and what it holds. */
  readonly cut: {
    readonly heads: readonly string[]
    readonly generation: number
    /** Absent: by an earlier release. */
    readonly chains?: Chains
  } | null
  readonly chunk: Uint8Array
}

export interface RecordBody {
  readonly type: 'record'
  readonly author: NodeId
  readonly name: string
  readonly incarnation: number
  readonly seq: number
  readonly atMs: number
  /** 0: kept until it is replaced. */
  readonly ttlMs: number
  /** JSON text; null drops the record. */
  readonly text: string | null
}

/** Signed by its issuer in its own way, so that the envelope needs no signature. */
export interface MemberBody {
  readonly type: 'member'
  readonly certificate: Uint8Array
}

export type Body = ChangeBody | RecordBody | MemberBody

export interface Opened {
  readonly body: Body
  readonly bodyBytes: Uint8Array
  readonly signature: Uint8Array
}

export type OpenFailure = { readonly failure: 'malformed' | 'unknown-version'; readonly reason: string }

/** What is signed: type, cluster and body, none of which can be read as another. */
function signedBytes(type: Body['type'], clusterId: string, bodyBytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`shoal/${type}/1\0${clusterId}\0`), bodyBytes])
}

export function sealChange(body: ChangeBody, clusterId: string, signer: Signer): Uint8Array {
  const cut = body.cut === null ? null : cutFields(body.cut)
  const fields = [body.author, body.nonce, body.seq, body.prev, body.key, body.epoch, cut, body.chunk]
  return seal('change', fields, {
    clusterId,
    signer,
    version: body.cut?.chains === undefined ? VERSION : CHAINS_VERSION,
  })
}

function cutFields({ heads, generation, chains }: NonNullable<ChangeBody['cut']>): unknown[] {
  const fields = [heads.map(fromHex), generation]
  if (chains === undefined) return fields
  return [...fields, chains.ends.map(([chain, seq]) => [fromHex(chain), seq]), chains.isAll ? 1 : 0]
}

export function sealRecord(body: RecordBody, clusterId: string, signer: Signer): Uint8Array {
  const fields = [body.author, body.name, body.incarnation, body.seq, body.atMs, body.ttlMs, body.text]
  return seal('record', fields, { clusterId, signer, version: VERSION })
}

/** Not signed again: its issuer did, in its own way. */
export function sealMember(certificate: Uint8Array): Uint8Array {
  return encode([encode([VERSION, 'member', certificate]), new Uint8Array(0)])
}

function seal(
  type: Body['type'],
  fields: readonly unknown[],
  { clusterId, signer, version }: { clusterId: string; signer: Signer; version: number },
): Uint8Array {
  const bodyBytes = encode([version, type, ...fields])
  return encode([bodyBytes, signer.sign(signedBytes(type, clusterId, bodyBytes))])
}

/** An envelope's bytes and their hash. */
export type Sealed = Pick<Envelope, 'bytes' | 'hash'>

export function changeEnvelope(body: Pick<ChangeBody, 'author' | 'key'>, { bytes, hash }: Sealed): Envelope {
  return { bytes, hash, type: 'change', author: body.author, key: body.key, ephemeral: false, durable: true }
}

export function recordEnvelope({ author, name, ttlMs }: RecordBody, { bytes, hash }: Sealed): Envelope {
  const isEphemeral = ttlMs > 0
  return {
    bytes,
    hash,
    type: 'record',
    author,
    key: `${author}/${name}`,
    ephemeral: isEphemeral,
    durable: !isEphemeral,
  }
}

export function memberEnvelope(subject: NodeId, { bytes, hash }: Sealed): Envelope {
  return { bytes, hash, type: 'member', author: subject, key: subject, ephemeral: false, durable: true }
}

/** Whether the author really said it, in this cluster. */
export function isSignedBy(opened: Opened, author: NodeId, clusterId: string, trust: Pick<Trust, 'verify'>): boolean {
  return trust.verify(author, signedBytes(opened.body.type, clusterId, opened.bodyBytes), opened.signature)
}

/** Reads the form of an envelope of an allowed size. Says nothing about its truth. */
export function openEnvelope(bytes: Uint8Array): Opened | OpenFailure {
  const outer = decodeStrictly(bytes)
  if (!Array.isArray(outer) || outer.length !== 2) return malformed('it is no pair of body and signature')
  const [bodyBytes, signature] = outer as [unknown, unknown]
  if (!isBytes(bodyBytes) || !isBytes(signature)) return malformed('body or signature are no bytes')
  const fields = decodeStrictly(bodyBytes)
  if (!Array.isArray(fields) || fields.length < 2) return malformed('its body is no list')
  const body = readBody(fields)
  return 'failure' in body ? body : { body, bodyBytes, signature }
}

function readBody([version, type, ...fields]: unknown[]): Body | OpenFailure {
  if (version === CHAINS_VERSION && type === 'change') return readChange(fields, readCutOfChains)
  if (version !== VERSION) return unknown(`its version is ${show(version)}, this node knows ${VERSION}`)
  switch (type) {
    case 'change':
      return readChange(fields, (cut) => (cut === null ? null : readCut(cut)))
    case 'record':
      return readRecord(fields)
    case 'member':
      return readMember(fields)
    default:
      return unknown(`its type is ${show(type)}, this node knows change, record and member`)
  }
}

function readChange(
  fields: unknown[],
  cutOf: (field: unknown) => ChangeBody['cut'] | undefined,
): ChangeBody | OpenFailure {
  const [author, nonce, seq, prev, key, epoch, cut, chunk] = fields
  const isFormed =
    fields.length === 8 &&
    isText(author, 128) &&
    isBytes(nonce, 16) &&
    isCount(seq) &&
    (isBytes(prev, 0) || isBytes(prev, 32)) &&
    isText(key, 4096) &&
    isCount(epoch) &&
    isBytes(chunk)
  if (!isFormed) return malformed('its fields are not those of a change')
  const read = cutOf(cut)
  if (read === undefined) return malformed('its cut is no list of heads and a generation')
  return { type: 'change', author, nonce, seq, prev, key, epoch, cut: read, chunk }
}

function readCut(cut: unknown): NonNullable<ChangeBody['cut']> | undefined {
  if (!Array.isArray(cut) || cut.length !== 2) return undefined
  const [heads, generation] = cut as [unknown, unknown]
  if (!Array.isArray(heads) || !heads.every((head) => isBytes(head, 32)) || !isCount(generation)) return undefined
  return { heads: heads.map((head: Uint8Array) => toHex(head)), generation }
}

function readCutOfChains(cut: unknown): ChangeBody['cut'] | undefined {
  if (!Array.isArray(cut) || cut.length !== 4) return undefined
  const [heads, generation, ends, isAll] = cut as [unknown, unknown, unknown, unknown]
  const read = readCut([heads, generation])
  if (!Array.isArray(ends) || ends.length > CUT_CHAINS_MAX || !ends.every(isChainEnd)) return undefined
  const named = ends.map(([chain, seq]) => [toHex(chain), seq] as const)
  const isFormed = new Set(named.map(([chain]) => chain)).size === ends.length && (isAll === 0 || isAll === 1)
  return read === undefined || !isFormed ? undefined : { ...read, chains: { ends: named, isAll: isAll === 1 } }
}

const isChainEnd = (end: unknown): end is [Uint8Array, number] =>
  Array.isArray(end) && end.length === 2 && isBytes(end[0], 16) && isCount(end[1])

function readRecord(fields: unknown[]): RecordBody | OpenFailure {
  const [author, name, incarnation, seq, atMs, ttlMs, text] = fields
  const isFormed =
    fields.length === 7 &&
    isText(author, 128) &&
    isText(name, 512) &&
    isCount(incarnation) &&
    isCount(seq) &&
    isCount(atMs) &&
    isCount(ttlMs) &&
    (text === null || typeof text === 'string')
  if (!isFormed) return malformed('its fields are not those of a record')
  return { type: 'record', author, name, incarnation, seq, atMs, ttlMs, text }
}

function readMember(fields: unknown[]): MemberBody | OpenFailure {
  const [certificate] = fields
  if (fields.length !== 1 || !isBytes(certificate)) return malformed('it holds no certificate')
  return { type: 'member', certificate }
}

/** Undefined where it is not CBOR in its one strict form: no tags, floats, big integers, indefinite lengths, maps' twins. */
export function decodeStrictly(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    })
  } catch {
    return undefined
  }
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

function isBytes(value: unknown, length?: number): value is Uint8Array {
  return value instanceof Uint8Array && (length === undefined || value.length === length)
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= charsMax
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)
}

function malformed(reason: string): OpenFailure {
  return { failure: 'malformed', reason: `the envelope is malformed: ${reason}` }
}

function unknown(reason: string): OpenFailure {
  return { failure: 'unknown-version', reason: `the envelope is not of this release: ${reason}` }
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? 'none'
}

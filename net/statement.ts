/**
 * What genesis, certificates and tickets have in common: a list of plain values in CBOR, and a signature that says for which
 * purpose it was made. On the wire `[body, signature]`, where `body` is itself bytes, so that what was signed is what is kept.
 * Lists only, no maps: one statement has exactly one spelling, and its hash can stand for it.
 *
 * @module
 */
import { decode, encode } from 'cborg'
import { verify } from './identity.ts'
import type { Identity } from './identity.ts'
import type { PeerId } from './transport.ts'

export type Plain = string | number | Uint8Array | readonly Plain[]

/** A signature for one purpose says nothing for another: the purpose is signed along. */
export type Purpose = 'genesis' | 'certificate' | 'delegation' | 'bearer'

/** No statement of ours is longer than some 700 bytes; longer ones are not decoded. */
export const STATEMENT_BYTES_MAX = 2048

export const packPlain = (fields: readonly Plain[]): Uint8Array => encode(fields)

/** A list of plain values, or undefined for anything else. Never throws. */
export const unpackPlain = (bytes: Uint8Array): readonly unknown[] | undefined => {
  try {
    const value: unknown = decode(bytes, STRICT)
    // [NET1] a second spelling of the same values would have another hash
    return Array.isArray(value) && Buffer.compare(encode(value), bytes) === 0 ? value : undefined
  } catch {
    return undefined
  }
}

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  useMaps: true,
}

export const signStatement = (purpose: Purpose, fields: readonly Plain[], signer: Identity): Uint8Array => {
  const body = packPlain(fields)
  return packPlain([body, signer.sign(signedBytes(purpose, body))])
}

export interface Statement {
  readonly fields: readonly unknown[]
  /** Who signed is among the fields, so the caller names it once it has read them. */
  signedBy(node: PeerId): boolean
}

export const readStatement = (purpose: Purpose, bytes: Uint8Array): Statement | undefined => {
  if (bytes.length > STATEMENT_BYTES_MAX) return undefined
  const [body, signature, ...rest] = unpackPlain(bytes) ?? []
  if (!isBytes(body) || !isBytes(signature) || rest.length > 0) return undefined
  const fields = unpackPlain(body)
  return fields && { fields, signedBy: (node) => verify(node, signedBytes(purpose, body), signature) }
}

export const signedBytes = (purpose: Purpose, body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`shoal/${purpose}/1\0`), body])

export const isBytes = (value: unknown, length?: number): value is Uint8Array =>
  value instanceof Uint8Array && (length === undefined || value.length === length)

/** Milliseconds since 1970, as `Date` can hold them. */
export const isTimeMs = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 8.64e15

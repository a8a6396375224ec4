/**
 * DER, as far as writing a certificate needs it (X.690): a tag, a length, the bytes. Nothing is read here: certificates that
 * come in are read by OpenSSL.
 *
 * @module
 */

/** Tags of what a certificate is made of. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Context-specific, and with other elements inside. */
const CONTEXT = 0x80
const CONSTRUCTED = 0x20

const element = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(tag), lengthOf(content.length), content])
}

const lengthOf = (length: number): Uint8Array => {
  if (length < 0x80) return Uint8Array.of(length)
  const digits = bigEndian(length, 0x100)
  return Uint8Array.of(0x80 | digits.length, ...digits)
}

const bigEndian = (value: number, base: number): number[] =>
  value < base ? [value] : [...bigEndian(Math.floor(value / base), base), value % base]

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(TAG.sequence, ...parts)
export const set = (...parts: readonly Uint8Array[]): Uint8Array => element(TAG.set, ...parts)
export const octetString = (bytes: Uint8Array): Uint8Array => element(TAG.octetString, bytes)
export const utf8 = (text: string): Uint8Array => element(TAG.utf8, Buffer.from(text))
export const yes: Uint8Array = element(TAG.boolean, Uint8Array.of(0xff))

/** `unused`: bits of the last byte that say nothing. */
export const bitString = (bytes: Uint8Array, unused = 0): Uint8Array =>
  element(TAG.bitString, Uint8Array.of(unused), bytes)

/** A number of any size that is not negative, big-endian. */
export const integer = (bytes: Uint8Array): Uint8Array => {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Uint8Array.of(0) : bytes.subarray(first)
  return element(TAG.integer, (digits[0] as number) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(), digits)
}

/** `2.5.4.3` */
export const oid = (dotted: string): Uint8Array => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const arcs = [first * 40 + second, ...rest].map((arc) => bigEndian(arc, 0x80))
  return element(
    TAG.oid,
    Uint8Array.from(
      arcs.flatMap((digits) => digits.map((digit, at) => (at < digits.length - 1 ? digit | 0x80 : digit))),
    ),
  )
}

/** Two digits for the year until 2050, then four (RFC 5280, 4.1.2.5). */
export const time = (atMs: number): Uint8Array => {
  const digits = new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, '')
  return digits < '2050'
    ? element(TAG.utcTime, Buffer.from(digits.slice(2)))
    : element(TAG.generalizedTime, Buffer.from(digits))
}

/** What has a number instead of a type, with elements inside. */
export const numbered = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  element(CONTEXT | CONSTRUCTED | number, ...parts)

/** The same with bytes inside. */
export const numberedBytes = (number: number, bytes: Uint8Array): Uint8Array => element(CONTEXT | number, bytes)

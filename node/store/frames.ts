/**
 * Frames between neighbours, told apart by their first byte. Those of membership and of clocks are opaque here.
 *
 * @module
 */
export const FRAME = {
  membership: 1,
  envelopes: 2,
  sync: 3,
  stored: 4,
  clock: 5,
  /** As `envelopes`, of records that are soon over: they come by every way there is, and that they came twice says nothing. */
  fleeting: 6,
  /** Hashes of what the sender holds, and the receiver may lack. */
  have: 7,
  /** Hashes of what the sender lacks. */
  want: 8,
  /** What the receiver sends comes by other ways first: hashes will do. */
  enough: 9,
} as const

const HASH_BYTES = 32
/** Envelopes one frame may carry; a frame of the smallest envelopes (some 200 bytes) stays under it. */
const ENVELOPES_MAX = 8192

export function tagged(tag: number, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(bytes.length + 1)
  frame[0] = tag
  frame.set(bytes, 1)
  return frame
}

/** `tag, (length, bytes)*` */
export function encodeEnvelopes(
  envelopes: readonly { readonly bytes: Uint8Array }[],
  tag: typeof FRAME.envelopes | typeof FRAME.fleeting = FRAME.envelopes,
): Uint8Array {
  const total = envelopes.reduce((sum, one) => sum + 4 + one.bytes.length, 1)
  const frame = Buffer.allocUnsafe(total)
  frame[0] = tag
  let offset = 1
  for (const { bytes } of envelopes) {
    frame.writeUInt32BE(bytes.length, offset)
    frame.set(bytes, offset + 4)
    offset += 4 + bytes.length
  }
  return frame
}

/** Undefined where the frame is not what it says. */
export function decodeEnvelopes(frame: Uint8Array): Uint8Array[] | undefined {
  const buffer = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
  const envelopes: Uint8Array[] = []
  let offset = 1
  while (offset < buffer.length) {
    if (offset + 4 > buffer.length || envelopes.length >= ENVELOPES_MAX) return undefined
    const length = buffer.readUInt32BE(offset)
    if (offset + 4 + length > buffer.length) return undefined
    envelopes.push(buffer.subarray(offset + 4, offset + 4 + length))
    offset += 4 + length
  }
  return envelopes
}

/** Tells an author that its changes are on this node's disk: their hashes, hex. */
export function encodeStored(hashes: readonly string[]): Uint8Array {
  return encodeHashes(FRAME.stored, hashes)
}

export function encodeHashes(
  tag: typeof FRAME.stored | typeof FRAME.have | typeof FRAME.want,
  hashes: readonly string[],
): Uint8Array {
  return tagged(tag, Buffer.from(hashes.join(''), 'hex'))
}

/** Of any frame that is a list of hashes. */
export function decodeHashes(frame: Uint8Array): string[] | undefined {
  if ((frame.length - 1) % HASH_BYTES !== 0) return undefined
  const buffer = Buffer.from(frame.buffer, frame.byteOffset + 1, frame.length - 1)
  return Array.from({ length: buffer.length / HASH_BYTES }, (_, index) =>
    buffer.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES).toString('hex'),
  )
}

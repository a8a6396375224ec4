/**
 * Header blocks of SPDY (draft 3, section 2.6.10): names and values with their lengths, in one zlib stream for each direction.
 *
 * @module
 */
import { constants, createInflate, type Inflate } from 'node:zlib'
import { DICTIONARY } from './dictionary.ts'
import { SpdyError } from './frames.ts'

/** Unpacked, of one block. kubectl's are some 100 bytes. */
const BLOCK_BYTES_MAX = 16 * 1024

export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH })
  #parts: Buffer[] = []
  #bytes = 0
  #refuse: (error: Error) => void = () => {}

  constructor() {
    this.#inflate.on('readable', () => this.#collect())
    this.#inflate.on('error', () => this.#refuse(new SpdyError('headers that cannot be unpacked')))
  }

  /** One block at a time. Rejects with a `SpdyError`. */
  async read(block: Buffer): Promise<ReadonlyMap<string, string>> {
    await new Promise<void>((resolve, reject) => {
      this.#refuse = reject
      this.#inflate.write(block, () => resolve())
    })
    this.#collect()
    const plain = Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    return headersIn(plain)
  }

  close(): void {
    this.#refuse(new SpdyError('the connection has ended'))
    this.#inflate.destroy()
  }

  #collect(): void {
    for (let part = this.#take(); part !== null; part = this.#take()) {
      this.#bytes += part.length
      // What would come is not waited for: nothing reads on, so nothing is unpacked.
      if (this.#bytes > BLOCK_BYTES_MAX) return this.#refuse(new SpdyError('headers are too long'))
      this.#parts.push(part)
    }
  }

  #take(): Buffer | null {
    return this.#bytes > BLOCK_BYTES_MAX ? null : (this.#inflate.read() as Buffer | null)
  }
}

function headersIn(plain: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  const next = (): number => {
    if (at + 4 > plain.length) throw new SpdyError('headers that break off')
    at += 4
    return plain.readUInt32BE(at - 4)
  }
  const word = (): string => {
    const length = next()
    if (at + length > plain.length) throw new SpdyError('headers that break off')
    at += length
    return plain.toString('utf8', at - length, at)
  }
  for (let left = next(); left > 0; left -= 1) headers.set(word().toLowerCase(), word())
  return headers
}

/** Blocks of no headers, stored rather than packed: the other direction's zlib stream, in which there is nothing to say. */
export class HeaderWriter {
  #isFirst = true

  /** Begins with zlib's own header, once; a second, empty block ends what Go's reader would else wait for. */
  none(): Buffer {
    const start = this.#isFirst ? [0x78, 0x01] : []
    this.#isFirst = false
    return Buffer.of(...start, 0x00, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0x00, 0, 0, 0xff, 0xff)
  }
}

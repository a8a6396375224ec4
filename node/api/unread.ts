/**
 * What waits in memory for clients that watch and do not read. One of them may keep little, but five hundred of them kept a
 * node's worth of memory. So the sum is bounded, too: those with the most unread bytes are cut first. A client that is cut
 * lists and watches again, as after any break.
 *
 * @module
 */

/** What may wait for one client. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024

/** What may wait for all of them, as much as one peer may make a node grow by (P10). */
export const UNREAD_BYTES_SUM_MAX = 64 * 1024 * 1024

/** The sum is taken again after so many bytes: it costs a look at every watcher, and can be exceeded by no more. */
const BYTES_BETWEEN_SUMS = 1024 * 1024

/** A watch's way to its client. */
export interface Reader {
  /** Bytes that it has not taken yet. */
  readonly writableLength: number
  write(bytes: Uint8Array): void
  destroy(): void
}

export class Readers {
  readonly #readers = new Set<Reader>()
  /** Lines that are written now. */
  readonly #encoded = new Map<string, Uint8Array>()
  #sinceSum = 0

  add(reader: Reader): void {
    this.#readers.add(reader)
  }

  remove(reader: Reader): void {
    this.#readers.delete(reader)
  }

  write(reader: Reader, line: string): void {
    if (!this.#readers.has(reader)) return
    if (reader.writableLength > UNREAD_BYTES_MAX) return this.#cut(reader)
    reader.write(this.#bytesOf(line))
    this.#sinceSum += line.length
    if (this.#sinceSum >= BYTES_BETWEEN_SUMS) this.#bound()
  }

  /** [LOAD5] A line goes to many at once, and is made bytes once for all of them. */
  #bytesOf(line: string): Uint8Array {
    if (this.#encoded.size === 0) queueMicrotask(() => this.#encoded.clear())
    const bytes = this.#encoded.get(line) ?? Buffer.from(`${line}\n`)
    this.#encoded.set(line, bytes)
    return bytes
  }

  /** [API59] */
  #bound(): void {
    this.#sinceSum = 0
    const unread = [...this.#readers].map((reader) => ({ reader, bytes: reader.writableLength }))
    let sum = unread.reduce((total, { bytes }) => total + bytes, 0)
    if (sum <= UNREAD_BYTES_SUM_MAX) return
    for (const { reader, bytes } of unread.toSorted((a, b) => b.bytes - a.bytes)) {
      if (sum <= UNREAD_BYTES_SUM_MAX) return
      this.#cut(reader)
      sum -= bytes
    }
  }

  #cut(reader: Reader): void {
    this.#readers.delete(reader)
    reader.destroy()
  }
}

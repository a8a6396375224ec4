/**
 * Bytes to lines of text, whatever the chunks were.
 *
 * @module
 */
import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is given in pieces: a container may print a megabyte without a newline. */
export const LINE_CHARS_MAX = 16 * 1024

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(chunk: Uint8Array | string): void {
    const text =
      this.#rest +
      (typeof chunk === 'string'
        ? chunk
        : this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)))
    const lines = text.split('\n')
    this.#rest = lines.pop() as string
    for (const line of lines) this.#pieces(line)
    while (this.#rest.length > LINE_CHARS_MAX) {
      this.#onLine(this.#rest.slice(0, LINE_CHARS_MAX))
      this.#rest = this.#rest.slice(LINE_CHARS_MAX)
    }
  }

  /** What is left without a newline at the end. */
  end(): void {
    if (this.#rest !== '') this.#pieces(this.#rest)
    this.#rest = ''
  }

  #pieces(line: string): void {
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line
    for (let at = 0; at === 0 || at < bare.length; at += LINE_CHARS_MAX)
      this.#onLine(bare.slice(at, at + LINE_CHARS_MAX))
  }
}

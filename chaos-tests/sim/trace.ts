/**
 * What happened in a run, folded into one number: two runs of one seed must give the same. Whoever wants to read along asks
 * for the lines of some nodes.
 *
 * @module
 */

export interface TraceOptions {
  /** Nodes whose lines are wanted. */
  readonly watched?: ReadonlySet<string>
  readonly print?: (line: string) => void
}

export class Trace {
  readonly #options: TraceOptions
  #low = 0x811c9dc5 | 0
  #high = 0x01000193 | 0
  entries = 0

  constructor(options: TraceOptions = {}) {
    this.#options = options
  }

  /** `node`: whose it is; `what`: in a word; the rest as it is. */
  add(atMs: number, node: string, what: string, detail: string | number = '', bytes?: Uint8Array): void {
    this.entries += 1
    this.#text(node)
    this.#text(what)
    this.#number(atMs * 1_000)
    if (typeof detail === 'number') this.#number(detail)
    else this.#text(detail)
    if (bytes !== undefined) this.#bytes(bytes)
    if (this.#options.watched?.has(node) !== true) return
    const size = bytes === undefined ? '' : ` (${bytes.length} bytes)`
    this.#options.print?.(`${(atMs / 1_000).toFixed(3).padStart(10)} ${node.padEnd(6)} ${what} ${detail}${size}`)
  }

  get hash(): string {
    return [this.#low, this.#high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193)
    this.#high = (Math.imul(this.#high ^ (this.#low >>> 15), 0x85ebca6b) + value) | 0
  }

  #number(value: number): void {
    this.#mix(value | 0)
    this.#mix((value / 2 ** 32) | 0)
  }

  #text(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at))
    this.#mix(text.length)
  }

  #bytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) this.#mix(bytes[at]!)
    this.#mix(bytes.length)
  }
}

/**
 * What happened in a run, folded into one number: two runs of one seed must give the same. Whoever wants to read along asks
 * for the lines of some nodes.
 *
 * @module
 */

export interface TraceEntry {
  readonly atMs: number
  readonly node: string
  readonly what: string
  /** Where it is another node, by its name. */
  readonly detail: string
  readonly bytes: number | undefined
}

export interface TraceOptions {
  /** Nodes whose entries are wanted; all where it is left out. */
  readonly watched?: ReadonlySet<string>
  readonly see?: (entry: TraceEntry) => void
}

/** Remembered at a time. */
const TEXTS_MAX = 4_096

/** An Ed25519 peer id. */
const PEER = /\b12D3Koo[1-9A-HJ-NP-Za-km-z]{45}\b/g

export class Trace {
  readonly #options: TraceOptions
  readonly #nameOf: (peer: string) => string | undefined
  #low = 0x811c9dc5 | 0
  #high = 0x01000193 | 0
  entries = 0
  readonly #texts = new Map<string, number>()

  constructor(options: TraceOptions = {}, nameOf: (peer: string) => string | undefined = () => undefined) {
    this.#options = options
    this.#nameOf = nameOf
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
    const { watched, see } = this.#options
    if (see === undefined || watched?.has(node) === false) return
    const named = String(detail).replace(PEER, (peer) => this.#nameOf(peer) ?? peer)
    see({ atMs, node, what, detail: named, bytes: bytes?.length })
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

  /** Names and words come again and again: each is read once. */
  #text(text: string): void {
    let folded = this.#texts.get(text)
    if (folded === undefined) {
      folded = foldedText(text)
      if (this.#texts.size >= TEXTS_MAX) this.#texts.clear()
      this.#texts.set(text, folded)
    }
    this.#mix(folded)
    this.#mix(text.length)
  }

  #bytes(bytes: Uint8Array): void {
    // Four at a time: every byte counts, and there are millions of them.
    for (let at = 0; at < bytes.length; at += 4)
      this.#mix(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    this.#mix(bytes.length)
  }
}

/** FNV-1a. */
function foldedText(text: string): number {
  let folded = 0x811c9dc5 | 0
  for (let at = 0; at < text.length; at++) folded = Math.imul(folded ^ text.charCodeAt(at), 0x01000193)
  return folded
}

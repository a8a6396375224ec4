/**
 * CBOR of short lists in which there are only whole numbers from 0 on, nulls, and lists of such. Seven of eight beats are one,
 * and of all frames beats are the most: what cborg does for any value through a tree of tokens takes ten times as long. What
 * is no such list is undefined here, and left to cborg; what is, both write and read alike.
 *
 * @module
 */

export type Numbers = readonly (number | null | Numbers)[]

const LIST = 0x80
const NULL = 0xf6
/** Of the first byte: larger numbers follow in 1, 2, 4 or 8 bytes. */
const ONE_BYTE = 0x18
/** Items of a list that its first byte counts. */
const ITEMS_MAX = 23
const DEPTH_MAX = 2
const BYTES_MAX = 64

const scratch = new Uint8Array(BYTES_MAX)

export function encodeNumbers(list: readonly unknown[]): Uint8Array | undefined {
  const end = putList(list, { at: 0, depth: 1 })
  return end === undefined ? undefined : scratch.slice(0, end)
}

/** Where it ends; undefined: it is something else, or too long. */
function putList(list: readonly unknown[], { at, depth }: { at: number; depth: number }): number | undefined {
  if (depth > DEPTH_MAX || list.length > ITEMS_MAX) return undefined
  let end: number | undefined = at + 1
  scratch[at] = LIST + list.length
  for (const item of list) {
    if (Array.isArray(item)) end = putList(item, { at: end, depth: depth + 1 })
    else if (item === null) scratch[end++] = NULL
    else if (isCount(item)) end = putCount(item, end)
    else return undefined
    if (end === undefined || end > BYTES_MAX) return undefined
  }
  return end
}

function isCount(item: unknown): item is number {
  return Number.isSafeInteger(item) && (item as number) >= 0 && !Object.is(item, -0)
}

/** In the fewest bytes. */
function putCount(value: number, at: number): number {
  if (value < ONE_BYTE) {
    scratch[at] = value
    return at + 1
  }
  const size = value < 2 ** 8 ? 0 : value < 2 ** 16 ? 1 : value < 2 ** 32 ? 2 : 3
  scratch[at] = ONE_BYTE + size
  const end = at + 1 + 2 ** size
  for (let byte = end - 1, rest = value; byte > at; byte--, rest = Math.floor(rest / 256)) scratch[byte] = rest & 0xff
  return end
}

export function decodeNumbers(bytes: Uint8Array): Numbers | undefined {
  if (bytes.length > BYTES_MAX) return undefined
  const reader = new Reader(bytes)
  const list = reader.list(1)
  return reader.isAtEnd ? list : undefined
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  list(depth: number): Numbers | undefined {
    const length = this.#byte() - LIST
    if (depth > DEPTH_MAX || !(length >= 0 && length <= ITEMS_MAX)) return undefined
    const items: (number | null | Numbers)[] = []
    for (let left = length; left > 0; left--) {
      const item = this.#item(depth)
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

  #item(depth: number): number | null | Numbers | undefined {
    const first = this.#byte()
    if (first < ONE_BYTE) return first
    if (first <= ONE_BYTE + 3) return this.#count(first - ONE_BYTE)
    if (first === NULL) return null
    this.#at -= 1
    return this.list(depth + 1)
  }

  /** Undefined: not in the fewest bytes, or too large to be exact. */
  #count(size: number): number | undefined {
    let value = 0
    for (let left = 2 ** size; left > 0; left--) value = value * 256 + this.#byte()
    const least = size === 0 ? ONE_BYTE : 256 ** (2 ** (size - 1))
    return value >= least && Number.isSafeInteger(value) ? value : undefined
  }

  /** NaN at the end: no comparison holds for it. */
  #byte(): number {
    return this.#bytes[this.#at++] ?? Number.NaN
  }
}

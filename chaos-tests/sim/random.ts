/**
 * Chance from one seed, in streams that have names. A stream depends on the seed and its name alone, so that what one part of
 * a run draws shifts nothing for the others: take a fault away, and the rest of the run draws as before.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Dice } from '../../node/world/world.ts'

/** Numbers in a row, by a generator of 128 bits (sfc32). */
export class Stream implements Dice {
  #a: number
  #b: number
  #c: number
  #count: number

  constructor(seed: number, name: string) {
    const digest = createHash('sha256').update(`${seed}/${name}`).digest()
    this.#a = digest.readInt32LE(0)
    this.#b = digest.readInt32LE(4)
    this.#c = digest.readInt32LE(8)
    this.#count = digest.readInt32LE(12)
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum >>> 0
  }

  unit(): number {
    return this.#next() / 2 ** 32
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#next() & 0xff)
  }

  /** Whole, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  chance(share: number): boolean {
    return this.unit() < share
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.unit() * from.length)]
    if (from.length === 0) throw new Error('nothing to pick from')
    return picked as T
  }

  /** `count` of them, in an order of its own. */
  sample<T>(from: readonly T[], count: number): T[] {
    const rest = [...from]
    return Array.from(
      { length: Math.min(count, rest.length) },
      () => rest.splice(this.between(0, rest.length - 1), 1)[0]!,
    )
  }

  /** Falls off exponentially around `mean`. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean
  }
}

/** Where a series of `drawAt` begins: 32 bits of its seed and name. */
export function seriesOf(seed: number, name: string): number {
  return createHash('sha256').update(`${seed}/${name}`).digest().readInt32LE(0)
}

/** The `n`th number in [0, 1) of a series: nothing is kept, so that the draws before it need not have been made. */
export function drawAt(series: number, n: number): number {
  let bits = (series ^ Math.imul(n + 1, 0x9e3779b1)) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
}

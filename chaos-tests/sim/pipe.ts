/**
 * A narrow cable: what is put in comes out in order, each as soon as all before it has passed. It is one machine's, so that
 * all its connections share it.
 *
 * @module
 */
import type { Ticking } from './sim-time.ts'

interface Waiting {
  readonly bytes: number
  readonly pass: () => void
}

export class Pipe {
  readonly #time: Ticking
  readonly #bytesPerMs: number
  #waiting: Waiting[] = []
  #isBusy = false
  #isOpen = false

  constructor(time: Ticking, bytesPerSecond: number) {
    this.#time = time
    this.#bytesPerMs = bytesPerSecond / 1_000
  }

  put(bytes: number, pass: () => void): void {
    if (this.#isOpen) return pass()
    this.#waiting.push({ bytes, pass })
    this.#next()
  }

  /** It is wide again: all that waits passes now. */
  open(): void {
    this.#isOpen = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const { pass } of waiting) pass()
  }

  #next(): void {
    const [first] = this.#waiting
    if (first === undefined || this.#isBusy) return
    this.#isBusy = true
    this.#time.after(first.bytes / this.#bytesPerMs, () => {
      this.#isBusy = false
      if (this.#isOpen) return
      this.#waiting.shift()
      first.pass()
      this.#next()
    })
  }
}

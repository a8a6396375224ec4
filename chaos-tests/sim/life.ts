/**
 * One life of a process: from its start until it is killed. What it asked for is not answered after its death, its timers do not
 * run, and what it still does in the instant of its death has no effect.
 *
 * @module
 */
import type { Cancel, Timers } from '../../node/world/world.ts'

export class Life {
  readonly timers: Timers
  readonly #beneath: Timers
  readonly #atEnd = new Set<() => void>()
  /** While it stands still (SIGSTOP), what falls due waits. */
  #waiting: (() => void)[] | undefined
  #isOver = false

  constructor(beneath: Timers) {
    this.#beneath = beneath
    this.timers = { after: (delayMs, run) => this.#after(delayMs, run) }
  }

  get isOver(): boolean {
    return this.#isOver
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting = undefined
    for (const act of this.#atEnd) act()
    this.#atEnd.clear()
  }

  /** The answer takes it back. */
  onEnd(act: () => void): () => void {
    this.#atEnd.add(act)
    return () => this.#atEnd.delete(act)
  }

  pause(): void {
    this.#waiting ??= []
  }

  resume(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const run of waiting) this.#beneath.after(0, () => this.enter(run))
  }

  /** Everything that reaches the process from outside comes in through here. */
  enter(run: () => void): void {
    if (this.#isOver) return
    if (this.#waiting === undefined) run()
    else this.#waiting.push(run)
  }

  /** The same answer, for as long as there is somebody to hear it. */
  answer<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.enter(() => resolve(value)),
        (error: unknown) => this.enter(() => reject(error)),
      )
    })
  }

  #after(delayMs: number, run: () => void): Cancel {
    if (this.#isOver) return () => {}
    let isCancelled = false
    const cancel = this.#beneath.after(delayMs, () => this.enter(() => isCancelled || run()))
    return () => {
      isCancelled = true
      cancel()
    }
  }
}

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
  /** What falls due while it stands still (SIGSTOP), or is at another turn. */
  #waiting: (() => void)[] = []
  #isStill = false
  /** How long a turn takes it: no time, unless it starves. */
  #turnMs = 0
  #isBusy = false
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
    this.#waiting = []
    for (const act of this.#atEnd) act()
    this.#atEnd.clear()
  }

  /** The answer takes it back. */
  onEnd(act: () => void): () => void {
    this.#atEnd.add(act)
    return () => this.#atEnd.delete(act)
  }

  pause(): void {
    this.#isStill = true
  }

  resume(): void {
    this.#isStill = false
    if (!this.#isBusy) this.#goOn()
  }

  #goOn(): void {
    if (this.#turnMs > 0) {
      const next = this.#waiting.shift()
      return next === undefined ? undefined : this.#turn(next)
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) this.#beneath.after(0, () => this.enter(run))
  }

  /** From now on each turn takes so long, and the others wait for it; 0: they wait no more. */
  starve(turnMs: number): void {
    this.#turnMs = turnMs
  }

  #turn(run: () => void): void {
    run()
    if (this.#turnMs === 0) return
    this.#isBusy = true
    this.#beneath.after(this.#turnMs, () => this.#rested())
  }

  #rested(): void {
    this.#isBusy = false
    if (!this.#isOver && !this.#isStill) this.#goOn()
  }

  /** Everything that reaches the process from outside comes in through here. */
  enter(run: () => void): void {
    if (this.#isOver) return
    if (this.#isStill || this.#isBusy) this.#waiting.push(run)
    else this.#turn(run)
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

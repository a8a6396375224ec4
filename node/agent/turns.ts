/**
 * Who may keep the engine busy. Two cores create and start four containers at once as fast as eight (measured,
 * `kube-api.md` 6.3), and a thousand at once slow each other down until all time out; so the agent's pods take turns.
 *
 * What finishes a pod goes before what begins another one: a node with a long queue has its first pods ready soon. A turn is
 * over after 5 s even if its work goes on, so that one slow image does not hold up all others.
 *
 * @module
 */
import type { Cancel, Timers } from '../world/world.ts'

const AT_ONCE_MAX = 4
const TURN_MS_MAX = 5_000

export type Rank = 'first' | 'last'

export class Turns {
  readonly #timers: Timers
  #running = 0
  readonly #queues: Record<Rank, (() => void)[]> = { first: [], last: [] }

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Runs the work when its turn comes. Its queue is no longer than all containers: each pod has one operation at a time. */
  take<T>(rank: Rank, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queues[rank].push(() => {
        const done = this.#beginTurn()
        work().then(resolve, reject).finally(done)
      })
      this.#next()
    })
  }

  #next(): void {
    if (this.#running >= AT_ONCE_MAX) return
    const work = this.#queues.first.shift() ?? this.#queues.last.shift()
    work?.()
  }

  /** Returns what ends the turn; time ends it too. */
  #beginTurn(): () => void {
    this.#running += 1
    let cancel: Cancel = () => {}
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      cancel()
      this.#running -= 1
      this.#next()
    }
    cancel = this.#timers.after(TURN_MS_MAX, end)
    return end
  }
}

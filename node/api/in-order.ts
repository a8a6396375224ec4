/**
 * Lines of several streams in the order of their times. What has come is given as soon as every stream has shown its next line;
 * a stream that is silent holds the others up for a moment and no longer, so what is late comes late.
 *
 * @module
 */

export interface Clockwork {
  now(): number
  after(delayMs: number, run: () => void): () => void
}

/** A line waits so long for an earlier one of another stream. */
export const HOLD_MS = 200
/** Lines of one stream that wait: one that is far ahead is not read on. */
const WAITING_MAX = 256

/** RFC 3339 with any fraction of a second, as runtimes put it before a line. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z /

/** `at`: compares as text does. Undefined: the line has no time of its own. */
export function stampOf(line: string): { readonly at?: string; readonly text: string } {
  const found = STAMP.exec(line)
  return found === null ? { text: line } : { at: found[1]!, text: line.slice(found[0].length) }
}

interface Waiting {
  readonly at: string
  readonly cameMs: number
  readonly give: () => void
}

interface Lane {
  readonly waiting: Waiting[]
  isOver: boolean
  lastAt: string
  resume: () => void
}

/** One of the streams. */
export interface LaneEnd {
  /** Resolves when there is room for more. */
  push(at: string | undefined, give: () => void): Promise<void>
  end(): void
}

export class InOrder {
  readonly #lanes = new Set<Lane>()
  readonly #clockwork: Clockwork
  #cancel = (): void => {}

  constructor(clockwork: Clockwork) {
    this.#clockwork = clockwork
  }

  /** A stream that is about to give lines: the others wait for its first. */
  begin(): LaneEnd {
    const lane: Lane = { waiting: [], isOver: false, lastAt: '', resume: () => {} }
    this.#lanes.add(lane)
    return {
      push: async (at, give) => {
        lane.lastAt = at ?? lane.lastAt
        lane.waiting.push({ at: lane.lastAt, cameMs: this.#clockwork.now(), give })
        this.#give()
        if (lane.waiting.length >= WAITING_MAX) await new Promise<void>((resolve) => (lane.resume = resolve))
      },
      end: () => {
        lane.isOver = true
        this.#give()
      },
    }
  }

  /** Nothing is given any more. */
  close(): void {
    this.#cancel()
    for (const { resume } of this.#lanes) resume()
    this.#lanes.clear()
  }

  #give(): void {
    this.#cancel()
    for (let lane = this.#next(); lane !== undefined; lane = this.#next()) {
      const line = lane.waiting.shift()!
      line.give()
      if (lane.waiting.length < WAITING_MAX) lane.resume()
    }
  }

  /** The stream whose line is due. Undefined: none, until something comes or the moment is over. */
  #next(): Lane | undefined {
    let first: Lane | undefined
    let isWhole = true
    let oldestMs = Infinity
    for (const lane of this.#lanes) {
      const [head] = lane.waiting
      if (head === undefined) {
        if (lane.isOver) this.#lanes.delete(lane)
        else isWhole = false
        continue
      }
      oldestMs = Math.min(oldestMs, head.cameMs)
      if (first === undefined || head.at < first.waiting[0]!.at) first = lane
    }
    const leftMs = oldestMs + HOLD_MS - this.#clockwork.now()
    if (first === undefined || isWhole || leftMs <= 0) return first
    this.#cancel = this.#clockwork.after(leftMs, () => this.#give())
    return undefined
  }
}

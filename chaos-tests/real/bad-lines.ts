/**
 * Which lines between machines are bad by the faults there are, and the cable of which machine does what is done to each: each
 * way once, though two cables lie in it.
 *
 * @module
 */
import type { Cut, OneWay } from '../cluster.ts'
import type { Badness } from './bad-cables.ts'

/** What one fault does, to all that goes these ways. */
export interface BadLine extends Partial<Badness> {
  readonly isHit: Cut
  /** Of each way that is hit, one of these is an end: theirs are the cables that are bad. */
  readonly machines: readonly string[]
}

export class BadLines {
  readonly #lines = new Map<string, BadLine>()

  set(fault: string, line: BadLine): void {
    this.#lines.set(fault, line)
  }

  mend(fault: string): boolean {
    return this.#lines.delete(fault)
  }

  /** By how much all that goes this way is late, jitter aside. */
  lateMs(from: string, to: string): number {
    return this.#of(from, to).delayMs
  }

  isNoisy(from: string, to: string): boolean {
    return this.#of(from, to).flipped > 0
  }

  /** By machine: the ways to and from it which its cable makes bad. */
  cables(machines: readonly string[]): ReadonlyMap<string, readonly (OneWay & Badness)[]> {
    const holders = new Set([...this.#lines.values()].flatMap((line) => line.machines))
    const cables = new Map<string, (OneWay & Badness)[]>()
    for (const from of machines) {
      for (const to of machines) {
        if (!this.#hitting(from, to).length) continue
        const holder = holders.has(from) ? from : to
        cables.set(holder, [...(cables.get(holder) ?? []), { from, to, ...this.#of(from, to) }])
      }
    }
    return cables
  }

  #hitting(from: string, to: string): BadLine[] {
    return from === to ? [] : [...this.#lines.values()].filter(({ isHit }) => isHit(from, to))
  }

  /** Delays add up; of shares the worst counts. */
  #of(from: string, to: string): Badness {
    const lines = this.#hitting(from, to)
    const sum = (what: keyof Badness): number => lines.reduce((all, line) => all + (line[what] ?? 0), 0)
    const worst = (what: keyof Badness): number => Math.max(0, ...lines.map((line) => line[what] ?? 0))
    return {
      delayMs: sum('delayMs'),
      jitterMs: sum('jitterMs'),
      late: worst('late'),
      twice: worst('twice'),
      flipped: worst('flipped'),
    }
  }
}

/** What comes from one of these and what goes to one. */
export function touching(machines: readonly string[]): Cut {
  const touched = new Set(machines)
  return (from, to) => touched.has(from) || touched.has(to)
}

/** Machines such that each of these ways begins or ends at one: the one that all have in common, or all that say something. */
export function endsOf(ways: readonly OneWay[]): readonly string[] {
  const inAll = ways[0] === undefined ? [] : [ways[0].from, ways[0].to]
  const common = inAll.find((one) => ways.every(({ from, to }) => from === one || to === one))
  return common === undefined ? [...new Set(ways.map(({ from }) => from))] : [common]
}

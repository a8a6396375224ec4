/**
 * Which marks the seeds of a run came through (crdt/reached.ts), and which they did not: what no seed comes through, no
 * checker can find a bug in.
 *
 * @module
 */
import { MARKS, type Mark } from '../../crdt/index.ts'

/** What a few short seeds need not come through, and why. A long run must. */
export const RARE: Partial<Readonly<Record<Mark, string>>> = {
  'late-change-rebased': 'somebody has to write within the milliseconds in which a cut travels',
  'torn-tail-cut': 'the power has to fail within the 2 ms of an append, and part of it has to reach the platter',
  'snapshot-amid-appends':
    'the store has to be told of an append, and be asked for another one before it hears: over 256 messages in one turn',
  'snapshot-beside-log': 'the power has to fail between two steps of a snapshot, of which there are few',
  'machine-followed-agent': 'a machine has to go seconds after its agent, and stay away for longer than two dials',
  'bidders-widened': 'it takes more machines than are asked first, and some of them cut off',
  'later-round-joined': 'a node has to miss the end of a round that the others have left',
  'award-overtaken': 'a claim has to arrive within the milliseconds between an award and its own claim',
  'leftover-swept': 'an agent has to die between the end of a record and that of its containers',
}

export class MarkTally {
  readonly #seeds = new Map<Mark, number>()

  add(marks: Iterable<Mark>): void {
    for (const mark of marks) this.#seeds.set(mark, (this.#seeds.get(mark) ?? 0) + 1)
  }

  get missing(): readonly Mark[] {
    return (Object.keys(MARKS) as Mark[]).filter((mark) => !this.#seeds.has(mark))
  }

  /** The rarest first. */
  lines(): string[] {
    const reached = [...this.#seeds].toSorted(([one, some], [other, others]) => some - others || (one < other ? -1 : 1))
    return [
      `marks reached: ${reached.length} of ${Object.keys(MARKS).length}, by seeds: ${reached.map(([mark, seeds]) => `${mark} ${seeds}`).join(', ')}`,
      ...this.missing.map((mark) => `not reached: ${mark} (${MARKS[mark]})`),
    ]
  }
}

/**
 * What a peer is blamed for: a line in the log now and then, and its link when it is too much.
 *
 * Not every refusal proves bad will. A newer release may write what this one does not know, and passes it on in good faith; so
 * only what no release ever may send counts against everybody, and the rest against peers that say they run this release: those
 * have the same gate, and must have refused it themselves.
 *
 * @module
 */
import { Faults, type PeerId } from '../net/index.ts'
import { LineLimit, type Line } from './line-limit.ts'

/** Against the form, the signature and the bounds of what every release reads (docs/spec/crdt.md, store.md). */
const EVER_WRONG: ReadonlySet<string> = new Set(['GATE1', 'GATE3', 'GATE5', 'GATE6', 'frame'])

/** This node's own failure, or judged by a history that the sender may not have: GATE19, GATE20, CUT1, CUT2 ... */
const NOBODYS_FAULT = /^(GATE19|GATE20|CUT\d+)$/

/** [FAULT4] Whether the peer that sent it must have known better. */
export function isFault(rule: string, { isSameRelease }: { isSameRelease: boolean }): boolean {
  return EVER_WRONG.has(rule) || (isSameRelease && !NOBODYS_FAULT.test(rule))
}

export interface Misdeed {
  readonly peer: PeerId
  readonly rule: string
  /** By the peer's own word. */
  readonly isSameRelease: boolean
}

export interface Blamed {
  /** To be logged; undefined: there were enough lines. */
  readonly line: Line | undefined
  /** Its link is to be cut, and none is to be had for so long. */
  readonly shunMs: number | undefined
}

export class Blame {
  readonly #faults = new Faults()
  /** [FAULT5] A line for a peer and a rule a minute: a flood of bad bytes must not become a flood of lines on disk. */
  readonly #lines = new LineLimit({ perKey: 1, total: 60 })

  /** `nowMs`: monotonic. */
  judge({ peer, rule, isSameRelease }: Misdeed, nowMs: number): Blamed {
    return {
      line: this.#lines.take(`${peer}/${rule}`, nowMs),
      shunMs: isFault(rule, { isSameRelease }) ? this.#faults.blame(peer, nowMs) : undefined,
    }
  }

  mayLink(peer: PeerId, nowMs: number): boolean {
    return !this.#faults.isShunned(peer, nowMs)
  }
}

import { describe, expect, test } from 'vitest'
import type { BidFact } from '../../crdt/index.ts'
import { KEY } from '../control/sample.ts'
import { slot, type Slot } from '../control/slot.ts'
import { Auction, REST_MS, SETTLE_MS, WAIT_MS, WINDOW_MS, type AuctionEffect, type Situation } from './auction.ts'
import { APART_MS, lateAfterMs, NEW_PATIENCE_MS, PATIENCE_MS } from './patience.ts'

const slots = (...indexes: number[]) => indexes.map((index) => slot(KEY, 'new', index))

/** One auction as node `a` sees it, with members a, b and c. */
class Table {
  readonly auction = new Auction()
  nowMs = 1_000
  open: Slot[] = slots(0)
  members = ['a', 'b', 'c']
  isEveryone = true
  signature = 'as it was'
  /** Who is waited for beyond the window; nobody. */
  patience: Readonly<Record<string, number>> = {}
  /** Who is waited for as one that has just started, in rounds that begin before. */
  newUntilMs: Readonly<Record<string, number>> = {}
  said: AuctionEffect[] = []
  lastAuction = ''

  after(ms: number): this {
    this.nowMs += ms
    return this.step()
  }

  step(): this {
    for (;;) {
      const effects = this.auction.step(this.#situation())
      this.said.push(...effects)
      const asked = effects.find((effect) => effect.type === 'bid')
      if (effects.length === 0) return this
      if (asked === undefined) continue
      this.lastAuction = asked.round.auction
      this.auction.hear('a', bid(asked.round.auction, [5]), this.nowMs)
    }
  }

  hear(node: string, { auction = this.lastAuction, curve = [4] }: { auction?: string; curve?: number[] } = {}): this {
    this.auction.hear(node, bid(auction, curve), this.nowMs)
    return this.step()
  }

  /** What happened since the last look, in words. */
  get events(): string[] {
    const said = this.said.splice(0)
    return said.map((effect) =>
      effect.type === 'bid'
        ? `bid ${attemptOf(effect.round.auction)}`
        : `award ${effect.awards.map(({ winner }) => winner).join() || 'nobody'}`,
    )
  }

  #situation(): Situation {
    const { nowMs, open, members, isEveryone, signature, patience } = this
    return {
      nowMs,
      self: 'a',
      open,
      bidders: () => ({ members, isEveryone }),
      patienceMs: (node, agoMs) =>
        nowMs - agoMs < (this.newUntilMs[node] ?? 0) ? NEW_PATIENCE_MS : (patience[node] ?? 0),
      signature: () => signature,
      backoffMs: 0,
    }
  }
}

const bid = (auction: string, curve: number[]): BidFact => ({
  workload: KEY,
  revision: 'new',
  auction,
  curve,
  parts: {},
})
const attemptOf = (auction: string): number => Number(auction.split('-')[1])
const withAttempt = (auction: string, attempt: number): string => `${auction.split('-')[0]}-${attempt}`

const opened = (table = new Table()): Table => table.step().after(SETTLE_MS)

describe('an auction', () => {
  test('[AUC1] opens a moment after slots do, for all that are open by then', () => {
    const table = new Table().step()
    table.open = slots(0, 1, 2)
    expect(table.after(SETTLE_MS - 1).events).toEqual([])
    expect(table.after(1).events).toEqual(['bid 0'])
    table.open = slots(0, 1, 2, 3)
    table.hear('b', { curve: [4] }).hear('c', { curve: [4] })
    expect(table.events).toEqual([expect.stringMatching(/^award (.,){2}.$/)])
  })

  test('[AUC2] is decided by the last expected bid, before its window is over', () => {
    const table = opened().hear('b')
    expect(table.events).toEqual(['bid 0'])
    expect(table.hear('c').events).toEqual(['award a'])
  })

  test('[AUC2] is decided by its window where the bid of a node stays out that is not waited for', () => {
    const table = opened().hear('b', { curve: [9] })
    expect(table.after(WINDOW_MS - 1).events).toEqual(['bid 0'])
    expect(table.after(1).events).toEqual(['award b'])
  })

  test('[AUC7] waits for a late bidder that lives, whoever else has bid, and is decided by its bid', () => {
    const table = opened(Object.assign(new Table(), { patience: { c: 3 * WINDOW_MS } })).hear('b')
    expect(table.after(WINDOW_MS).after(WINDOW_MS).events).toEqual(['bid 0'])
    expect(table.hear('c', { curve: [9] }).events).toEqual(['award c'])
  })

  test('[AUC7] waits for nobody for longer than its patience says', () => {
    const table = opened(Object.assign(new Table(), { patience: { b: 3 * WINDOW_MS, c: WINDOW_MS } }))
    expect(table.after(WINDOW_MS).after(WINDOW_MS).events).toEqual(['bid 0'])
    expect(table.after(WINDOW_MS).events).toEqual(['award a'])
  })

  test('[AUC7] waits as long for who was new when it began as for one that is new', () => {
    const table = opened().hear('b')
    table.newUntilMs = { c: table.nowMs + 1 }
    for (let forMs = WINDOW_MS; forMs < NEW_PATIENCE_MS; forMs += WINDOW_MS) table.after(WINDOW_MS)
    expect(table.events).toEqual(['bid 0'])
    expect(table.after(WINDOW_MS).events).toEqual(['award a'])
  })

  test('[AUC7] gives up at the end of the window on who dies meanwhile', () => {
    const table = opened(Object.assign(new Table(), { patience: { c: 9 * WINDOW_MS } })).hear('b')
    expect(table.after(WINDOW_MS).events).toEqual(['bid 0'])
    table.patience = {}
    expect(table.after(WINDOW_MS).events).toEqual(['award a'])
  })

  test('[AUC7] while it waits its slots stay as they were, so that the late bid still counts', () => {
    const table = opened(Object.assign(new Table(), { open: slots(0, 1), patience: { c: 3 * WINDOW_MS } })).hear('b')
    table.open = slots(1)
    expect(table.after(WINDOW_MS).hear('c', { curve: [9] }).events).toEqual([
      'bid 0',
      expect.stringMatching('award c,'),
    ])
  })

  test('[AUC3] rests longer where a bidder is slow, so that it has made its claims', () => {
    const slow = { patience: { c: PATIENCE_MS + 200 } }
    const table = opened(Object.assign(new Table(), slow)).hear('b').hear('c')
    void table.events
    expect(table.after(REST_MS + 199).events).toEqual([])
    expect(table.after(1).events).toEqual(['bid 1'])
  })

  test('[AUC2] counts bids that came before it opened', () => {
    const early = opened()
    const table = new Table().step()
    table.hear('b', { auction: early.lastAuction }).hear('c', { auction: early.lastAuction })
    expect(table.events).toEqual(['bid 0', 'award a'])
  })

  /** Of a round that others opened so long before this node did. */
  const joined = (lateMs: number, newForMs = 0): Table => {
    const { lastAuction } = opened()
    const table = new Table()
    table.newUntilMs = { a: table.nowMs + newForMs }
    table.auction.hear('b', bid(lastAuction, [4]), table.nowMs)
    return table.after(lateMs)
  }

  test('[AUC8] has no bid of a node that comes to it when others may have awarded without it', () => {
    expect(joined(lateAfterMs(PATIENCE_MS)).events).toEqual(['bid 0'])
    const table = joined(lateAfterMs(PATIENCE_MS) + 1)
    expect(table.events).toEqual([])
    expect(table.after(WINDOW_MS).events).toEqual(['award b'])
  })

  test.each([
    { what: 'and is so to all', newForMs: APART_MS + 1, lateMs: lateAfterMs(NEW_PATIENCE_MS), events: ['bid 0'] },
    { what: 'and too late for that', newForMs: APART_MS + 1, lateMs: lateAfterMs(NEW_PATIENCE_MS) + 1, events: [] },
    { what: 'and may not be to others', newForMs: APART_MS, lateMs: lateAfterMs(PATIENCE_MS) + 1, events: [] },
  ])('[AUC8] of a node that is new when it begins, $what', ({ newForMs, lateMs, events }) => {
    expect(joined(lateMs, newForMs).events).toEqual(events)
  })

  test('[AUC8] has its bid later for all that: the next round, and one for the same slots when this one is long over', () => {
    const table = joined(lateAfterMs(PATIENCE_MS) + 1).after(WINDOW_MS)
    expect(table.after(REST_MS).events).toEqual(['award b', 'bid 1'])
    expect(joined(60_000).after(SETTLE_MS).events).toEqual(['bid 0'])
  })

  test('[AUC8] that was awarded here is not what is held for the same slots a moment later', () => {
    const table = opened().hear('b').hear('c')
    table.hear('c', { curve: [9] }) // once more, late
    table.open = []
    table.after(REST_MS)
    table.open = slots(0)
    void table.events
    expect(table.after(REST_MS).after(SETTLE_MS).events).toEqual(['bid 0'])
  })

  test("[AUC2] counts nobody's bid for other slots", () => {
    const table = opened()
      .hear('b', { auction: '0000000000000000-0', curve: [9] })
      .hear('c')
    expect(table.after(3 * WINDOW_MS).events).not.toContain('award b')
  })

  test('[AUC3] is followed by a rest, in which its claims arrive', () => {
    const table = opened().hear('b').hear('c')
    void table.events
    expect(table.after(REST_MS - 1).events).toEqual([])
    table.open = []
    table.after(1)
    expect([table.events, table.auction.at]).toEqual([[], 'idle'])
  })

  test('[AUC3] is held again after the rest where no claim came', () => {
    const table = opened().hear('b').hear('c')
    void table.events
    expect(table.after(REST_MS).events).toEqual(['bid 1'])
  })

  test('[AUC3] uses its bids up: none counts in a later round', () => {
    const table = opened().hear('b').hear('c')
    table.open = []
    table.after(REST_MS)
    table.open = slots(0)
    void table.events
    expect(table.step().after(SETTLE_MS).events).toEqual(['bid 0'])
  })

  test('[AUC4] looks again at the slots where others saw other ones', () => {
    const table = opened()
    const other = opened(Object.assign(new Table(), { open: slots(0, 1) }))
    table.hear('b', { auction: other.lastAuction }).hear('c', { auction: other.lastAuction })
    table.open = slots(0, 1)
    expect(table.after(WINDOW_MS).events).toEqual(['bid 0', 'bid 0', expect.stringMatching(/^award .,.$/)])
  })

  test('[AUC4] does not look again for ever', () => {
    const table = opened()
    const events: string[] = []
    for (let round = 0; round < 4; round++)
      events.push(...table.hear('b', { auction: `000000000000000${round}-0` }).after(WINDOW_MS).events)
    expect(events).toContain('award a')
  })

  test('[AUC5] follows others to a later round of the same slots', () => {
    const table = opened()
    expect(table.hear('b', { auction: withAttempt(table.lastAuction, 3) }).events).toEqual(['bid 0', 'bid 3'])
    const resting = opened().hear('b').hear('c')
    expect(resting.hear('b', { auction: withAttempt(resting.lastAuction, 1) }).events.at(-1)).toBe('bid 1')
  })

  test.each(['-1', '1e9', '1000001', '99999999', '', 'x'])('[AUC5] follows nobody to attempt "%s"', (attempt) => {
    const table = opened()
    expect(table.hear('b', { auction: `${table.lastAuction.split('-')[0]}-${attempt}` }).events).toEqual(['bid 0'])
  })

  test('[AUC6] that nobody could win is held again after five seconds, then ten', () => {
    const table = opened(Object.assign(new Table(), { members: [] }))
    expect(table.events).toEqual(['award nobody'])
    table.after(REST_MS)
    expect(table.after(WAIT_MS - 1).events).toEqual([])
    expect(table.after(1).events).toEqual(['award nobody'])
    table.after(REST_MS)
    expect(table.after(2 * WAIT_MS - 1).events).toEqual([])
    expect(table.after(1).events).toEqual(['award nobody'])
  })

  test('[AUC6] that nobody could win is held again when something changes', () => {
    const table = opened(Object.assign(new Table(), { members: [] }))
    table.after(REST_MS)
    void table.events
    expect(table.after(REST_MS).events).toEqual([])
    table.signature = 'a node was uncordoned'
    expect(table.step().events).toEqual(['award nobody'])
  })

  test.each([
    ['while the others are asked', 0],
    ['just after they had said no', 1],
    ['just after it began to wait', REST_MS + 1],
  ])('[AUC6] that nobody could win is held again when something changes %s', (_when, ms) => {
    const table = new Table().step().after(SETTLE_MS)
    const says = (node: string): unknown => table.hear(node, { curve: [] })
    table.auction.hear('a', bid(table.lastAuction, []), table.nowMs)
    says('b')
    if (ms === 0) table.signature = 'a node was uncordoned'
    says('c')
    expect(table.after(ms).events).toEqual(['bid 0', 'award nobody'])
    table.signature = 'a node was uncordoned'
    table.step()
    // No later than its own clock says: nothing else may happen for a long time.
    expect(table.auction.dueMs).toBeLessThanOrEqual(table.nowMs + 2 * REST_MS)
    expect(table.after(table.auction.dueMs! - table.nowMs).events).toEqual(['bid 1'])
  })

  test('[AUC6] is over at once when nothing is open any more', () => {
    const table = opened()
    table.open = []
    table.step()
    expect([table.auction.at, table.auction.dueMs]).toEqual(['idle', undefined])
  })
})

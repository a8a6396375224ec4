/**
 * One group's auction as this node sees it: the open slots are looked at for a moment, frozen, bid for, awarded, and the
 * group rests until the claims had time to arrive. Nobody runs it; every node goes through it alone, and hearing a bid of a
 * later round is enough to follow the others there.
 *
 * ```
 *  idle -> settling -> open -> resting -> idle            all slots are claimed
 *                       ^         |
 *                       +---------+--> waiting -> open    nobody could: on a change, or after a while
 * ```
 * Sans-IO: time comes in, effects go out, `dueMs` says when to call again.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { BidFact, NodeId } from '../../crdt/index.ts'
import type { Slot } from '../control/slot.ts'
import { award, type Award } from './award.ts'
import { APART_MS, lateAfterMs, PATIENCE_MS_MAX, slownessMs } from './patience.ts'
import { reached } from '../../crdt/index.ts'

/** Slots that open together (a node died, a Deployment was applied) are seen within this time of one another. */
export const SETTLE_MS = 30

/** Two hops there and back between distant sites. */
export const WINDOW_MS = 150

/** A claim written at the award has reached everyone by then, and those who are slow have made theirs. */
export const REST_MS = 300

/** Nobody can, and nothing has changed: ask again after 5 s, then twice as long each time. */
export const WAIT_MS = 5_000
const WAIT_MS_MAX = 60_000

/** A bid that came before we opened ourselves counts if it is no older than this: most have awarded the round of an older one. */
const FRESH_MS = 1_200

/** A round that began so long ago is over everywhere: for the same slots there may be another one. */
const OVER_MS = 2 * PATIENCE_MS_MAX

/** Windows a round waits for bids that were made for other open slots. */
const EXTENSIONS_MAX = 2

/** What a foreign bid may pull us up to. */
const ATTEMPT_MAX = 1_000_000

/** Bidders remembered per group: more than any round has. */
const HEARD_MAX = 4_096

export interface Situation {
  readonly nowMs: number
  readonly self: NodeId
  /** Slots wanted and not held, as seen now. */
  readonly open: readonly Slot[]
  bidders(attempt: number): { readonly members: readonly NodeId[]; readonly isEveryone: boolean }
  /** How long a round that began so long ago is kept open for this node's bid; see `patience.ts`. */
  patienceMs(node: NodeId, agoMs: number): number
  /** Changes with everything that may change an answer to "can you take it". */
  signature(): string
  /** Added to every pause where claims of the group failed of late. */
  readonly backoffMs: number
}

export interface Round {
  readonly slots: readonly Slot[]
  readonly attempt: number
  /** `<digest of the slots>-<attempt>` */
  readonly auction: string
  readonly members: readonly NodeId[]
  readonly isEveryone: boolean
  readonly bids: Map<NodeId, BidFact>
  readonly openedAtMs: number
  /** What could turn a decline into an offer, as it was when all were asked. */
  readonly signature: string
  /** End of the present window. */
  readonly closesAtMs: number
  readonly extensions: number
}

type State =
  | { readonly at: 'idle' }
  | { readonly at: 'settling'; readonly untilMs: number }
  | { readonly at: 'open'; readonly round: Round }
  | {
      readonly at: 'resting'
      readonly untilMs: number
      readonly attempt: number
      readonly nobody: boolean
      readonly signature: string
    }
  | {
      readonly at: 'waiting'
      readonly untilMs: number
      readonly sinceMs: number
      readonly attempt: number
      readonly signature: string
    }

export type AuctionEffect =
  | { readonly type: 'bid'; readonly round: Round }
  | { readonly type: 'award'; readonly round: Round; readonly awards: readonly Award[] }

export class Auction {
  #state: State = { at: 'idle' }
  readonly #heard = new Map<NodeId, { readonly bid: BidFact; readonly atMs: number }>()
  /** When the first bid for an auction was heard, of those that were not awarded here. */
  readonly #begunMs = new Map<string, number>()
  #lastAwarded = ''
  /** What the wait was the last time nobody could. */
  #waitMs = WAIT_MS

  get at(): State['at'] {
    return this.#state.at
  }

  /** Nothing would be lost with it. */
  get isForgettable(): boolean {
    return this.#state.at === 'idle' && this.#heard.size === 0 && this.#begunMs.size === 0
  }

  /** When to call `step` next; undefined: on a change or a bid. */
  get dueMs(): number | undefined {
    const state = this.#state
    switch (state.at) {
      case 'idle':
        return undefined
      case 'open':
        return state.round.closesAtMs
      case 'settling':
      case 'resting':
      case 'waiting':
        return state.untilMs
    }
  }

  /** A bid came, or our own was made. Followed by `step`. */
  hear(node: NodeId, bid: BidFact, nowMs: number): void {
    if (this.#heard.size >= HEARD_MAX && !this.#heard.has(node)) return
    this.#heard.set(node, { bid, atMs: nowMs })
    const isNew = bid.auction !== this.#lastAwarded && !this.#begunMs.has(bid.auction)
    if (isNew && this.#begunMs.size < HEARD_MAX) this.#begunMs.set(bid.auction, nowMs)
    if (this.#state.at === 'open') this.#count(this.#state.round, node, bid)
  }

  step(situation: Situation): AuctionEffect[] {
    if (situation.open.length === 0) return this.#rest(situation.nowMs)
    const later = this.#laterAttempt(situation)
    if (later === undefined) return this.#advance(situation)
    if (this.#state.at === 'open') reached('later-round-joined')
    return this.#open(situation, later)
  }

  /** Nothing is open, or not yet for us: bids that came early are kept a moment. */
  #rest(nowMs: number): AuctionEffect[] {
    this.#state = { at: 'idle' }
    this.#waitMs = WAIT_MS
    for (const [node, { atMs }] of this.#heard) if (nowMs - atMs > FRESH_MS) this.#heard.delete(node)
    this.#forgetOver(nowMs)
    return []
  }

  #forgetOver(nowMs: number): void {
    for (const [auction, begunMs] of this.#begunMs) if (nowMs - begunMs > OVER_MS) this.#begunMs.delete(auction)
  }

  #advance(situation: Situation): AuctionEffect[] {
    const state = this.#state
    const { nowMs } = situation
    switch (state.at) {
      case 'idle':
        this.#state = { at: 'settling', untilMs: nowMs + SETTLE_MS + situation.backoffMs }
        return []
      case 'settling':
        return nowMs < state.untilMs ? [] : this.#open(situation, 0)
      case 'open':
        return this.#follow(state.round, situation)
      case 'resting':
        if (nowMs < state.untilMs) return []
        return state.nobody && situation.signature() === state.signature
          ? this.#wait(state, situation)
          : this.#open(situation, state.attempt)
      case 'waiting':
        return this.#mayTryAgain(state, situation) ? this.#open(situation, state.attempt) : []
    }
  }

  /** [AUC5] Bids heard for the same slots in a later round: the others are there already. */
  #laterAttempt({ open, nowMs }: Situation): number | undefined {
    const digest = digestOf(open)
    let later = this.#attempt
    for (const { bid, atMs } of this.#heard.values()) {
      const [slots, attempt] = splitAuction(bid.auction)
      if (slots === digest && attempt > later && nowMs - atMs <= FRESH_MS) later = attempt
    }
    return later > this.#attempt ? later : undefined
  }

  /** The attempt that runs or ran last. */
  get #attempt(): number {
    const state = this.#state
    switch (state.at) {
      case 'idle':
      case 'settling':
        return -1
      case 'open':
        return state.round.attempt
      case 'resting':
      case 'waiting':
        return state.attempt - 1
    }
  }

  /** [AUC1] From here to the award the slots are frozen: a bid is for exactly these. */
  #open(situation: Situation, attempt: number, before?: Round): AuctionEffect[] {
    const { open, nowMs, self } = situation
    this.#forgetOver(nowMs)
    const auction = `${digestOf(open)}-${attempt}`
    const { members: all, isEveryone: areAll } = situation.bidders(attempt)
    const isLate = this.#isLate(auction, situation)
    const members = isLate ? all.filter((node) => node !== self) : all
    const isEveryone = areAll && !isLate
    const round: Round = {
      slots: open,
      attempt,
      auction,
      members,
      isEveryone,
      bids: new Map(),
      openedAtMs: before?.openedAtMs ?? nowMs,
      signature: before?.signature ?? situation.signature(),
      closesAtMs: nowMs + WINDOW_MS,
      extensions: before === undefined ? 0 : before.extensions + 1,
    }
    this.#state = { at: 'open', round }
    for (const [node, { bid, atMs }] of this.#heard) if (nowMs - atMs <= FRESH_MS) this.#count(round, node, bid)
    // A bid already out for this very auction stands (the round was only extended).
    if (members.includes(self) && !round.bids.has(self)) return [{ type: 'bid', round }]
    return members.length === 0 ? this.#award(round, situation) : this.#follow(round, situation)
  }

  /**
   * [AUC8] Whose bid would come when some have awarded without it, and others not yet, makes none: two would be the first to
   * take a slot. The others have it as one that is silent.
   */
  #isLate(auction: string, { nowMs, self, patienceMs }: Situation): boolean {
    const begunMs = this.#begunMs.get(auction)
    if (begunMs === undefined || this.#heard.get(self)?.bid.auction === auction) return false
    // It may be no more as new to others as it is to itself.
    const isLate = nowMs - begunMs > lateAfterMs(patienceMs(self, nowMs - begunMs - APART_MS))
    if (isLate) reached('late-bid-withheld')
    return isLate
  }

  #count(round: Round, node: NodeId, bid: BidFact): void {
    if (bid.auction === round.auction) round.bids.set(node, bid)
  }

  /** [AUC2] All expected bids decide at once; else time does, with those that came. */
  #follow(round: Round, situation: Situation): AuctionEffect[] {
    const { nowMs } = situation
    const silent = round.members.filter((node) => !round.bids.has(node))
    if (silent.length === 0) return this.#award(round, situation)
    if (nowMs < round.closesAtMs) return []
    // [AUC4] Views differed: what was late has arrived meanwhile.
    if (round.extensions < EXTENSIONS_MAX && this.#othersSeeOtherSlots(round, nowMs)) {
      reached('round-extended')
      return this.#open(situation, round.attempt, round)
    }
    const openMs = nowMs - round.openedAtMs
    // [AUC7] The slots stay frozen: who has all bids already claims its share meanwhile, and the award stays the same.
    if (!silent.some((node) => openMs < situation.patienceMs(node, openMs))) {
      reached('award-without-silent')
      return this.#award(round, situation)
    }
    this.#state = { at: 'open', round: { ...round, closesAtMs: nowMs + WINDOW_MS } }
    return []
  }

  #othersSeeOtherSlots({ auction, members, bids }: Round, nowMs: number): boolean {
    return members.some((node) => {
      const heard = bids.has(node) ? undefined : this.#heard.get(node)
      return heard !== undefined && heard.bid.auction !== auction && nowMs - heard.atMs <= 2 * WINDOW_MS
    })
  }

  /** [AUC3] An award uses the bids up and lets the group rest, so that no slot is awarded again while its claim travels. */
  #award(round: Round, { nowMs, backoffMs, patienceMs }: Situation): AuctionEffect[] {
    const awards = award({ open: round.slots, bids: round.bids })
    const openMs = nowMs - round.openedAtMs
    const slowMs = slownessMs(round.members.map((node) => patienceMs(node, openMs)))
    this.#heard.clear()
    this.#begunMs.delete(round.auction)
    this.#lastAwarded = round.auction
    const nobody = awards.length < round.slots.length && round.isEveryone
    this.#state = {
      at: 'resting',
      untilMs: nowMs + REST_MS + slowMs + backoffMs,
      attempt: Math.min(ATTEMPT_MAX, round.attempt + 1),
      nobody,
      signature: round.signature,
    }
    return [{ type: 'award', round, awards }]
  }

  /** [AUC6] Nobody can: try again when something changes after they were asked, and now and then in any case. */
  #wait({ attempt, signature }: State & { at: 'resting' }, { nowMs }: Situation): AuctionEffect[] {
    this.#state = { at: 'waiting', untilMs: nowMs + this.#waitMs, sinceMs: nowMs, attempt, signature }
    this.#waitMs = Math.min(WAIT_MS_MAX, this.#waitMs * 2)
    return []
  }

  #mayTryAgain(state: State & { at: 'waiting' }, { nowMs, backoffMs, signature }: Situation): boolean {
    if (nowMs >= state.untilMs) return true
    if (signature() === state.signature) return false
    this.#waitMs = WAIT_MS
    const againMs = state.sinceMs + REST_MS + backoffMs
    if (nowMs >= againMs) return true
    this.#state = { ...state, untilMs: Math.min(state.untilMs, againMs) }
    return false
  }
}

/** 64 bits of the sorted slot names: enough to tell apart what is open at one time. */
function digestOf(slots: readonly Slot[]): string {
  const hash = createHash('sha256')
  for (const id of slots.map(({ id }) => id).sort()) hash.update(id).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Anything else than `<digest>-<attempt>` has an attempt nobody follows. */
function splitAuction(auction: string): [slots: string, attempt: number] {
  const parts = /^([0-9a-f]{16})-(\d{1,7})$/.exec(auction)
  const attempt = Number(parts?.[2] ?? -1)
  return parts === null || attempt > ATTEMPT_MAX ? ['', -1] : [parts[1]!, attempt]
}

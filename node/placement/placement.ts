/**
 * Placement by bid, the whole of it for one node and without I/O: the view and the bids of others come in, bids, claims and
 * releases go out. Every node runs the same; what one node decides about another it never tells it, since the other comes to
 * the same by itself.
 *
 * @module
 */
import type { DocumentKey, BidFact, BidLine, FactName, NodeId, PodFact } from '../../crdt/index.ts'
import { holdEnds, type Sight } from '../control/claims.ts'
import type { NodeRow } from '../control/rows.ts'
import { groupOf, type GroupId, type SlotId } from '../control/slot.ts'
import { Auction, REST_MS, type AuctionEffect, type Round, type Situation } from './auction.ts'
import type { Award } from './award.ts'
import { bidName, makeBid } from './bid.ts'
import { portTaken } from './host-ports.ts'
import { bidderSet } from './bidder-set.ts'
import { claimFact } from './claim.ts'
import { reasonAgainst } from './eligible.ts'
import { Failures, type Report } from './failures.ts'
import { GivingUp } from './give-up.ts'
import { bidLines, CLAIM_LINES_MAX, pastRound, takenBy, type History } from './history.ts'
import { patienceMs } from './patience.ts'
import { Pending, type PendingEffect } from './pending.ts'
import { Promises } from './promises.ts'
import { freeOf, holdersOn, minus, podRequests, times, usedOn } from './requests.ts'
import { capacitySignature, Surveyor, type OpenGroup, type Snapshot, type Survey } from './survey.ts'
import { reached } from '../../crdt/index.ts'

/** A bid is read within a second or never. */
const BID_TTL_MS = 2_000

/** A claim of ours is in our own view by then, or writing it failed. */
const CLAIM_SEEN_MS = 1_000

/** With nothing due: rollouts that wait for `minReadySeconds`, claims that stay silent. */
const LOOK_AGAIN_MS = 1_000
/** [PLC14] Where all that is wanted serves, only a change brings anything new; this is for the one that nobody told. */
const LOOK_AT_REST_MS = 10_000

/** [PLC13] A neighbour that has not told by then what it knows is not waited for: the detector has judged it twice over. */
const BRIEFING_MS = 6_000

/** Groups of which bids are heard though nothing of them is open here: they are kept a moment, in case it opens. */
const AUCTIONS_MAX = 4_096

export type PlacementEffect =
  | { readonly type: 'bid'; readonly name: FactName; readonly bid: BidFact; readonly ttlMs: number }
  | { readonly type: 'claim'; readonly name: FactName; readonly fact: PodFact }
  | { readonly type: 'release'; readonly uid: string; readonly reason: string }
  | PendingEffect
  | { readonly type: 'note'; readonly what: string; readonly facts: Readonly<Record<string, unknown>> }

/** Claims are dated by the wall clock, everything that waits by the monotonic one. */
export interface Instant {
  readonly nowMs: number
  readonly monoMs: number
}

export interface PlacementOptions {
  readonly self: NodeId
  readonly history: History
  /** [CLM10] How long its verdict has stood, whatever the wall clock says. */
  verdictMs(node: NodeId): number
  /** How long the claims of an unreachable node hold: the detector knows who flaps. */
  holdMs(node: NodeId): number
  /** Of its last beat, where it is a neighbour. */
  roundTripMs(node: NodeId): number | undefined
  /** Whether every neighbour that is taken for alive has told what it knows, since this node started. */
  isBriefed(): boolean
  /** Whether this node knows that it was there, and is no more. */
  isDeleted(workload: DocumentKey): boolean
  /** How long all has to be calm before this node takes a pod to even out the nodes. Absent: it takes none. */
  readonly calmMs?: number | undefined
}

export class Placement {
  readonly #options: PlacementOptions
  readonly #auctions = new Map<GroupId, Auction>()
  readonly #promises = new Promises()
  readonly #failures = new Failures()
  /** Slots claimed here that the view may not show yet. */
  readonly #claimedAtMs = new Map<SlotId, number>()
  readonly #pending = new Pending()
  readonly #givingUp: GivingUp
  #snapshot: Snapshot = { nodes: [], pods: [], workloads: [] }
  readonly #surveyor = new Surveyor()
  #survey: Survey = { groups: new Map(), releases: [], claims: [], departures: [], orphans: [], isAtRest: false }
  #dueMs = 0
  #startedMs: number | undefined
  #isBriefed = false

  constructor(options: PlacementOptions) {
    this.#options = options
    this.#givingUp = new GivingUp({ self: options.self, isDeleted: (workload) => options.isDeleted(workload) })
  }

  /** When to call `evaluate` again though nothing has changed, on the monotonic clock. */
  get dueMs(): number {
    return this.#dueMs
  }

  evaluate(snapshot: Snapshot, at: Instant): PlacementEffect[] {
    this.#snapshot = snapshot
    this.#forgetClaimed(at)
    const sight = this.#sight(at)
    this.#survey = this.#surveyOf(snapshot, sight, at)
    this.#watchFailures(at)
    const releases = this.#givingUp.due(this.#survey, at.monoMs)
    const effects = [
      ...releases.map((release): PlacementEffect => ({ type: 'release', ...release })),
      ...[...this.#survey.groups.values()].flatMap((group) => this.#step(group, at)),
      ...this.#pending.changes(this.#survey.groups),
    ]
    this.#closeAuctions(at)
    this.#dueMs = Math.min(
      at.monoMs + (this.#isAtRest ? LOOK_AT_REST_MS : LOOK_AGAIN_MS),
      ...holdEnds(sight).map((leftMs) => at.monoMs + leftMs),
      at.monoMs + (this.#survey.calmAtMs ?? Infinity) - at.nowMs,
      ...this.#auctionDues(),
    )
    return effects
  }

  /** A bid of another node. */
  heard(node: NodeId, bid: BidFact, at: Instant): PlacementEffect[] {
    const id = groupOf(bid)
    const auction = this.#auctionOf(id)
    if (auction === undefined || node === this.#options.self) return []
    auction.hear(node, bid, at.monoMs)
    const group = this.#survey.groups.get(id)
    const effects = group === undefined ? [] : this.#step(group, at)
    this.#dueMs = Math.min(this.#dueMs, at.monoMs + LOOK_AGAIN_MS, auction.dueMs ?? Infinity)
    return [...effects, ...this.#pending.changes(this.#survey.groups)]
  }

  /** This node's agent could not start a pod, or gave its claim up. */
  failed(report: Report, at: Instant): void {
    this.#failures.report(report, this.#options.self, at.monoMs)
  }

  /**
   * [PLC13] A node that has just started knows what is wanted, and of the pods only its own: until its neighbours have told it
   * of theirs, a slot that seems open says nothing.
   */
  #surveyOf(snapshot: Snapshot, sight: Sight, { monoMs }: Instant): Survey {
    this.#startedMs ??= monoMs
    this.#isBriefed ||= this.#options.isBriefed() || monoMs - this.#startedMs >= BRIEFING_MS
    const whole = this.#surveyor.survey(snapshot, sight, this.#isBriefed ? this.#options.calmMs : undefined)
    return this.#isBriefed ? whole : { ...whole, groups: new Map() }
  }

  #sight({ nowMs }: Instant): Sight {
    const { nodes } = this.#snapshot
    // It is asked for each pod.
    const holds = new Map<NodeId, number>()
    return {
      nowMs,
      nodes: new Map(nodes.map((node) => [node.id, { ...node, forMs: this.#options.verdictMs(node.id) }])),
      holdMs: (node) => {
        const known = holds.get(node) ?? this.#options.holdMs(node)
        holds.set(node, known)
        return known
      },
      idle: this.#failures.idle(),
    }
  }

  #watchFailures({ monoMs }: Instant): void {
    const open = [...this.#survey.groups.values()].flatMap((group) => group.open.map(({ id }) => id))
    this.#failures.observe(this.#survey.claims, new Set(open), monoMs)
    this.#failures.expire(monoMs)
  }

  // ---- auctions

  #auctionOf(id: GroupId): Auction | undefined {
    const known = this.#auctions.get(id)
    if (known !== undefined || this.#auctions.size >= AUCTIONS_MAX) return known
    const auction = new Auction()
    this.#auctions.set(id, auction)
    return auction
  }

  #step(group: OpenGroup, at: Instant): PlacementEffect[] {
    const auction = this.#auctionOf(group.id)
    if (auction === undefined) return []
    const effects: PlacementEffect[] = []
    // An auction asks for our bid, then decides with it: two turns, and a third that finds nothing to do.
    for (
      let due = auction.step(this.#situation(group, at));
      due.length > 0;
      due = auction.step(this.#situation(group, at))
    ) {
      for (const effect of due) effects.push(...this.#apply(effect, { group, auction, at }))
    }
    // [PRM1] Whatever ended the round, nobody can win what was bid in it any more.
    if (auction.at !== 'open') this.#promises.release(group.id)
    return effects
  }

  #situation(group: OpenGroup, { nowMs, monoMs }: Instant): Situation {
    const { nodes } = this.#snapshot
    const ignored = this.#failures.ignored(
      group.id,
      nodes.map(({ id }) => id),
      monoMs,
    )
    const failures = this.#failures.count(group.id, monoMs)
    const open = this.#stillOpen(group)
    return {
      nowMs: monoMs,
      self: this.#options.self,
      open,
      bidders: (attempt) =>
        bidderSet({
          group: group.id,
          template: group.template,
          // [REB7] Only those with whom it is better off.
          nodes: group.move === undefined ? nodes : nodes.filter(({ id }) => group.move!.targets.has(id)),
          holders: group.holders,
          openCount: open.length,
          attempt,
          ignored,
        }),
      patienceMs: (id, agoMs) =>
        patienceMs(
          nodes.find((node) => node.id === id),
          { atMs: nowMs - agoMs, roundTripMs: this.#options.roundTripMs(id) },
        ),
      signature: () => capacitySignature(this.#snapshot),
      backoffMs: backoffMs(failures),
    }
  }

  #stillOpen({ open }: OpenGroup): OpenGroup['open'] {
    return open.filter(({ id }) => !this.#claimedAtMs.has(id))
  }

  #apply(effect: AuctionEffect, place: { group: OpenGroup; auction: Auction; at: Instant }): PlacementEffect[] {
    switch (effect.type) {
      case 'bid':
        return this.#bid(effect.round, place)
      case 'award':
        return this.#award(effect.round, effect.awards, place)
    }
  }

  /** [PLC1] A bid reserves what it offers. */
  #bid(round: Round, { group, auction, at }: { group: OpenGroup; auction: Auction; at: Instant }): PlacementEffect[] {
    const self = this.#self()
    if (self === undefined) return []
    const { workload, revision, template, id, move } = group
    const failures = this.#failures.countAt(self.id, id, at.monoMs)
    const promised = this.#promises.total(id)
    if (promised.pods > 0) reached('bid-beside-promise')
    const { pods, workloads } = this.#snapshot
    const byKey = new Map(workloads.map((each) => [each.key, each]))
    const bid = makeBid({
      workload: workload.key,
      revision,
      template,
      auction: round.auction,
      openCount: round.slots.length,
      self,
      promised,
      free: minus(freeOf(self.fact, usedOn(self.id, pods, byKey)), promised),
      siblings: pods.filter(({ node, fact }) => node === self.id && fact.workload === workload.key && !fact.stopping)
        .length,
      failures,
      portTaken: portTaken(template, () => holdersOn(self.id, pods, byKey)),
      podSecurity: workload.podSecurity,
      // [REB8] A pod that serves is not moved to where its like has failed.
      refusal: this.#failures.refusal(id, at.monoMs) ?? (move !== undefined && failures > 0 ? 'it failed' : undefined),
    })
    this.#promises.reserve(id, times(podRequests(template), bid.curve.length))
    auction.hear(self.id, bid, at.monoMs)
    return [{ type: 'bid', name: bidName(id), bid, ttlMs: BID_TTL_MS }]
  }

  #award(round: Round, awards: readonly Award[], { group, at }: { group: OpenGroup; at: Instant }): PlacementEffect[] {
    const { self } = this.#options
    const nameOf = (node: NodeId) => this.#snapshot.nodes.find(({ id }) => id === node)?.name ?? node
    const notAsked = this.#notAsked(round, group, at)
    const linesAfter = (before: readonly Award[]): BidLine[] =>
      bidLines({ bids: round.bids, notAsked, nameOf, taken: takenBy(before) })
    const lines = linesAfter(awards)
    const { slots, attempt } = round
    this.#options.history.add(slots[0]!, pastRound({ atMs: at.nowMs, attempt, slots, lines, awards, nameOf }))
    // A slot that nobody takes over is not pending: it is served.
    const isPlaced = awards.length === slots.length || group.move !== undefined
    this.#pending.decided(group.id, { isPlaced, lines, nowMs: at.nowMs })
    const open = new Set(this.#stillOpen(group).map(({ id }) => id))
    // [PLC2] Claimed is what we won, offered in this very round, and still see open.
    const ours = round.bids.has(self) ? awards.filter(({ winner }) => winner === self) : []
    const won = ours.filter(({ slot }) => open.has(slot.id))
    if (won.length < ours.length) reached('award-overtaken')
    const claims = won.map((mine) =>
      this.#claim(mine.slot, {
        group,
        lines: linesAfter(awards.slice(0, awards.indexOf(mine))).slice(0, CLAIM_LINES_MAX),
        at,
      }),
    )
    return [awardNote(group, round, awards), ...claims]
  }

  #claim(
    slot: Award['slot'],
    { group, lines, at }: { group: OpenGroup; lines: PodFact['auction']; at: Instant },
  ): PlacementEffect {
    const self = this.#self()!
    const why = group.move?.targets.get(self.id)
    const relieves = why === undefined ? undefined : { uid: group.move!.uid, why }
    const { kind, uid } = group.workload
    const ofPod = kind === 'Pod' ? uid : undefined
    const fact = claimFact({ slot, template: group.template, self, nowMs: at.nowMs, auction: lines, relieves, ofPod })
    this.#claimedAtMs.set(slot.id, at.monoMs)
    this.#promises.reserve(slot.id, podRequests(group.template))
    return { type: 'claim', name: `pod/${fact.uid}`, fact }
  }

  /** Nodes that could not even bid: their reasons are most of what a pending pod can say. */
  #notAsked(
    { members, bids }: Round,
    { template, id }: OpenGroup,
    { monoMs }: Instant,
  ): { node: NodeId; reason: string }[] {
    const others = this.#snapshot.nodes.filter((node) => !members.includes(node.id) && !bids.has(node.id))
    const ignored = this.#failures.ignored(
      id,
      others.map((node) => node.id),
      monoMs,
    )
    return others.flatMap((node) => {
      const reason = ignored.has(node.id)
        ? 'its last claims failed, not asked for ten minutes'
        : reasonAgainst(template, node)
      return reason === undefined ? [] : [{ node: node.id, reason }]
    })
  }

  #self(): NodeRow | undefined {
    return this.#snapshot.nodes.find(({ isSelf }) => isSelf)
  }

  /** Claims of ours that the view shows by now, or will not show any more. */
  #forgetClaimed({ monoMs }: Instant): void {
    if (this.#claimedAtMs.size === 0) return
    const shown = new Set(
      this.#snapshot.pods
        .filter(({ node }) => node === this.#options.self)
        .map(({ fact }) => `${groupOf(fact)}/${fact.index}`),
    )
    for (const [slot, sinceMs] of this.#claimedAtMs) {
      if (!shown.has(slot) && monoMs - sinceMs < CLAIM_SEEN_MS) continue
      this.#claimedAtMs.delete(slot)
      this.#promises.release(slot)
    }
  }

  #closeAuctions({ monoMs }: Instant): void {
    for (const [id, auction] of this.#auctions) {
      if (this.#survey.groups.has(id)) continue
      this.#promises.release(id)
      auction.step({
        nowMs: monoMs,
        self: this.#options.self,
        open: [],
        bidders: () => ({ members: [], isEveryone: true }),
        patienceMs: () => 0,
        signature: () => '',
        backoffMs: 0,
      })
      if (auction.isForgettable) this.#auctions.delete(id)
    }
  }

  // ---- when to look again

  get #isAtRest(): boolean {
    return this.#survey.isAtRest && this.#auctions.size === 0 && this.#claimedAtMs.size === 0
  }

  #auctionDues(): number[] {
    return [...this.#auctions.values()].flatMap(({ dueMs }) => dueMs ?? [])
  }
}

/** [PLC6] A pod that fails wherever it goes is not thrown about: nothing after none, then 0.6 s, 1.2 s ... 38 s. */
const backoffMs = (failures: number): number => (failures === 0 ? 0 : REST_MS * 2 ** Math.min(failures, 7))

function awardNote({ id }: OpenGroup, { attempt, slots, bids }: Round, awards: readonly Award[]): PlacementEffect {
  const facts = { group: id, attempt, slots: slots.length, bids: bids.size, awarded: awards.length }
  return { type: 'note', what: awards.length === 0 ? 'nobody-can' : 'awarded', facts }
}

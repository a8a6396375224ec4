/**
 * Which claims on slots count, and which are to be given up.
 *
 * A claim is a node's record of a pod. Nobody can take it back but its node, so everybody else may only decide whether it
 * still counts; and since everybody decides alone, two claims on one slot are normal after a split. One total order settles
 * them everywhere alike: the older claim wins, ties fall to the lower uid. A claim that does not get ready grows younger with
 * time, so that it does not keep its rival waiting for ever.
 *
 * @module
 */
import { AGENT_GRACE_MS, hasEnded, RUNTIME_SILENT, type NodeId, type PodFact, type Verdict } from '../../crdt/index.ts'
import { groupBy } from './group-by.ts'
import type { NodeRow, PodRow, Revision, Workload } from './rows.ts'
import { slotOf, type Slot, type SlotId } from './slot.ts'
import { whyLeaving } from './why-leaving.ts'
import { reached } from '../../crdt/index.ts'

/** How long an unreachable node's claims still count, unless the detector says otherwise (DET9, DET18). */
export const HOLD_MS = 1_000

/** A node that is back is heard by its link first and by its records a moment later (a sync takes some 10 ms). */
export const BACK_MS = 1_000

/**
 * How long a claim may take to get ready before its rivals gain on it. With the second that a node needs to be heard again
 * (`BACK_MS`) and a look a second, a surplus is gone within the 10 s of P4.
 */
export const GET_READY_MS = 7_000

/** [REB6] A pull over a slow line has its time; after that the pod stays where it is. */
export const RELIEF_MS = 300_000

/** NTP moves a clock by less at a time, or says so. */
const CLOCK_STEP_MS = 10_000

/** `forMs`: how long the verdict has stood. */
export type SeenNode = Pick<NodeRow, 'verdict' | 'incarnation'> &
  Partial<Pick<NodeRow, 'name' | 'drain' | 'fact'>> & { readonly forMs: number }

/** What a claim counts for depends on who looks, and when. */
export interface Sight {
  readonly nowMs: number
  readonly nodes: ReadonlyMap<NodeId, SeenNode>
  /** `HOLD_MS`, more for nodes that flap. */
  holdMs(node: NodeId): number
  /** Claims whose node never began to run them, by uid (failures.ts). */
  readonly idle?: ReadonlySet<string>
  /** The pod that is to be moved to even out the nodes, and why (rebalance.ts). Its successor is not claimed yet. */
  readonly moved?: { readonly uid: string; readonly why: string } | undefined
}

export interface Claim {
  readonly slot: Slot
  readonly row: PodRow
  readonly live: boolean
  readonly verdict: Verdict
  /** How long its node has been away; 0: it is there. */
  readonly awayMs: number
  /** Written before its node's latest start, or its node is only just back: whether the pod outlived that is not known yet. */
  readonly isStale: boolean
  /** [CLM12] Its node is there, but not the engine it runs on: it does not count until that answers. */
  readonly isStranded: boolean
  /** Why it is to leave its node, in words: it gives way to any other claim. Absent: it may stay. */
  readonly leaving?: string
}

/** Nobody has said anything of it yet: it is as good as lost. */
const UNHEARD: SeenNode = { verdict: 'lost', forMs: 0 }

/** The nodes as seen by who has only a view of them, and its wall clock. */
export function seenNodes(rows: Iterable<NodeRow>, nowMs: number): Map<NodeId, SeenNode> {
  return new Map([...rows].map((row) => [row.id, { ...row, forMs: passedMs(row.sinceMs, { nowMs }) }]))
}

export function readClaims(
  rows: readonly PodRow[],
  sight: Sight,
  workload: Pick<Workload, 'kind' | 'template' | 'ends'>,
): Claim[] {
  const claims = rows.map((row): Claim => {
    const node = sight.nodes.get(row.node) ?? UNHEARD
    const { verdict, forMs, incarnation = 0 } = node
    const isDeleted = workload.ends?.get(row.fact.uid) === 'delete'
    const isStranded = verdict === 'alive' && !isDeleted && isOnSilentEngine(row.fact, node)
    const isGone = verdict !== 'alive' || isStranded
    const live =
      isOver(row.fact, isGone, workload) || (!isDeleted && !isStranded && isLive(row, { verdict, forMs }, sight))
    const isStale = (row.incarnation ?? incarnation) < incarnation || forMs < BACK_MS
    const leaving = whyLeaving(row, workload, node)
    return {
      slot: slotOf(row.fact),
      row,
      verdict,
      awayMs: verdict === 'alive' ? 0 : forMs,
      live,
      isStale,
      isStranded: isStranded && !live,
      ...(leaving === undefined ? {} : { leaving }),
    }
  })
  const reliefs = claims.filter((claim) => isRelief(claim, sight))
  return sight.moved === undefined && reliefs.length === 0
    ? claims
    : claims.map((claim) => relieved(claim, reliefs, sight))
}

/**
 * [REB6] A claim that was made so that another may go, while it may be expected to serve. Its own node says whether it is
 * ready, and gives it up where it was not in time: who sees it ready may rely on it, whatever the clocks say.
 */
function isRelief({ row: { fact }, live, verdict, leaving }: Claim, sight: Sight): boolean {
  if (fact.relieves === undefined || !live || verdict !== 'alive' || leaving !== undefined) return false
  return fact.ready || passedMs(fact.claimedAtMs, sight) < RELIEF_MS
}

function relieved(claim: Claim, reliefs: readonly Claim[], { moved }: Sight): Claim {
  const { uid, stopping } = claim.row.fact
  if (claim.leaving !== undefined || stopping || hasEnded(claim.row.fact)) return claim
  const relief = reliefs.find(({ slot, row }) => row.fact.relieves?.uid === uid && slot.id === claim.slot.id)
  const leaving = relief?.row.fact.relieves?.why ?? (moved?.uid === uid ? moved.why : undefined)
  return leaving === undefined ? claim : { ...claim, leaving }
}

/**
 * [CLM11] The claim of a Pod that has run its course keeps the slot: it is not to run again. So does one that began and is never
 * to begin again, while its node or its engine is away: nobody knows how far it came.
 */
function isOver(fact: PodFact, isGone: boolean, { kind, template }: Pick<Workload, 'kind' | 'template'>): boolean {
  if (kind !== 'Pod' || fact.stopping) return false
  return hasEnded(fact) || (isGone && fact.startedAtMs !== undefined && template.spec.restartPolicy === 'Never')
}

/**
 * Both records have to say so. A pod does 10 s after its engine fell silent ([ENG3]), its node as soon as the engine answers
 * again: one that is restarted costs nothing.
 */
function isOnSilentEngine(fact: PodFact, { fact: node }: SeenNode): boolean {
  if (node === undefined || fact.stopping || hasEnded(fact) || fact.reason !== RUNTIME_SILENT) return false
  return !node.runtimes.includes(fact.runtime)
}

/** [CLM1] A claim holds its slot unless it was given up, has ended, or its node will not see it through. */
function isLive(
  { fact, node, probe }: PodRow,
  { verdict, forMs }: Pick<SeenNode, 'verdict' | 'forMs'>,
  sight: Sight,
): boolean {
  if (fact.stopping || hasEnded(fact) || sight.idle?.has(fact.uid) === true) return false
  switch (verdict) {
    case 'alive':
      return true
    case 'unreachable': // [CLM2]
      if (forMs >= sight.holdMs(node)) return false
      reached('silent-claim-held')
      return true
    case 'agent-gone': // [CLM3]
      if (forMs >= AGENT_GRACE_MS || probe === 'refused') return false
      reached('agentless-claim-held')
      return true
    case 'lost':
      reached('lost-claim-opened')
      return false
  }
}

/** [CLM10] What is dated well ahead was dated before the clock was set back: long ago, then. */
export function passedMs(sinceMs: number, { nowMs }: Pick<Sight, 'nowMs'>): number {
  return sinceMs > nowMs + CLOCK_STEP_MS ? Infinity : nowMs - sinceMs
}

/** In how many ms claims of nodes that are away will cease to hold. */
export function holdEnds({ nodes, holdMs }: Sight): number[] {
  return [...nodes].flatMap(([node, { verdict, forMs }]) => {
    const holdsMs = verdict === 'unreachable' ? holdMs(node) : verdict === 'agent-gone' ? AGENT_GRACE_MS : 0
    return holdsMs > forMs ? [holdsMs - forMs] : []
  })
}

/** `moving`: slots that are offered again though a leaving claim holds them (leaving.ts). */
export function openSlots(
  wanted: readonly Slot[],
  claims: readonly Claim[],
  moving: ReadonlySet<SlotId> = new Set(),
): Slot[] {
  const holds = ({ live, leaving, slot }: Claim): boolean => live && (leaving === undefined || !moving.has(slot.id))
  const held = new Set(claims.filter(holds).map(({ slot }) => slot.id))
  return wanted.filter(({ id }) => !held.has(id))
}

/** [CLM4] The older claim first; ties fall to the lower uid. Clocks of two nodes may differ, the order does not. */
export function compareClaims(one: Claim, other: Claim, nowMs: number): number {
  const [a, b] = [one.row.fact, other.row.fact]
  return (
    // [DRN7] One that is to leave gives way to one that may stay, whatever their age.
    Number(one.leaving !== undefined) - Number(other.leaving !== undefined) ||
    standsSinceMs(a, nowMs) - standsSinceMs(b, nowMs) ||
    a.claimedAtMs - b.claimedAtMs ||
    (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0)
  )
}

/**
 * [CLM8] A claim counts from when it was made, but from no more than `GET_READY_MS` before it was ready. Of a ready one that
 * is a fact, the same to all and at all times, and so it is of one that has ended; only one that is not ready loses ground, and its own node's clock, which also
 * dates its readiness, says how much.
 */
function standsSinceMs(fact: PodFact, nowMs: number): number {
  const { claimedAtMs, ready, readyAtMs = claimedAtMs } = fact
  if (hasEnded(fact)) return claimedAtMs
  return Math.max(claimedAtMs, (ready ? readyAtMs : nowMs) - GET_READY_MS)
}

/** What becomes of the claims on one slot. */
export interface Settlement {
  readonly keep: Claim | undefined
  readonly stop: readonly Claim[]
}

/**
 * [CLM5] Losers stop once the winner serves, so that settling never takes the last ready pod. [CLM9] Where none serves, those
 * that had their time stop too.
 */
export function settle(claimsOfSlot: readonly Claim[], nowMs: number): Settlement {
  const [keep, ...losers] = claimsOfSlot
    .filter(({ live }) => live)
    .sort((left, right) => compareClaims(left, right, nowMs))
  const stranded = claimsOfSlot.filter(({ isStranded }) => isStranded)
  if (keep === undefined || losers.length + stranded.length === 0 || !isThere(keep)) return { keep, stop: [] }
  const isServed = keep.row.fact.ready || hasEnded(keep.row.fact)
  if (losers.length > 0) reached(isServed ? 'double-claim-settled' : 'rival-waited-for')
  // [DRN4] A leaver that serves goes when its budgets let it (leaving.ts).
  const given = losers.filter(
    ({ leaving, row }) => leaving === undefined || !row.fact.ready || keep.leaving !== undefined,
  )
  // [CLM12] Whatever its engine still runs is removed before anything else when that is back.
  return { keep, stop: isServed ? [...given, ...stranded] : given.filter(({ row }) => isLate(row.fact, nowMs)) }
}

const isLate = ({ ready, claimedAtMs }: PodFact, nowMs: number): boolean =>
  !ready && nowMs - claimedAtMs >= GET_READY_MS

/** [CLM7] What a node said before its last start proves nothing: its pods may have died with the machine. */
const isThere = ({ verdict, isStale }: Claim): boolean => verdict === 'alive' && !isStale

export interface Release {
  readonly uid: string
  readonly node: NodeId
  /** In words, for the pod's end. */
  readonly reason: string
  /** Nothing is wrong with it: it goes once that has been so for a second. */
  readonly isVoluntary?: true
}

/** Every claim that is to be given up by its node, with the reason. */
export function releases(
  workload: Workload,
  { wanted, claims, nowMs }: { wanted: readonly Slot[]; claims: readonly Claim[]; nowMs: number },
): Release[] {
  const wantedIds = new Set(wanted.map(({ id }) => id))
  // [FIN5] A Pod that had run its course shows that until it is gone.
  const isLeft = ({ fact }: PodRow): boolean => workload.isEnding === true && workload.kind === 'Pod' && hasEnded(fact)
  const held = claims.filter(({ row }) => !row.fact.stopping && !isLeft(row))
  const [onWanted, unwanted] = partition(held, ({ slot }) => wantedIds.has(slot.id))
  return [
    ...unwanted.map((claim) => release(claim, whyUnwanted(workload, claim))),
    ...onWanted.filter(isSpent).map((claim) => release(claim, whySpent(claim, workload))),
    ...[...groupBy(onWanted, ({ slot }) => slot.id).values()].flatMap((ofSlot) => {
      const { keep, stop } = settle(ofSlot, nowMs)
      return stop.map((claim) => {
        const outdone = release(claim, whyOutdone(claim, keep!))
        // [DRN10] The other one may have been given up for this one: that would be heard within a moment.
        return claim.row.fact.ready ? { ...outdone, isVoluntary: true as const } : outdone
      })
    }),
  ]
}

/** [CLM6] Its node is there and yet the claim does not count: what is left of it only takes room. */
const isSpent = ({ live, verdict, isStranded }: Claim): boolean => !live && verdict === 'alive' && !isStranded

function whySpent({ row: { fact } }: Claim, { ends }: Workload): string {
  if (ends?.get(fact.uid) === 'delete') return 'it was deleted'
  return hasEnded(fact)
    ? `its pod ended: ${fact.message === '' ? fact.phase : fact.message}`
    : 'its node did not begin to run it'
}

function whyOutdone({ slot, row, isStranded }: Claim, keep: Claim): string {
  const { name, claimedAtMs } = keep.row.fact
  if (isStranded) return `its ${row.fact.runtime} runtime does not answer, and ${name} serves in its place`
  const holder = claimedAtMs > row.fact.claimedAtMs ? `claim ${name}, which got ready first` : `the older claim ${name}`
  return `slot ${slot.index} is held by ${holder}`
}

const release = ({ row }: Claim, reason: string): Release => ({ uid: row.fact.uid, node: row.node, reason })

function whyUnwanted({ revision, replicas, isEnding }: Workload, { slot }: Claim): string {
  if (isEnding === true) return 'it was deleted'
  if (slot.revision !== revision) return `revision ${slot.revision} was replaced by ${revision}`
  return slot.index >= replicas ? `scaled down to ${replicas} replicas` : 'the rollout does not want this slot now'
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  const [inside, outside]: [T[], T[]] = [[], []]
  for (const item of items) (belongs(item) ? inside : outside).push(item)
  return [inside, outside]
}

/** The template a claim was made for; undefined where nobody remembers it any more. */
export function templateOf({ revision, template, older }: Workload, hash: string): Revision['template'] | undefined {
  return hash === revision ? template : older.find((each) => each.hash === hash)?.template
}

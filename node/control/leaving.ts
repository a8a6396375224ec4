/**
 * Pods that are to leave their nodes though nothing is wrong with them: the node is drained, a taint does not bear them,
 * somebody evicts them, or another node takes them over to even out what each has. They leave surge-first: the slot is offered again while the old pod serves, and the old one goes when
 * the new one is available.
 *
 * Nobody leads it. The wish is in a document, every node reads from the same claims which of them may go now, and each gives up
 * its own. Where a workload may have no pod more than it asks for, the old pod goes first, and then what may be missing is
 * counted out in one order that all nodes share.
 *
 * @module
 */
import { budgetStanding, isBudgetOf, type Budget } from '../../crdt/index.ts'
import type { Claim, Release } from './claims.ts'
import type { Workload } from './rows.ts'
import type { Slot, SlotId } from './slot.ts'
import { isAvailable, rolloutBounds } from './slots.ts'

/** [DRN2] Whether it may have a pod more than it asks for, so that the new one comes before the old one goes. */
export const maySurge = ({ kind, strategy }: Workload): boolean =>
  kind === 'Deployment' && strategy.type === 'RollingUpdate' && strategy.maxSurge > 0

/** Where its node does not answer, its claim has to cease to hold first. */
const isLeaving = ({ live, leaving, verdict }: Claim): boolean => live && leaving !== undefined && verdict === 'alive'

/**
 * [DRN3] Slots that are offered again while a leaving pod still holds them: what a rollout leaves of the surge. [DRN9] A slot that has
 * two pods for another reason is one pod more for as long as both are there: a successor that is to leave itself before it
 * serves, or one that came though the node is drained no longer.
 */
export function slotsToMove(
  workload: Workload,
  { wanted, claims, nowMs }: { wanted: readonly Slot[]; claims: readonly Claim[]; nowMs: number },
): ReadonlySet<SlotId> {
  if (!claims.some(isLeaving) || !maySurge(workload)) return new Set()
  const { ceiling } = rolloutBounds(workload.replicas, workload.strategy)
  const ids = new Set(wanted.map(({ id }) => id))
  const onWanted = claims.filter(({ slot }) => ids.has(slot.id))
  const leavers = onWanted.filter(isLeaving).map(({ slot }) => slot.id)
  const leaving = new Set(leavers)
  const staying = onWanted.filter(({ live, leaving: why }) => live && why === undefined)
  const served = new Set(staying.filter((claim) => isAvailable(workload, claim, nowMs)).map(({ slot }) => slot.id))
  const begun = new Set(staying.map(({ slot }) => slot.id))
  const doubled = leavers.length - leaving.size + (staying.length - begun.size)
  const places = Math.max(0, ceiling - wanted.length - doubled)
  return new Set(
    [...leaving]
      .sort((a, b) => Number(begun.has(b)) - Number(begun.has(a)) || (a < b ? -1 : 1))
      .slice(0, places)
      .filter((id) => !served.has(id)),
  )
}

/** A leaving claim whose time may have come. */
export interface Leaver {
  readonly workload: Workload
  readonly claim: Claim
  /** Its successor serves. */
  readonly isReplaced: boolean
  /** What holds it whatever budgets say. */
  readonly waitsFor?: string
}

export function leaversOf(
  workload: Workload,
  { claims, moving, nowMs }: { claims: readonly Claim[]; moving: ReadonlySet<SlotId>; nowMs: number },
): Leaver[] {
  return claims.filter(isLeaving).map((claim) => {
    const successors = claims.filter(
      ({ slot, live, leaving }) => slot.id === claim.slot.id && live && leaving === undefined,
    )
    const isReplaced = successors.some(
      (each) => each.verdict === 'alive' && !each.isStale && isAvailable(workload, each, nowMs),
    )
    if (isReplaced || !maySurge(workload)) return { workload, claim, isReplaced }
    const [successor] = successors
    const ofWhat = moving.has(claim.slot.id)
      ? 'a node that takes its successor'
      : 'others of its Deployment, which have all its surge'
    const waitsFor = successor === undefined ? ofWhat : `its successor ${successor.row.fact.name} to be available`
    return { workload, claim, isReplaced, waitsFor }
  })
}

export interface Budgets {
  readonly budgets: readonly Budget[]
  readonly workloads: readonly Workload[]
  claimsOf(workload: Workload): readonly Claim[]
}

export interface Departure {
  readonly release: Release
  /** Undefined: it goes now. */
  readonly waitsFor: string | undefined
}

/**
 * [DRN4] Which leavers go now, in one order for all: every node computes the whole list and obeys its own part, so that two
 * nodes that are drained at once share what a budget leaves. [DRN5] Who is replaced takes nothing from a budget, and still
 * waits while one is not met.
 */
export function departures(leavers: readonly Leaver[], { budgets, workloads, claimsOf }: Budgets): Departure[] {
  if (leavers.length === 0) return []
  const left = new Map<string, number>()
  const spare = (key: string, count: () => number): number => {
    const known = left.get(key) ?? count()
    left.set(key, known)
    return known
  }
  return leavers.toSorted(byUid).map(({ workload, claim, isReplaced, waitsFor }) => {
    const { fact } = claim.row
    const selecting = budgets.filter((budget) => isBudgetOf(budget, workload, fact.revision))
    const limits = selecting.map((budget) => {
      const standing = budgetStanding(budget, workloads, (each) => claimsOf(each).map(countedClaim))
      const allowed = spare(budget.key, () => standing.currentHealthy - standing.desiredHealthy)
      const words = `budget ${budget.name}: ${standing.currentHealthy} pods serve, ${standing.desiredHealthy} have to`
      return { key: budget.key, allowed, words, mayGoUnhealthy: budget.unhealthyMayGo }
    })
    if (!isReplaced) limits.push(availabilityLimit(workload, claimsOf(workload), spare))
    const cost = fact.ready && !isReplaced ? 1 : 0
    const limit = limits.find(({ allowed, mayGoUnhealthy }) => allowed < cost && (fact.ready || !mayGoUnhealthy))
    const why = waitsFor ?? limit?.words
    if (why === undefined) for (const { key, allowed } of limits) left.set(key, allowed - cost)
    const release = { uid: fact.uid, node: claim.row.node, reason: claim.leaving!, isVoluntary: true } as const
    return { release, waitsFor: why }
  })
}

/** It serves as far as this node knows: its own is there, or nobody has found it gone. */
const serves = ({ live, verdict, row }: Claim): boolean =>
  live && row.fact.ready && (verdict === 'alive' || verdict === 'agent-gone')

export const countedClaim = (claim: Claim): { fact: Claim['row']['fact']; serves: boolean } => ({
  fact: claim.row.fact,
  serves: serves(claim),
})

const byUid = ({ claim: a }: Leaver, { claim: b }: Leaver): number => (a.row.fact.uid < b.row.fact.uid ? -1 : 1)

/** What the workload itself may miss. A Pod, or one that is made anew as a whole, may miss all. */
function availabilityLimit(
  workload: Workload,
  claims: readonly Claim[],
  spare: (key: string, count: () => number) => number,
): { key: string; allowed: number; words: string; mayGoUnhealthy: boolean } {
  const { floor } = rolloutBounds(workload.replicas, workload.strategy)
  const ready = new Set(claims.filter(serves).map(({ slot }) => slot.id)).size
  const allowed = spare(workload.key, () => ready - floor)
  const words = `maxUnavailable of its Deployment: ${ready} pods serve, ${floor} have to`
  return { key: workload.key, allowed, words, mayGoUnhealthy: true }
}

/**
 * Which slots of a Deployment are wanted now; with a rollout under way that is a moving answer.
 *
 * Nothing of a rollout is stored. How far it has come is read from the claims there are: as many old slots stay wanted as
 * the new ones lack to the promised floor, and the new revision gets what then remains below the ceiling. Each new pod that
 * becomes available takes away the reason for one old one, which makes room for the next new one; a revision that never gets
 * ready stops there by itself. Every node computes this alone and acts on its own claims only.
 *
 * @module
 */
import { hasEnded } from '../../crdt/index.ts'
import { passedMs, templateOf, type Claim } from './claims.ts'
import type { Strategy, Workload } from './rows.ts'
import { slot, type Slot, type SlotId } from './slot.ts'

/** An old slot whose node is gone is filled anew for this long; after that its claim is a relic of a forgotten rollout. */
export const RELIC_MS = 600_000

/** What a slot has, best first. `lost`: a claim that no longer counts, of a node or an engine that is away. */
type Hold = 'available' | 'held' | 'lost'

const RANK: Readonly<Record<Hold, number>> = { available: 0, held: 1, lost: 2 }

interface HeldSlot {
  readonly slot: Slot
  readonly hold: Hold
  /** It served when its node was last heard of. */
  readonly proven: boolean
}

/** Below `ceiling` slots are wanted, and no available pod is given up that the `floor` needs. */
interface Bounds {
  readonly ceiling: number
  readonly floor: number
}

export function wantedSlots(workload: Workload, claims: readonly Claim[], nowMs: number): Slot[] {
  if (workload.replicas === 0 || workload.isEnding === true) return []
  const held = heldSlots(workload, claims, nowMs)
  const current = held.filter(({ slot }) => slot.revision === workload.revision)
  const old = held.filter(({ slot }) => slot.revision !== workload.revision).sort(byWorth(workload))
  if (workload.paused && old.length > 0) return pausedSlots(workload, current, old)
  switch (workload.strategy.type) {
    case 'RollingUpdate':
      return rollingSlots(workload, { current, old, doubled: old.length === 0 ? 0 : doubledPods(claims) })
    case 'Recreate':
      return recreatedSlots(workload, current, claims)
  }
}

/** [ROL1] Both zero would stand still, so one may be missing. */
export function rolloutBounds(
  replicas: number,
  { maxSurge, maxUnavailable }: Pick<Strategy, 'maxSurge' | 'maxUnavailable'>,
): Bounds {
  const missing = maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(replicas, maxUnavailable)
  return { ceiling: replicas + maxSurge, floor: replicas - missing }
}

function rollingSlots(
  workload: Workload,
  { current, old, doubled }: { current: readonly HeldSlot[]; old: readonly HeldSlot[]; doubled: number },
): Slot[] {
  const { ceiling, floor } = rolloutBounds(workload.replicas, workload.strategy)
  const standing = old.filter(({ hold }) => hold !== 'lost')
  const kept = standing.slice(0, Math.max(0, floor - count(current, serves)))
  // [ROL5] A new revision that never served must not cost the old one its replicas when a node goes.
  const missing = Math.max(0, floor - count(current, ({ proven }) => proven) - kept.length)
  const refilled = old.filter(({ hold }) => hold === 'lost').slice(0, missing)
  const wantedOld = [...kept, ...refilled].map(({ slot }) => slot)
  const room = ceiling - wantedOld.length
  // [DRN9] A slot that is being moved has two pods: so many fewer are begun. What is held already is not given up for that, and
  // without a rollout what begins only fills gaps.
  const begun = Math.max(
    room - doubled,
    Math.min(
      room,
      count(current, ({ hold }) => hold !== 'lost'),
    ),
  )
  return [...currentSlots(workload, current, Math.min(workload.replicas, begun)), ...wantedOld]
}

/** Pods beyond one a slot: successors of those that are to leave, and what cuts and cancelled drains left. */
function doubledPods(claims: readonly Claim[]): number {
  const ofLive = claims.filter(({ live }) => live).map(({ slot: { id } }) => id)
  return ofLive.length - new Set(ofLive).size
}

/** [ROL7] Nothing new is begun: what the new revision has it keeps, the old one makes up the rest. */
function pausedSlots(workload: Workload, current: readonly HeldSlot[], old: readonly HeldSlot[]): Slot[] {
  const { replicas, strategy } = workload
  const { ceiling, floor } =
    strategy.type === 'Recreate' ? { ceiling: replicas, floor: 0 } : rolloutBounds(replicas, strategy)
  const needed = Math.min(old.length, Math.max(0, floor - count(current, serves)))
  const currentCount = Math.min(replicas, current.length, ceiling - needed)
  const kept = old.slice(0, Math.max(needed, replicas - currentCount)).map(({ slot }) => slot)
  const missing = Math.max(0, replicas - currentCount - kept.length)
  return [...currentSlots(workload, current, currentCount), ...kept, ...unusedSlots(workload, kept, missing)]
}

/** Further slots of the revision that served last, for a paused Deployment that was scaled up. */
function unusedSlots(workload: Workload, used: readonly Slot[], wanted: number): Slot[] {
  const newest = used.find(({ revision }) => templateOf(workload, revision) !== undefined)
  if (newest === undefined) return []
  const taken = new Set(used.map(({ id }) => id))
  const all = Array.from({ length: workload.replicas + wanted }, (_, index) =>
    slot(workload.key, newest.revision, index),
  )
  return all.filter(({ id }) => !taken.has(id)).slice(0, wanted)
}

/** [ROL6] Recreate: the new revision begins when no pod of an old one is left that could still run. */
function recreatedSlots(workload: Workload, current: readonly HeldSlot[], claims: readonly Claim[]): Slot[] {
  const oldRuns = claims.some(({ slot, row, live, verdict }) => {
    const mayRun = live || (row.fact.stopping && verdict === 'alive')
    return mayRun && slot.revision !== workload.revision && !hasEnded(row.fact)
  })
  return currentSlots(workload, current, oldRuns ? Math.min(workload.replicas, current.length) : workload.replicas)
}

/** [SLOT2] Slots are numbered from 0; where not all are wanted, those that serve or are held go first. */
function currentSlots({ key, revision, replicas }: Workload, held: readonly HeldSlot[], wanted: number): Slot[] {
  const rank = new Map<SlotId, number>(held.map(({ slot, hold }) => [slot.id, RANK[hold]]))
  return Array.from({ length: replicas }, (_, index) => slot(key, revision, index))
    .sort((a, b) => (rank.get(a.id) ?? RANK.lost + 1) - (rank.get(b.id) ?? RANK.lost + 1) || a.index - b.index)
    .slice(0, wanted)
    .sort((a, b) => a.index - b.index)
}

/** Each slot once, with the best claim it has. Slots of the current revision past `replicas` are none any more. */
function heldSlots(workload: Workload, claims: readonly Claim[], nowMs: number): HeldSlot[] {
  const best = new Map<SlotId, HeldSlot>()
  for (const claim of claims) {
    const hold = holdOf(workload, claim, nowMs)
    const { slot } = claim
    if (hold === undefined || (slot.revision === workload.revision && slot.index >= workload.replicas)) continue
    const known = best.get(slot.id)
    const proven = (known?.proven ?? false) || (hold === 'lost' ? claim.row.fact.ready : hold === 'available')
    best.set(slot.id, { slot, proven, hold: known !== undefined && RANK[known.hold] < RANK[hold] ? known.hold : hold })
  }
  return [...best.values()]
}

function holdOf(
  workload: Workload,
  { row, live, verdict, awayMs, isStranded }: Claim,
  nowMs: number,
): Hold | undefined {
  const { stopping, revision } = row.fact
  if (live) return isAvailable(workload, { row }, nowMs) ? 'available' : 'held'
  const isAway = isStranded || (verdict !== 'alive' && awayMs < RELIC_MS)
  return isAway && !stopping && !hasEnded(row.fact) && templateOf(workload, revision) !== undefined ? 'lost' : undefined
}

/** [ROL3] Ready for as long as the workload asks for. */
export function isAvailable(
  { minReadyMs }: Pick<Workload, 'minReadyMs'>,
  { row: { fact } }: Pick<Claim, 'row'>,
  nowMs: number,
): boolean {
  return fact.ready && isReadyFor(minReadyMs, fact.readyAtMs ?? nowMs, nowMs)
}

/** Where nobody asks for a time, no clock has a say: that of the pod's node may have been set back since. */
function isReadyFor(forMs: number, readyAtMs: number, nowMs: number): boolean {
  return forMs === 0 || passedMs(readyAtMs, { nowMs }) >= forMs
}

/** [ROL4] Which old slots stay longest: those that serve, then the newer revision, then the lower number. A total order. */
function byWorth({ older }: Workload): (a: HeldSlot, b: HeldSlot) => number {
  const numbers = new Map(older.map(({ hash, number }) => [hash, number]))
  return (a, b) =>
    RANK[a.hold] - RANK[b.hold] ||
    (numbers.get(b.slot.revision) ?? 0) - (numbers.get(a.slot.revision) ?? 0) ||
    a.slot.index - b.slot.index ||
    (a.slot.id < b.slot.id ? -1 : 1)
}

const serves = ({ hold }: HeldSlot): boolean => hold === 'available'

const count = <T>(items: readonly T[], holds: (item: T) => boolean): number => items.filter(holds).length

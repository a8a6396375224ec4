/**
 * Evening out: when all has been calm for a while, one pod at a time moves from a node that has many pods of its Deployment to
 * one that has few, or from a full node to an empty one.
 *
 * Nobody leads it and nothing of it is written down before it happens: every node finds the same move in the same view. The
 * pod's slot is offered again to those nodes alone on which it makes things better; who claims it says whom it relieves, and
 * from then on that claim is the move (claims.ts): the old pod leaves as it does in a drain, or stays where the claim fails.
 *
 * That it ends follows from the measure: for each Deployment the sum of the squares of its pods on a node, then how full the
 * nodes are, fullest first. Every move makes it less, and nothing but people, deaths and rollouts makes it more.
 *
 * @module
 */
import { budgetStanding, isBudgetOf, type Budget, type NodeId, type Resources } from '../../crdt/index.ts'
import { passedMs, type Claim } from '../control/claims.ts'
import { groupBy } from '../control/group-by.ts'
import { countedClaim, maySurge } from '../control/leaving.ts'
import type { NodeRow, PodRow, Workload } from '../control/rows.ts'
import type { Slot } from '../control/slot.ts'
import { reasonAgainst } from './eligible.ts'
import { freeOf, minus, plus, podRequests, roomFor, usedOn } from './requests.ts'

/** [REB5] Share of the calm between two moves. */
const PAUSE = 0.5

/** [REB4] `off`: the node takes no pods to even out the nodes. One that is told so when it starts wears it. */
export const REBALANCE_LABEL = 'shoal.dev/rebalance'

/** [REB2] One more is what an odd number of pods makes of it. */
const UNEVEN_PODS = 2

/** [REB3] Difference in use between two nodes: a move costs a start, small differences are not worth it. */
const UNEVEN_SHARE = 0.25

/** What was found about one workload (survey.ts). */
export interface Finding {
  readonly workload: Workload
  readonly claims: readonly Claim[]
  readonly isAtRest: boolean
  /** Nothing of it is open, given up or leaving. */
  readonly isQuiet: boolean
}

export interface View {
  readonly nodes: readonly NodeRow[]
  readonly pods: readonly PodRow[]
  readonly findings: readonly Finding[]
  readonly budgets: readonly Budget[]
}

export interface Move {
  readonly workload: Workload
  readonly uid: string
  readonly slot: Slot
  /** Nodes on which the pod makes the measure less, best first, each with what gets better, in words. */
  readonly targets: ReadonlyMap<NodeId, string>
}

/** The move that is due, or when to look for one. Neither: not before something changes. */
export interface Outlook {
  readonly move?: Move
  readonly calmAtMs?: number
}

export function outlook(view: View, { nowMs, calmMs }: { nowMs: number; calmMs: number }): Outlook {
  if (!view.findings.every(isCalm)) return {}
  const calmAtMs = calmFromMs(view, { nowMs, calmMs })
  if (calmAtMs > nowMs) return { calmAtMs }
  const move = new Fleet(view, { nowMs, pauseMs: calmMs * PAUSE }).move()
  return move === undefined ? {} : { move }
}

/** [REB1] Nothing of it is open or on its way, and no rollout is under way; one that is paused may stand for weeks. */
function isCalm({ workload, claims, isQuiet }: Finding): boolean {
  if (!isQuiet) return false
  return workload.paused || claims.every(({ live, slot }) => !live || slot.revision === workload.revision)
}

/** [REB1] All verdicts stand, all nodes have run and the last move is over for long enough. */
function calmFromMs({ nodes, findings }: View, { nowMs, calmMs }: { nowMs: number; calmMs: number }): number {
  const starts = nodes.flatMap(({ verdict, sinceMs, fact }) =>
    verdict === 'alive' ? [sinceMs, fact.startedAtMs] : [sinceMs],
  )
  // [REB5] It may not be ready since it was claimed, or again.
  const moves = findings.flatMap(({ claims }) =>
    claims.flatMap(({ row: { fact } }) =>
      fact.relieves === undefined ? [] : [Math.max(fact.claimedAtMs, fact.readyAtMs ?? 0)],
    ),
  )
  const dated = (atMs: number, forMs: number): number => (passedMs(atMs, { nowMs }) === Infinity ? 0 : atMs + forMs)
  return Math.max(0, ...starts.map((atMs) => dated(atMs, calmMs)), ...moves.map((atMs) => dated(atMs, calmMs * PAUSE)))
}

interface Load {
  readonly row: NodeRow
  readonly used: Resources
}

/** What a look finds on all nodes, and the one move it leads to. */
class Fleet {
  readonly #loads: ReadonlyMap<NodeId, Load>
  readonly #view: View
  readonly #movable: readonly Finding[]

  constructor(view: View, times: { nowMs: number; pauseMs: number }) {
    this.#view = view
    const workloads = new Map(view.findings.map(({ workload }) => [workload.key, workload]))
    const pods = groupBy(view.pods, ({ node }) => node)
    this.#loads = new Map(
      view.nodes
        .filter(({ verdict }) => verdict === 'alive')
        .map((row) => [row.id, { row, used: usedOn(row.id, pods.get(row.id) ?? [], workloads) }]),
    )
    this.#movable = view.findings
      .filter((finding) => isMovable(finding, times) && this.#isWithinBudgets(finding))
      .toSorted((a, b) => (a.workload.key < b.workload.key ? -1 : 1))
  }

  /** [REB2] The spread of a Deployment first, by name; [REB3] then how full the nodes are. */
  move(): Move | undefined {
    for (const finding of this.#movable) {
      const move = this.#spread(finding)
      if (move !== undefined) return move
    }
    return this.#evened()
  }

  /** [REB4] */
  #isWithinBudgets({ workload }: Finding): boolean {
    const { budgets, findings } = this.#view
    const claimsOf = new Map(findings.map((each) => [each.workload.key, each.claims]))
    const workloads = findings.map((each) => each.workload)
    return budgets
      .filter((budget) => isBudgetOf(budget, workload, workload.revision))
      .every((budget) => {
        const { currentHealthy, desiredHealthy } = budgetStanding(budget, workloads, ({ key }) =>
          (claimsOf.get(key) ?? []).map(countedClaim),
        )
        return currentHealthy >= desiredHealthy
      })
  }

  /** Nodes that may take one more pod of it, as far as all nodes can tell. */
  #takers({ template }: Workload): Load[] {
    const needs = podRequests(template)
    return [...this.#loads.values()].filter(
      ({ row, used }) =>
        row.fact.labels[REBALANCE_LABEL] !== 'off' &&
        reasonAgainst(template, row) === undefined &&
        roomFor(needs, freeOf(row.fact, used)).count > 0,
    )
  }

  #spread({ workload, claims }: Finding): Move | undefined {
    const counts = countsOf(claims)
    const most = Math.max(...counts.values())
    const isUneven = (node: NodeId): boolean => most - (counts.get(node) ?? 0) >= UNEVEN_PODS
    // Eligibility is asked for where it may matter.
    if (![...this.#loads.keys()].some(isUneven)) return undefined
    const from = firstOf([...counts].flatMap(([node, count]) => (count === most ? [node] : [])))
    const claim = lastOf(claims.filter(({ row }) => row.node === from))
    const targets = this.#takers(workload)
      .filter(({ row }) => isUneven(row.id))
      .toSorted(
        ({ row: { id: a } }, { row: { id: b } }) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0) || (a < b ? -1 : 1),
      )
    const name = this.#nameOf(from)
    return moveOf(workload, claim, targets, ({ row }) =>
      inWords(name, row.name, `${name} has ${most} pods of its Deployment, ${row.name} ${counts.get(row.id) ?? 0}`),
    )
  }

  /** From the fullest node, the pod that leaves the fuller of both the emptiest. */
  #evened(): Move | undefined {
    const fullest = [...this.#loads.values()].toSorted(
      (a, b) => shareOf(b) - shareOf(a) || (a.row.id < b.row.id ? -1 : 1),
    )[0]
    if (fullest === undefined) return undefined
    const before = shareOf(fullest)
    if (![...this.#loads.values()].some((load) => before - shareOf(load) > UNEVEN_SHARE)) return undefined
    const name = fullest.row.name
    let best: { move: Move; after: number } | undefined
    for (const { workload, claims } of this.#movable) {
      const counts = countsOf(claims)
      const here = counts.get(fullest.row.id) ?? 0
      if (here === 0) continue
      const needs = podRequests(workload.template)
      const left = shareOf({ ...fullest, used: minus(fullest.used, needs) })
      const afterOn = (load: Load): number => Math.max(left, shareOf({ ...load, used: plus(load.used, needs) }))
      const targets = this.#takers(workload)
        // The spread is not to get worse by it.
        .filter(({ row }) => here > (counts.get(row.id) ?? 0))
        .filter((load) => before - shareOf(load) > UNEVEN_SHARE && afterOn(load) < before)
        .toSorted((a, b) => afterOn(a) - afterOn(b) || (a.row.id < b.row.id ? -1 : 1))
      const after = Math.min(...targets.map(afterOn))
      if (targets.length === 0 || (best !== undefined && best.after <= after)) continue
      const claim = lastOf(claims.filter(({ row }) => row.node === fullest.row.id))
      const move = moveOf(workload, claim, targets, (load) =>
        inWords(name, load.row.name, `${name} is ${percent(before)} full, ${load.row.name} ${percent(shareOf(load))}`),
      )
      if (move !== undefined) best = { move, after }
    }
    return best?.move
  }

  #nameOf(id: NodeId): string {
    return this.#loads.get(id)?.row.name ?? id
  }
}

/** [REB4] A Deployment that serves as a whole, and has for a while, and may have a pod more for a moment. */
function isMovable(
  { workload, claims, isAtRest }: Finding,
  { nowMs, pauseMs }: { nowMs: number; pauseMs: number },
): boolean {
  if (!isAtRest || workload.paused || workload.mayRebalance === false || !maySurge(workload)) return false
  return (
    claims.length > 0 &&
    claims.every(
      ({ row: { fact } }) =>
        fact.ready && passedMs(Math.max(fact.claimedAtMs, fact.readyAtMs ?? 0), { nowMs }) >= pauseMs,
    )
  )
}

const countsOf = (claims: readonly Claim[]): Map<NodeId, number> =>
  new Map([...groupBy(claims, ({ row }) => row.node)].map(([node, own]) => [node, own.length]))

const firstOf = (ids: readonly NodeId[]): NodeId => ids.reduce((first, id) => (id < first ? id : first))

/** The highest slot: those that were there first stay. */
const lastOf = (claims: readonly Claim[]): Claim =>
  claims.reduce((last, claim) => (claim.slot.index > last.slot.index ? claim : last))

/** How full a node is: by what is asked for of it, cpu or memory, whichever is more. */
function shareOf({ row: { fact }, used }: Load): number {
  const { cpuMilli, memoryBytes } = fact.capacity
  return Math.max(share(used.cpuMilli, cpuMilli), share(used.memoryBytes, memoryBytes))
}

const share = (used: number, capacity: number): number => (capacity > 0 ? used / capacity : 0)

const percent = (part: number): string => `${Math.round(part * 100)}%`

const inWords = (from: string, to: string, why: string): string => `to even out nodes, from ${from} to ${to}: ${why}`

function moveOf(
  workload: Workload,
  { slot, row }: Claim,
  targets: readonly Load[],
  why: (target: Load) => string,
): Move | undefined {
  if (targets.length === 0) return undefined
  return { workload, uid: row.fact.uid, slot, targets: new Map(targets.map((load) => [load.row.id, why(load)])) }
}

/**
 * Whether a Deployment is to be brought back to its revision before, and who writes that. Pure.
 *
 * Nobody is asked and nobody leads. Every node sees by itself that the new revision has missed its deadline; the first in an
 * order that all of them know writes the earlier template back, as a user would with `rollout undo`. If that node is gone, the
 * next one's turn comes a moment later. Two that write it at once write the same.
 *
 * Where half of the members or more cannot be reached nothing is brought back: the other side may be running the new revision
 * well, and after the heal a template that was written here would win there.
 *
 * @module
 */
import type { NodeId, PendingSlot } from '../../crdt/index.ts'
import type { NodeRow, PodRow, Workload } from '../control/rows.ts'
import { isMajority, TURN_MS, turnOf } from '../control/turns.ts'

/** Of a container's last words as much as an annotation and an event should hold. */
const WHY_CHARS_MAX = 1_000

export interface RollbackQuestion {
  readonly workload: Workload & {
    readonly name: string
    readonly current: { readonly number: number; readonly createdMs: number }
  }
  readonly pods: readonly PodRow[]
  readonly pending: readonly PendingSlot[]
  readonly nodes: readonly NodeRow[]
  /** All that were admitted, away or not. */
  readonly memberCount: number
  readonly self: NodeId
  readonly nowMs: number
  /** When the present revision missed its deadline; undefined: it has not. */
  readonly lateSinceMs: number | undefined
  /** Since when this node has been looking: of an older revision it cannot say that it never was complete. */
  readonly watchingSinceMs: number
  /** Since when it has looked without being held up: what others did meanwhile may be on its way to it. */
  readonly awakeSinceMs: number
}

export interface RollbackStep {
  /** Hash of the revision to go back to. */
  readonly to: string
  readonly why: string
}

/** `wait`: not yet this node's turn. */
export function rollbackStep(question: RollbackQuestion): RollbackStep | 'wait' | undefined {
  const { workload, pods, nodes, memberCount, self, nowMs, lateSinceMs, watchingSinceMs, awakeSinceMs } = question
  const target = targetOf(workload, pods)
  if (lateSinceMs === undefined || target === undefined) return undefined
  // [RBK3] It may have been complete long ago: then its pods are in trouble, and no earlier revision is the cure.
  if (workload.current.createdMs < watchingSinceMs && !runs(target.hash, pods)) return undefined
  const alive = nodes.filter(({ verdict }) => verdict === 'alive')
  // [RBK4]
  if (!isMajority(alive.length, memberCount)) return undefined
  // [RBK5]
  const occasion = ['shoal/rollback/1', workload.key, workload.revision]
  const turn = turnOf(occasion, { self, alive: alive.map(({ id }) => id) })
  // [RBK9]
  const heardMs = awakeSinceMs > lateSinceMs ? awakeSinceMs + TURN_MS : lateSinceMs
  if (nowMs < Math.max(heardMs, lateSinceMs + turn * TURN_MS)) return 'wait'
  return { to: target.hash, why: whyOf(question, target) }
}

/** [RBK2] The one that still serves, of several the newest. */
function targetOf({ older }: Workload, pods: readonly PodRow[]): Workload['older'][number] | undefined {
  return older.find(({ hash }) => runs(hash, pods)) ?? older[0]
}

const runs = (hash: string, pods: readonly PodRow[]): boolean =>
  pods.some(({ fact }) => fact.revision === hash && fact.ready && !fact.stopping)

/** [RBK6] With the last words of the first pod that has any. */
function whyOf({ workload, pods, pending }: RollbackQuestion, target: Workload['older'][number]): string {
  const { revision, current } = workload
  const failing = pods
    .filter(({ fact }) => fact.revision === revision && !fact.ready && !fact.stopping)
    .toSorted(({ fact: one }, { fact: other }) => one.index - other.index)
  const spoken = failing.find(({ fact }) => fact.message !== '')?.fact
  const cause =
    spoken !== undefined ? `pod ${spoken.name}: ${spoken.message}` : (pending[0]?.message ?? unspoken(failing))
  const said = cause.length > WHY_CHARS_MAX ? `${cause.slice(0, WHY_CHARS_MAX)}...` : cause
  return `revision ${current.number} missed its deadline, and revision ${target.number} was brought back: ${said}`
}

function unspoken(failing: readonly PodRow[]): string {
  if (failing.length === 0) return 'none of its pods was begun'
  const reasons = new Set(failing.map(({ fact }) => fact.reason).filter((reason) => reason !== ''))
  const said = reasons.size === 0 ? '' : ` (${[...reasons].join(', ')})`
  return `${failing.length} of its pods did not get ready${said}`
}

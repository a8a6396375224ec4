/**
 * Looks every second whether a Deployment is late, and brings it back where `rollback.ts` says so.
 *
 * @module
 */
import {
  mayRollBack,
  rolledBack,
  timestampMs,
  type DocumentKey,
  type KubeObject,
  type NodeId,
  type PendingSlot,
  type StoredObject,
} from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { NodeRow, PodRow } from '../control/rows.ts'
import { rollbackStep, type RollbackQuestion } from './rollback.ts'

const LOOK_MS = 1_000

export type RollbackMessage = { readonly type: 'look' }

type Watched = RollbackQuestion['workload']

export interface RollbackPorts {
  readonly self: NodeId
  readonly view: {
    workloads(): readonly Watched[]
    podsOf(workload: DocumentKey): readonly PodRow[]
    pendingOf(workload: DocumentKey): readonly PendingSlot[]
    nodes(): readonly NodeRow[]
    members(): ReadonlySet<NodeId>
    /** With its status. */
    get(key: DocumentKey): KubeObject | undefined
    stored(key: DocumentKey): StoredObject | undefined
  }
  /** Written on the very version that was looked at, or not at all. */
  replace(key: DocumentKey, object: KubeObject, ifVersion: string): void
  tell(workload: DocumentKey, why: string): void
}

export class RollbackActor implements Actor<RollbackMessage> {
  readonly #ports: RollbackPorts
  #watchingSinceMs: number | undefined

  constructor(ports: RollbackPorts) {
    this.#ports = ports
  }

  receive(_: RollbackMessage, context: Context<RollbackMessage>): void {
    const nowMs = context.now()
    this.#watchingSinceMs ??= nowMs
    for (const workload of this.#ports.view.workloads()) this.#look(workload, nowMs)
    context.after(LOOK_MS, { type: 'look' })
  }

  #look(workload: Watched, nowMs: number): void {
    const { self, view, replace, tell } = this.#ports
    if (workload.kind !== 'Deployment' || workload.older.length === 0) return
    const stored = view.stored(workload.key)
    const lateSinceMs = this.#lateSinceMs(workload.key)
    if (stored === undefined || lateSinceMs === undefined || !mayRollBack(stored.object)) return
    const step = rollbackStep({
      workload,
      pods: view.podsOf(workload.key),
      pending: view.pendingOf(workload.key),
      nodes: view.nodes(),
      memberCount: view.members().size,
      self,
      nowMs,
      lateSinceMs,
      watchingSinceMs: this.#watchingSinceMs ?? nowMs,
    })
    if (step === undefined || step === 'wait') return
    const object = rolledBack(stored.object, step.to, step.why)
    if (object === undefined) return
    replace(workload.key, object, stored.object.metadata.resourceVersion ?? '')
    tell(workload.key, step.why)
  }

  /** [RBK1] As its status says to everybody. */
  #lateSinceMs(key: DocumentKey): number | undefined {
    const { spec, status } = (this.#ports.view.get(key) ?? {}) as {
      spec?: { progressDeadlineSeconds?: number }
      status?: { conditions?: readonly { type: string; reason: string; lastUpdateTime: string }[] }
    }
    const late = status?.conditions?.find(
      ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
    )
    return late && timestampMs(late.lastUpdateTime) + (spec?.progressDeadlineSeconds ?? 600) * 1_000
  }
}

/**
 * Looks every second whether a Deployment is late, and brings it back where `rollback.ts` says so.
 *
 * @module
 */
import {
  followsConfig,
  mayRollBack,
  revisionsOf,
  rolledBack,
  timestampMs,
  type ContentHashOf,
  type DocumentKey,
  type KubeObject,
  type NodeId,
  type PendingSlot,
  type StoredObject,
} from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Author } from '../control/author.ts'
import type { NodeRow, PodRow } from '../control/rows.ts'
import { rollbackStep, type RollbackQuestion, type RollbackStep } from './rollback.ts'
import { obstaclesOf, usedConfigs, withContent } from './used-configs.ts'

const LOOK_MS = 1_000
/** A look that comes so long after the one before tells of a machine that stood still. */
const HELD_UP_MS = 2 * LOOK_MS

export type RollbackMessage = { readonly type: 'look' }

type Watched = RollbackQuestion['workload']

export interface RollbackPorts extends Author {
  readonly view: {
    workloads(): readonly Watched[]
    podsOf(workload: DocumentKey): readonly PodRow[]
    pendingOf(workload: DocumentKey): readonly PendingSlot[]
    nodes(): readonly NodeRow[]
    members(): ReadonlySet<NodeId>
    /** With its status. */
    get(key: DocumentKey): KubeObject | undefined
    stored(key: DocumentKey): StoredObject | undefined
    contentHash(key: DocumentKey): string | undefined
  }
}

export class RollbackActor implements Actor<RollbackMessage> {
  readonly #ports: RollbackPorts
  #watchingSinceMs: number | undefined
  #awakeSinceMs: number | undefined
  #lookedMs: number | undefined

  constructor(ports: RollbackPorts) {
    this.#ports = ports
  }

  receive(_: RollbackMessage, context: Context<RollbackMessage>): void {
    const nowMs = context.now()
    this.#watchingSinceMs ??= nowMs
    if (this.#lookedMs === undefined || nowMs - this.#lookedMs > HELD_UP_MS) this.#awakeSinceMs = nowMs
    this.#lookedMs = nowMs
    for (const workload of this.#ports.view.workloads()) this.#look(workload, nowMs)
    context.after(LOOK_MS, { type: 'look' })
  }

  #look(workload: Watched, nowMs: number): void {
    const { self, view } = this.#ports
    // [FIN13] Of what was deleted no pod will be ready, and none is to be.
    if (workload.kind !== 'Deployment' || workload.older.length === 0 || workload.isEnding === true) return
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
      awakeSinceMs: this.#awakeSinceMs ?? nowMs,
    })
    if (step === undefined || step === 'wait') return
    this.#bringBack(stored, step)
  }

  #bringBack({ key, object }: StoredObject, { to, why }: RollbackStep): void {
    const { view, replace, tell } = this.#ports
    const contents = followsConfig(object)
      ? revisionsOf(object).older.find(({ hash }) => hash === to)?.contents
      : undefined
    const configs = usedConfigs(contents, {
      namespace: object.metadata.namespace ?? '',
      stored: (config) => view.stored(config),
    })
    const obstacles = obstaclesOf(configs)
    // [RBK8] All of it or nothing: half of an earlier config is one that nobody tried.
    const restored = obstacles.length > 0 ? [] : configs.filter(({ is }) => is === 'differs')
    const back = new Map(restored.map((one) => [one.key, one.hash]))
    const names = restored.map(({ kind, name }) => `${kind}/${name}`).join(', ')
    const says = [why, ...(names === '' ? [] : [`with it came back ${names}`]), ...obstacles].join('; ')
    const contentHash: ContentHashOf = (config) => back.get(config) ?? view.contentHash(config)
    const deployment = rolledBack(object, { to, why: says, contentHash })
    if (deployment === undefined) return
    for (const { key: config, content } of restored) {
      const now = view.stored(config)?.object
      if (now !== undefined) replace(config, withContent(now, content), now.metadata.resourceVersion ?? '')
    }
    replace(key, deployment, object.metadata.resourceVersion ?? '')
    tell(key, says)
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

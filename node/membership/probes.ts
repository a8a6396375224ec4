/**
 * Asks the pods of agents that are gone, over and over while they are gone, and lets the view know.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import type { Probe } from '../control/rows.ts'
import type { MembershipPorts } from './ports.ts'
import { probeTargets, type ProbeTarget } from './probe-targets.ts'

/** How often each pod is asked. */
const PROBE_MS = 500

/** On one machine an answer takes microseconds: the kernel gives it, also for a program that stands still. */
const PROBE_MS_MAX = 400

/**
 * [ASK4] Asked in vain so often, a pod is gone: where a container was, nobody is left to refuse. Once may have been an
 * address that was just being learnt.
 */
const SILENT_MAX = 2

/** Pods asked at once; a node has 110. The others are asked in the next round. */
const PROBES_MAX = 256

export interface Asked {
  readonly node: NodeId
  readonly uid: string
  readonly answer: Probe | 'silent'
}

export class Probes {
  readonly #ports: Pick<MembershipPorts, 'self' | 'view' | 'prober'>
  /** Pods asked, by node whose agent is gone. */
  readonly #gone = new Map<NodeId, Set<string>>()
  readonly #underway = new Set<string>()
  /** Silences in a row, by pod. */
  readonly #silences = new Map<string, number>()
  #askedMs = -Infinity

  constructor(ports: Pick<MembershipPorts, 'self' | 'view' | 'prober'>) {
    this.#ports = ports
  }

  /** [ASK3] The first question goes out at once: whether to bid depends on the answer. */
  agentGone(node: NodeId, nowMs: number): Promise<Asked>[] {
    this.#askedMs = nowMs
    this.#gone.set(node, new Set())
    return this.#ask(node)
  }

  /** What was answered says nothing any more. */
  agentBack(node: NodeId): void {
    for (const uid of this.#gone.get(node) ?? []) {
      this.#silences.delete(uid)
      this.#ports.view.setProbe(uid, undefined)
    }
    this.#gone.delete(node)
  }

  due(nowMs: number): Promise<Asked>[] {
    if (nowMs - this.#askedMs < PROBE_MS) return []
    this.#askedMs = nowMs
    return [...this.#gone.keys()].flatMap((node) => this.#ask(node))
  }

  answered({ node, uid, answer }: Asked): void {
    this.#underway.delete(uid)
    if (!this.#gone.has(node)) return
    const silences = answer === 'silent' ? (this.#silences.get(uid) ?? 0) + 1 : 0
    this.#silences.set(uid, silences)
    if (answer !== 'silent') this.#ports.view.setProbe(uid, answer)
    else if (silences >= SILENT_MAX) this.#ports.view.setProbe(uid, 'refused')
  }

  #ask(node: NodeId): Promise<Asked>[] {
    const { self, view } = this.#ports
    const network = view.networkOf(self)
    const sharesNetwork = (other: NodeId): boolean => network !== undefined && network === view.networkOf(other)
    const targets = probeTargets({ node, pods: view.pods(), workloads: view.workloads(), sharesNetwork })
    const due = targets.filter(({ uid }) => !this.#underway.has(uid)).slice(0, PROBES_MAX - this.#underway.size)
    return due.flatMap((target) => this.#askOne(node, target))
  }

  #askOne(node: NodeId, target: ProbeTarget): Promise<Asked>[] {
    const { uid } = target
    this.#gone.get(node)?.add(uid)
    if ('answer' in target) {
      this.#ports.view.setProbe(uid, target.answer)
      return []
    }
    this.#underway.add(uid)
    const { host, port } = target
    return [this.#ports.prober.probe({ host, port, timeoutMs: PROBE_MS_MAX }).then((answer) => ({ node, uid, answer }))]
  }
}

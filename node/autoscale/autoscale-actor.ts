/**
 * Measures what autoscaled pods take here and tells it, and looks every second whether a Deployment is to be scaled, as
 * `decision.ts` says.
 *
 * @module
 */
import type { Autoscaler, DocumentKey, NodeId, Scaling, StoredObject, UsageFact } from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Author } from '../control/author.ts'
import type { NodeRow, PodRow } from '../control/rows.ts'
import { scaleStep, type Memory } from './decision.ts'

const LOOK_MS = 1_000
/** As often as Kubernetes measures. */
const MEASURE_MS = 15_000
/** The first time there is nothing to compare with. */
const FIRST_MEASURE_MS = 3_000
/** Two that were lost are missed, a third is not waited for. */
const USAGE_TTL_MS = 40_000

export type AutoscaleMessage =
  | { readonly type: 'look' }
  | { readonly type: 'measured'; readonly fact: UsageFact | undefined }

export interface AutoscalePorts extends Author {
  readonly view: {
    autoscalers(): readonly Autoscaler[]
    scaling(autoscaler: DocumentKey): Scaling | undefined
    podsOn(node: NodeId): readonly Pick<PodRow, 'fact'>[]
    nodes(): readonly NodeRow[]
    members(): ReadonlySet<NodeId>
    stored(key: DocumentKey): StoredObject | undefined
  }
  measure(): Promise<UsageFact>
  /** What this node says of its pods, for so long. */
  say(fact: UsageFact, ttlMs: number): void
}

export class AutoscaleActor implements Actor<AutoscaleMessage> {
  readonly #ports: AutoscalePorts
  readonly #memories = new Map<DocumentKey, Memory>()
  #isMeasuring = false
  #measureAtMs = 0

  constructor(ports: AutoscalePorts) {
    this.#ports = ports
  }

  receive(message: AutoscaleMessage, context: Context<AutoscaleMessage>): void {
    if (message.type === 'measured') return this.#measured(message.fact, context)
    const autoscalers = this.#ports.view.autoscalers()
    const known = new Set(autoscalers.map(({ key }) => key))
    for (const key of this.#memories.keys()) if (!known.has(key)) this.#memories.delete(key)
    for (const key of known) this.#look(key, context.now())
    // [HPA13] Nothing is measured where nobody scales by it.
    if (known.size > 0 && !this.#isMeasuring && context.mono() >= this.#measureAtMs) {
      this.#isMeasuring = true
      const measured = (fact?: UsageFact): AutoscaleMessage => ({ type: 'measured', fact })
      context.pipe(this.#ports.measure(), measured, () => measured())
    }
    context.after(LOOK_MS, { type: 'look' })
  }

  #measured(fact: UsageFact | undefined, context: Context<AutoscaleMessage>): void {
    this.#isMeasuring = false
    const isFirst = fact?.overMs === 0
    this.#measureAtMs = context.mono() + (isFirst ? FIRST_MEASURE_MS : MEASURE_MS)
    if (fact === undefined || isFirst) return
    const own = this.#scaledOf(fact)
    if (Object.keys(own.pods).length > 0) this.#ports.say(own, USAGE_TTL_MS)
  }

  /** [HPA13] Of the others nobody asks. */
  #scaledOf({ overMs, pods }: UsageFact): UsageFact {
    const { self, view } = this.#ports
    const targets = new Set(view.autoscalers().map(({ target }) => target))
    const scaled = view.podsOn(self).filter(({ fact }) => targets.has(fact.workload))
    const found = scaled.flatMap(({ fact: { uid } }) => (Object.hasOwn(pods, uid) ? [[uid, pods[uid]!] as const] : []))
    return { overMs, pods: Object.fromEntries(found) }
  }

  #look(key: DocumentKey, nowMs: number): void {
    const { self, view, replace, tell } = this.#ports
    const scaling = view.scaling(key)
    const { workload, proposal } = scaling ?? {}
    if (scaling === undefined || workload === undefined || proposal === undefined || scaling.rival !== undefined) return
    const question = {
      autoscaler: scaling.autoscaler,
      replicas: workload.replicas,
      proposal,
      nodes: view.nodes(),
      memberCount: view.members().size,
      self,
      nowMs,
    }
    const { memory, step } = scaleStep(question, this.#memories.get(key))
    this.#memories.set(key, memory)
    const stored = view.stored(workload.key)
    if (step === undefined || stored === undefined) return
    const spec = { ...(stored.object['spec'] as object), replicas: step.to }
    replace(workload.key, { ...stored.object, spec }, stored.object.metadata.resourceVersion ?? '')
    tell(key, `${workload.name}: from ${workload.replicas} to ${step.to} replicas: ${step.why}`)
  }
}

/**
 * Sweeps away what `sweep.ts` says, when it is this node's turn. It rests until something changes that may be over.
 *
 * @module
 */
import { finalizersOf, FOREGROUND, withDeletion } from '../../crdt/index.ts'
import type { DocumentKey, KubeObject, NodeId } from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Author } from '../control/author.ts'
import type { NodeRow } from '../control/rows.ts'
import { TURN_MS, turnOf } from '../control/turns.ts'
import { sweepStep, type SweepView } from './sweep.ts'

const LOOK_MS = 500

/** [CRD31] Whoever deletes a definition deletes its objects himself: that is waited for. */
const CALM_MS = 1_000

/** Written in one look, so that ten thousand objects hold up nothing else. */
const WRITES_MAX = 64

export type SweepMessage =
  | { readonly type: 'changed'; readonly keys: ReadonlySet<DocumentKey> }
  | { readonly type: 'look' }

export interface SweepPorts extends Author {
  readonly view: SweepView & { nodes(): readonly NodeRow[] }
  /** That very object, or nothing. */
  remove(key: DocumentKey, uid: string): void
}

export class SweepActor implements Actor<SweepMessage> {
  readonly #ports: SweepPorts
  /** What is to be swept, and since when. */
  readonly #due = new Map<DocumentKey, number>()
  /** What waits for pods: that they are gone may be told by time alone. */
  readonly #waiting = new Set<DocumentKey>()
  #isLooking = false

  constructor(ports: SweepPorts) {
    this.#ports = ports
  }

  receive(message: SweepMessage, context: Context<SweepMessage>): void {
    if (message.type === 'changed') for (const key of message.keys) this.#note(key, context.mono())
    else {
      this.#isLooking = false
      this.#look(context)
    }
    if (this.#due.size + this.#waiting.size === 0 || this.#isLooking) return
    this.#isLooking = true
    context.after(LOOK_MS, { type: 'look' })
  }

  #note(key: DocumentKey, nowMs: number): void {
    const step = sweepStep(key, this.#ports.view)
    if (step?.does === 'wait') this.#waiting.add(key)
    else this.#waiting.delete(key)
    if (step === undefined || step.does === 'wait') this.#due.delete(key)
    else if (!this.#due.has(key)) this.#due.set(key, nowMs)
  }

  /** [CRD34] */
  #look(context: Context<SweepMessage>): void {
    const { self, view } = this.#ports
    for (const key of this.#waiting) this.#note(key, context.mono())
    const alive = view.nodes().filter(({ verdict }) => verdict === 'alive').map(({ id }) => id) // prettier-ignore
    let writes = 0
    for (const [key, sinceMs] of this.#due) {
      if (writes >= WRITES_MAX) return
      const dueMs = sinceMs + CALM_MS + turnOf(['shoal/sweep/1', key], { self, alive: withSelf(alive, self) }) * TURN_MS
      if (context.mono() < dueMs) continue
      if (!this.#sweep(key, context)) continue
      writes += 1
      // What fails is noticed again when something changes, or after another turn.
      this.#due.set(key, context.mono() + TURN_MS)
    }
  }

  #sweep(key: DocumentKey, context: Context<SweepMessage>): boolean {
    const { view, replace, remove, tell } = this.#ports
    const step = sweepStep(key, view)
    const object = view.stored(key)?.object
    if (step === undefined || object === undefined || step.does === 'wait') {
      this.#note(key, context.mono())
      return false
    }
    if (step.does === 'remove') remove(key, object.metadata.uid ?? '')
    else replace(key, after(step.does, object, context.now()), object.metadata.resourceVersion ?? '')
    tell(key, `${step.does === 'release' ? 'released' : 'deleted'}: ${step.why}`)
    return true
  }
}

/** The object as it is written then. */
export function after(does: 'mark' | 'mark-foreground' | 'release', object: KubeObject, nowMs: number): KubeObject {
  const others = finalizersOf(object).filter((each) => each !== FOREGROUND)
  switch (does) {
    case 'mark':
      return withDeletion(object, nowMs)
    case 'mark-foreground':
      return withDeletion(withFinalizers(object, [...others, FOREGROUND]), nowMs)
    case 'release':
      return withFinalizers(object, others)
  }
}

const withFinalizers = (object: KubeObject, finalizers: readonly string[]): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, finalizers },
})

const withSelf = (alive: readonly NodeId[], self: NodeId): readonly NodeId[] =>
  alive.includes(self) ? alive : [...alive, self]

/**
 * Sweeps away what `sweep.ts` says, when it is this node's turn. It rests until something changes that may be over.
 *
 * @module
 */
import { withDeletion, type DocumentKey, type NodeId } from '../../crdt/index.ts'
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
    if (this.#due.size === 0 || this.#isLooking) return
    this.#isLooking = true
    context.after(LOOK_MS, { type: 'look' })
  }

  #note(key: DocumentKey, nowMs: number): void {
    if (sweepStep(key, this.#ports.view) === undefined) this.#due.delete(key)
    else if (!this.#due.has(key)) this.#due.set(key, nowMs)
  }

  /** [CRD34] */
  #look(context: Context<SweepMessage>): void {
    const { self, view } = this.#ports
    const alive = view.nodes().filter(({ verdict }) => verdict === 'alive').map(({ id }) => id) // prettier-ignore
    let writes = 0
    for (const [key, sinceMs] of this.#due) {
      if (writes >= WRITES_MAX) return
      const dueMs = sinceMs + CALM_MS + turnOf(['shoal/sweep/1', key], { self, alive: withSelf(alive, self) }) * TURN_MS
      if (context.mono() < dueMs) continue
      if (this.#sweep(key, context)) writes += 1
      // What fails is noticed again when something changes, or after another turn.
      this.#due.set(key, context.mono() + TURN_MS)
    }
  }

  #sweep(key: DocumentKey, context: Context<SweepMessage>): boolean {
    const { view, replace, remove, tell } = this.#ports
    const step = sweepStep(key, view)
    const object = view.stored(key)?.object
    if (step === undefined || object === undefined) {
      this.#due.delete(key)
      return false
    }
    if (step.does === 'mark') replace(key, withDeletion(object, context.now()), object.metadata.resourceVersion ?? '')
    else remove(key, object.metadata.uid ?? '')
    tell(key, `deleted: ${step.why}`)
    return true
  }
}

const withSelf = (alive: readonly NodeId[], self: NodeId): readonly NodeId[] =>
  alive.includes(self) ? alive : [...alive, self]

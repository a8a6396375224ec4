/**
 * Who works for the agent: one actor for each runtime, one for each pod that is being made true, one that sweeps. Only addresses; what the
 * pods do is their actors' business.
 *
 * @module
 */
import type { Actor, Context, Ref } from '../actor/actor.ts'
import type { Runtime, RuntimeName } from '../runtime/runtime.ts'
import type { EngineState } from './engine-health.ts'
import type { PodMessage } from './pod-message.ts'
import { SweeperActor, type SweeperMessage } from './sweeper-actor.ts'
import type { Turns } from './turns.ts'
import { RuntimeActor, type RuntimeMessage, type RuntimeNews } from './runtime-actor.ts'

export interface RuntimeCell {
  readonly runtime: Runtime
  readonly actor: Ref<RuntimeMessage>
  /** Taken to answer until it does not. */
  state: EngineState
  /** Its pods are known. */
  isListed: boolean
}

interface PodCell {
  readonly runtime: RuntimeName
  readonly actor: Ref<PodMessage>
}

type AnyContext = Pick<Context<never>, 'tell' | 'spawn' | 'stop'>

export class Roster {
  readonly #runtimes = new Map<RuntimeName, RuntimeCell>()
  readonly #pods = new Map<string, PodCell>()
  readonly #turns: Turns
  #sweeper: Ref<SweeperMessage> | undefined

  constructor(turns: Turns) {
    this.#turns = turns
  }

  begin(runtimes: readonly Runtime[], agent: Ref<RuntimeNews>, context: AnyContext): void {
    this.#sweeper = replace<SweeperMessage>('sweeper', () => new SweeperActor(this.#turns), context)
    for (const runtime of runtimes) {
      const actor = replace(`runtime/${runtime.name}`, () => new RuntimeActor({ runtime, agent }), context)
      context.tell(actor, { type: 'begin' })
      this.#runtimes.set(runtime.name, { runtime, actor, state: 'answers', isListed: false })
    }
  }

  /** Best first. */
  runtimes(): readonly RuntimeCell[] {
    return [...this.#runtimes.values()]
  }

  runtime(name: RuntimeName): RuntimeCell | undefined {
    return this.#runtimes.get(name)
  }

  has(uid: string): boolean {
    return this.#pods.has(uid)
  }

  podsOf(runtime: RuntimeName): readonly string[] {
    return [...this.#pods].flatMap(([uid, cell]) => (cell.runtime === runtime ? [uid] : []))
  }

  add(uid: string, runtime: RuntimeName, create: () => Actor<PodMessage>, context: AnyContext): void {
    this.#pods.set(uid, { runtime, actor: replace<PodMessage>(`pod/${uid}`, create, context) })
  }

  /** Stops its actor; a pod that is not on the roster is none. */
  drop(uid: string, context: AnyContext): void {
    const cell = this.#pods.get(uid)
    if (cell === undefined) return
    context.stop(cell.actor)
    this.#pods.delete(uid)
  }

  tell(uid: string, message: PodMessage, context: AnyContext): void {
    const cell = this.#pods.get(uid)
    if (cell !== undefined) context.tell(cell.actor, message)
  }

  sweep(order: SweeperMessage & { type: 'sweep' }, context: AnyContext): void {
    if (this.#sweeper !== undefined) context.tell(this.#sweeper, order)
  }
}

/** An agent that was made anew after a failure finds the actors of its earlier life: each gives way to one that looks first. */
function replace<Message>(name: string, create: () => Actor<Message>, context: AnyContext): Ref<Message> {
  context.stop({ name })
  return context.spawn(name, create)
}

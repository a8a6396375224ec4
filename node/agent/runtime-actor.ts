/**
 * Watches over one runtime: asks every 2 s whether it answers and every 10 s which pods it has, and tells the agent. Events
 * are news, the listing is the truth: whatever an event missed is found within 10 s.
 *
 * @module
 */
import type { Actor, Context, Ref } from '../actor/actor.ts'
import type { RunningPod, Runtime, RuntimeName } from '../runtime/runtime.ts'
import type { Cancel } from '../world/world.ts'
import { answered, missed, newHealth, type EngineHealth, type EngineState } from './engine-health.ts'

const CHECK_EVERY_MS = 2_000
/** With the period: a node marks a hung engine within 4.5 s (F35 asks for 5). */
const CHECK_BOUND_MS = 2_500
const LIST_EVERY_MS = 10_000
/** 500 pods on a loaded machine. */
const LIST_BOUND_MS = 10_000
/** A hung engine swallows questions: so many may wait for an answer, and one that got none for so long is given up. */
const UNANSWERED_MAX = 4
const GIVEN_UP_AFTER_MS = 30_000

type Question = 'check' | 'list'
type Check = Awaited<ReturnType<Runtime['check']>>

export type RuntimeMessage =
  | { readonly type: 'begin' }
  | { readonly type: 'trouble'; readonly reason: string }
  | { readonly type: 'tick' }
  | { readonly type: 'checked'; readonly number: number; readonly check: Check }
  | { readonly type: 'listed'; readonly number: number; readonly pods: readonly RunningPod[] }
  | { readonly type: 'failed'; readonly number: number; readonly question: Question; readonly reason: string }

export type RuntimeNews =
  | { readonly type: 'runtime-listed'; readonly runtime: RuntimeName; readonly pods: readonly RunningPod[] }
  | {
      readonly type: 'runtime-state'
      readonly runtime: RuntimeName
      readonly state: EngineState
      readonly reason: string
      readonly check: Check | undefined
    }

export class RuntimeActor implements Actor<RuntimeMessage> {
  readonly #runtime: Runtime
  readonly #agent: Ref<RuntimeNews>
  #health: EngineHealth | undefined
  #check: Check | undefined
  #told = ''
  #questions = 0
  /** When each was asked. */
  #unanswered: readonly number[] = []
  /** The question under way, of each kind. */
  readonly #asked = new Map<Question, { readonly number: number; readonly cancelBound: Cancel }>()
  #listDueMs = 0
  /** Why the last listing failed. */
  #unlisted: string | undefined

  constructor({ runtime, agent }: { runtime: Runtime; agent: Ref<RuntimeNews> }) {
    this.#runtime = runtime
    this.#agent = agent
  }

  receive(message: RuntimeMessage, context: Context<RuntimeMessage>): void {
    this.#health ??= this.#start(context)
    this.#hear(message, this.#health, context)
    this.#tellState(context)
  }

  #start(context: Context<RuntimeMessage>): EngineHealth {
    context.after(0, { type: 'tick' })
    const health = newHealth(context.mono())
    this.#told = this.#tellable(health) // nobody needs to hear that nothing was heard
    return health
  }

  #hear(message: RuntimeMessage, health: EngineHealth, context: Context<RuntimeMessage>): void {
    switch (message.type) {
      case 'begin':
        return
      case 'trouble': // the event stream broke: a hint, looked into at once
        this.#listDueMs = 0
        this.#askCheck(context)
        return
      case 'tick':
        context.after(CHECK_EVERY_MS, { type: 'tick' })
        this.#askCheck(context)
        if (context.mono() >= this.#listDueMs) this.#askList(context)
        return
      case 'checked':
        if (!this.#settles('check', message.number)) return
        this.#health = answered(context.mono())
        this.#check = message.check
        return
      case 'listed':
        if (!this.#settles('list', message.number)) return
        this.#unlisted = undefined
        context.tell(this.#agent, { type: 'runtime-listed', runtime: this.#runtime.name, pods: message.pods })
        return
      case 'failed':
        if (!this.#settles(message.question, message.number)) return
        // A listing that fails while checks pass is tried again at the next tick; what is known stays known.
        if (message.question === 'list') {
          this.#listDueMs = 0
          // An engine that is away says the same for ever.
          if (this.#unlisted !== message.reason) context.note('runtime-not-listed', { reason: message.reason })
          this.#unlisted = message.reason
          return
        }
        this.#health = missed(health, { reason: message.reason, monoMs: context.mono() })
        return
    }
  }

  #settles(question: Question, number: number): boolean {
    const asked = this.#asked.get(question)
    if (asked?.number !== number) return false
    asked.cancelBound()
    this.#asked.delete(question)
    return true
  }

  #askCheck(context: Context<RuntimeMessage>): void {
    this.#ask('check', CHECK_BOUND_MS, context, (number) => {
      const work = this.#counted(this.#runtime.check(), context.mono())
      context.pipe(work, (check) => ({ type: 'checked', number, check }), failure('check', number))
    })
  }

  #askList(context: Context<RuntimeMessage>): void {
    this.#ask('list', LIST_BOUND_MS, context, (number) => {
      this.#listDueMs = context.mono() + LIST_EVERY_MS - CHECK_EVERY_MS / 2 // at the nearest tick
      const work = this.#counted(this.#runtime.list(), context.mono())
      context.pipe(work, (pods) => ({ type: 'listed', number, pods }), failure('list', number))
    })
  }

  /** One question of a kind at a time; one without an answer within its bound has failed. */
  #ask(question: Question, boundMs: number, context: Context<RuntimeMessage>, begin: (number: number) => void): void {
    if (this.#asked.has(question)) return
    const number = ++this.#questions
    const reason = `the ${this.#runtime.name} runtime did not answer '${question}' for ${boundMs / 1_000} s`
    const cancelBound = context.after(boundMs, { type: 'failed', number, question, reason })
    this.#asked.set(question, { number, cancelBound })
    this.#unanswered = this.#unanswered.filter((askedMs) => context.mono() - askedMs < GIVEN_UP_AFTER_MS)
    if (this.#unanswered.length < UNANSWERED_MAX) begin(number)
  }

  #counted<T>(work: Promise<T>, askedMs: number): Promise<T> {
    this.#unanswered = [...this.#unanswered, askedMs]
    return work.finally(() => {
      const at = this.#unanswered.indexOf(askedMs)
      if (at >= 0) this.#unanswered = this.#unanswered.toSpliced(at, 1)
    })
  }

  #tellState(context: Context<RuntimeMessage>): void {
    if (this.#health === undefined) return
    const tellable = this.#tellable(this.#health)
    if (tellable === this.#told) return
    this.#told = tellable
    const { state, reason } = this.#health
    context.tell(this.#agent, { type: 'runtime-state', runtime: this.#runtime.name, state, reason, check: this.#check })
  }

  #tellable({ state, reason }: EngineHealth): string {
    return JSON.stringify([state, reason, this.#check])
  }
}

function failure(question: Question, number: number): (error: unknown) => RuntimeMessage {
  return (error) => ({
    type: 'failed',
    number,
    question,
    reason: error instanceof Error ? error.message : String(error),
  })
}

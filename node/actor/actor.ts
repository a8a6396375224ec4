/**
 * The kernel's vocabulary. An actor is a mailbox and a synchronous handler that runs to completion: while it runs nothing
 * else does, so what it asserted at its start still holds at its end. Work that takes time is piped: its answer is a message.
 *
 * Actors hold no cluster facts of their own and never ask one another for them: they read the view and write edits or records.
 *
 * @module
 */
import type { Cancel, Facts } from '../world/world.ts'

/** Address of an actor that takes messages of one type. Telling a stopped one is a note, not an error. */
export interface Ref<Message> {
  readonly name: string
  /** Ties the type to the address; never there at run time. */
  readonly takes?: (message: Message) => void
}

export interface Actor<Message> {
  receive(message: Message, context: Context<Message>): void
  /** Called once when the actor is stopped or before it is made anew. Release what the world lent. */
  stopped?(): void
}

/** What a handler may do. */
export interface Context<Message> {
  readonly self: Ref<Message>
  /** Wall clock, ms. */
  now(): number
  /** Monotonic clock, ms. */
  mono(): number
  tell<Other>(to: Ref<Other>, message: Other): void
  spawn<Other>(name: string, create: () => Actor<Other>, options?: ActorOptions): Ref<Other>
  stop(ref: Ref<never>): void
  /** Tells itself later; cancelled when the actor stops. */
  after(delayMs: number, message: Message): Cancel
  /** Turns the outcome of work in the world into a message to itself; dropped when the actor has stopped by then. */
  pipe<T>(work: Promise<T>, done: (value: T) => Message, failed: (error: unknown) => Message): void
  /** An observation, turned into log lines and counters at the edge. */
  note(what: string, facts?: Facts): void
}

export interface ActorOptions {
  /** Messages that may wait. */
  readonly mailboxMax?: number
  /** What gives way when the mailbox is full: `drop-oldest` for state-like messages, `drop-newest` for commands. */
  readonly overflow?: 'drop-oldest' | 'drop-newest'
}

/**
 * The kernel: addresses, delivery, supervision. One message at a time over all actors, in the order they were told, so that
 * a node is a single sequence of handler runs and the simulator can replay it.
 *
 * Delivery is a plain loop. It is entered from a microtask when something is told from outside and runs until all mailboxes
 * are empty or `BATCH_MAX` messages were handled; then it yields to the world, so that a busy node still reads its sockets.
 *
 * @module
 */
import type { Actor, ActorOptions, Context, Ref } from './actor.ts'
import type { Cancel, Facts, World } from '../world/world.ts'
import { Mailbox } from './mailbox.ts'
import { NO_FAILURES, planRestart, type Failures } from './supervisor.ts'

/** Messages handled before the world gets a turn: some milliseconds of work. */
const BATCH_MAX = 256

const SETTLED = Promise.resolve()

export type SystemWorld = Pick<World, 'clock' | 'timers' | 'log'>

interface Cell {
  readonly ref: Ref<unknown>
  readonly create: () => Actor<unknown>
  readonly mailbox: Mailbox<unknown>
  readonly context: Context<unknown>
  readonly timers: Set<Cancel>
  actor: Actor<unknown>
  failures: Failures
  state: 'running' | 'pausing' | 'stopped'
  queued: boolean
  /** Grows with every start, so that the answer to work of an earlier life is dropped. */
  life: number
}

export interface SystemOptions {
  /** Called once when an actor is given up: the node is to end. */
  readonly onGiveUp?: (name: string, error: unknown) => void
  /** Sees every delivery; for logs and the simulator's hash. */
  readonly trace?: (to: string, message: unknown) => void
}

export class ActorSystem {
  readonly #world: SystemWorld
  readonly #options: SystemOptions
  readonly #cells = new Map<string, Cell>()
  #ready: Cell[] = []
  #scheduled = false
  #running = false
  #stopped = false

  constructor(world: SystemWorld, options: SystemOptions = {}) {
    this.#world = world
    this.#options = options
  }

  /** Names are unique among the living; a second actor of one name is the programmer's error. */
  spawn<Message>(name: string, create: () => Actor<Message>, options: ActorOptions = {}): Ref<Message> {
    if (this.#cells.has(name)) throw new Error(`actor '${name}' runs already: stop it first or choose another name`)
    const ref: Ref<Message> = { name }
    const cell: Cell = {
      ref: ref as Ref<unknown>,
      create: create,
      mailbox: new Mailbox(options),
      timers: new Set(),
      actor: create(),
      failures: NO_FAILURES,
      state: 'running',
      queued: false,
      life: 0,
      context: undefined as unknown as Context<unknown>,
    }
    Object.assign(cell, { context: this.#contextOf(cell) })
    this.#cells.set(name, cell)
    return ref
  }

  tell<Message>(to: Ref<Message>, message: Message): void {
    const cell = this.#cells.get(to.name)
    if (cell === undefined || cell.state === 'stopped') {
      this.#world.log.note('debug', 'dead-letter', { to: to.name })
      return
    }
    if (!cell.mailbox.push(message)) {
      this.#world.log.note('warn', 'mailbox-full', { actor: to.name, dropped: cell.mailbox.dropped })
    }
    this.#enqueue(cell)
  }

  stop(ref: Ref<never>): void {
    const cell = this.#cells.get(ref.name)
    if (cell === undefined) return
    this.#release(cell)
    cell.state = 'stopped'
    this.#cells.delete(ref.name)
  }

  /** Stops all, last spawned first. Nothing is delivered afterwards. */
  stopAll(): void {
    this.#stopped = true
    for (const cell of [...this.#cells.values()].reverse()) this.stop(cell.ref)
    this.#ready = []
  }

  #enqueue(cell: Cell): void {
    if (cell.queued || cell.state !== 'running' || this.#stopped) return
    cell.queued = true
    this.#ready.push(cell)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return
    this.#scheduled = true
    // A third of the price of `queueMicrotask`, which makes an async resource for each.
    void SETTLED.then(this.#runNow)
  }

  readonly #runNow = (): void => {
    this.#scheduled = false
    this.#run()
  }

  #run(): void {
    this.#running = true
    let left = BATCH_MAX
    while (left > 0) {
      const cell = this.#ready.shift()
      if (cell === undefined) break
      cell.queued = false
      left -= 1
      this.#deliver(cell)
    }
    this.#running = false
    if (this.#ready.length > 0) this.#world.timers.after(0, () => this.#schedule())
  }

  #deliver(cell: Cell): void {
    if (cell.state !== 'running') return
    const message = cell.mailbox.shift()
    if (message === undefined) return
    this.#options.trace?.(cell.ref.name, message)
    try {
      cell.actor.receive(message, cell.context)
    } catch (error) {
      this.#fail(cell, error)
    }
    if (cell.mailbox.length > 0) this.#enqueue(cell)
  }

  #fail(cell: Cell, error: unknown): void {
    const plan = planRestart(cell.failures, this.#world.clock.mono())
    cell.failures = plan.failures
    this.#world.log.note('error', 'actor-failed', {
      actor: cell.ref.name,
      failures: plan.failures.count,
      next: plan.action,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    this.#release(cell)
    if (plan.action === 'give-up') {
      cell.state = 'stopped'
      this.#cells.delete(cell.ref.name)
      this.#options.onGiveUp?.(cell.ref.name, error)
      return
    }
    cell.state = 'pausing'
    this.#world.timers.after(plan.delayMs, () => this.#revive(cell))
  }

  #revive(cell: Cell): void {
    if (cell.state !== 'pausing' || this.#stopped) return
    try {
      cell.actor = cell.create()
      cell.state = 'running'
    } catch (error) {
      this.#fail(cell, error)
      return
    }
    if (cell.mailbox.length > 0) this.#enqueue(cell)
  }

  #release(cell: Cell): void {
    cell.life += 1
    for (const cancel of cell.timers) cancel()
    cell.timers.clear()
    try {
      cell.actor.stopped?.()
    } catch (error) {
      this.#world.log.note('error', 'actor-stop-failed', { actor: cell.ref.name, error: String(error) })
    }
  }

  #contextOf(cell: Cell): Context<unknown> {
    const { clock, log } = this.#world
    return {
      self: cell.ref,
      now: () => clock.now(),
      mono: () => clock.mono(),
      tell: (to, message) => this.tell(to, message),
      spawn: (name, create, options) => this.spawn(name, create, options),
      stop: (ref) => this.stop(ref),
      after: (delayMs, message) => this.#after(cell, delayMs, message),
      pipe: (work, done, failed) => this.#pipe(cell, work, done, failed),
      note: (what: string, facts?: Facts) => log.note('info', what, { actor: cell.ref.name, ...facts }),
    }
  }

  #after(cell: Cell, delayMs: number, message: unknown): Cancel {
    const stopTimer = this.#world.timers.after(delayMs, () => {
      cell.timers.delete(cancel)
      this.tell(cell.ref, message)
    })
    const cancel = (): void => {
      cell.timers.delete(cancel)
      stopTimer()
    }
    cell.timers.add(cancel)
    return cancel
  }

  #pipe<T>(cell: Cell, work: Promise<T>, done: (value: T) => unknown, failed: (error: unknown) => unknown): void {
    const life = cell.life
    const answer = (message: () => unknown): void => {
      if (cell.life === life) this.tell(cell.ref, message())
    }
    work.then(
      (value) => answer(() => done(value)),
      (error: unknown) => answer(() => failed(error)),
    )
  }
}

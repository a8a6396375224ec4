/**
 * Opens and closes this node's service listeners as the route table wants them, and hands the table to the data plane.
 *
 * A port that cannot be had is no reason to stop: the route's other places work on, the user is told by an event which port it
 * is and what to do, and it is tried again until it can be had or is not wanted any more.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Actor, Context } from '../actor/actor.ts'
import type { Cancel, Listening, Sockets } from '../world/world.ts'
import type { DataPlane } from './data-plane.ts'
import { eventOf } from './listen-trouble.ts'
import { NO_PLACES } from './places.ts'
import type { RouteAddresses } from './places.ts'
import type { RouteEvent, RouteId, RoutesSelf, RoutesView } from './ports.ts'
import { LISTENERS_MAX, routeTable } from './routes.ts'
import type { ListenerId, RouteTable, WantedListener } from './routes.ts'

/** Wait before a port is tried again; doubles up to the second. */
const RETRY_MS_FIRST = 1_000
const RETRY_MS_MAX = 30_000

/** Changes of the view come in bursts; one table answers those of this long. */
const BURST_MS = 10

/** For the one who spawns it: every listener may answer at once, and none of the answers may be lost. */
export const PROXY_MAILBOX_MAX = 2 * LISTENERS_MAX

export type ProxyMessage =
  /** The view may read differently now. */
  | { readonly type: 'look' }
  | { readonly type: 'apply' }
  | { readonly type: 'opened'; readonly id: ListenerId; readonly listening: Listening }
  | { readonly type: 'failed'; readonly id: ListenerId; readonly error: unknown }
  | { readonly type: 'retry'; readonly id: ListenerId }

export interface ProxyPorts {
  readonly view: RoutesView
  readonly self: RoutesSelf
  readonly sockets: Pick<Sockets, 'listen'>
  readonly dataPlane: Pick<DataPlane, 'apply' | 'accept'>
  /** What a user should read beside the service; each is told once until it changes. */
  report(event: RouteEvent): void
  /** Where clients on this machine find each route, told with every table: the environment of new pods. */
  placed(addresses: ReadonlyMap<RouteId, RouteAddresses>): void
}

type Listener =
  | { readonly state: 'opening'; readonly tries: number }
  | { readonly state: 'open'; readonly listening: Listening }
  | { readonly state: 'waiting'; readonly tries: number; readonly cancel: Cancel }

export class ProxyActor implements Actor<ProxyMessage> {
  readonly #ports: ProxyPorts
  readonly #listeners = new Map<ListenerId, Listener>()
  /** Ports of 20000 to 29999 that other programs have, by route. */
  readonly #taken = new Map<string, Set<number>>()
  #reported = new Set<string>()
  #table: RouteTable | undefined
  #isApplying = false
  #isStopped = false

  constructor(ports: ProxyPorts) {
    this.#ports = ports
  }

  receive(message: ProxyMessage, context: Context<ProxyMessage>): void {
    switch (message.type) {
      case 'look':
        return this.#look(context)
      case 'apply':
        return this.#apply(context)
      case 'opened':
        return this.#opened(message.id, message.listening, context)
      case 'failed':
        return this.#failed(message.id, message.error, context)
      case 'retry':
        return this.#retry(message.id, context)
    }
  }

  stopped(): void {
    this.#isStopped = true
    for (const listener of this.#listeners.values()) release(listener)
    this.#listeners.clear()
  }

  #look(context: Context<ProxyMessage>): void {
    if (this.#isApplying) return
    this.#isApplying = true
    context.after(BURST_MS, { type: 'apply' })
  }

  #apply(context: Context<ProxyMessage>): void {
    this.#isApplying = false
    const { view, self, dataPlane, placed } = this.#ports
    const table = routeTable({
      view,
      self,
      previous: this.#table?.places ?? NO_PLACES,
      isPortTaken: (route, port) => this.#taken.get(route)?.has(port) ?? false,
    })
    this.#table = table
    for (const route of this.#taken.keys()) if (!table.routes.has(route as RouteId)) this.#taken.delete(route)
    dataPlane.apply(table)
    placed(table.addresses)
    this.#reportNew(table.events)
    for (const [id, listener] of this.#listeners) if (!table.listeners.has(id)) this.#close(id, listener, context)
    for (const [id, wanted] of table.listeners) if (!this.#listeners.has(id)) this.#open(id, wanted, 0, context)
  }

  #open(id: ListenerId, { host, port }: WantedListener, tries: number, context: Context<ProxyMessage>): void {
    this.#listeners.set(id, { state: 'opening', tries })
    const onConnection = (client: Duplex): void => void this.#ports.dataPlane.accept(id, client)
    const opening = this.#ports.sockets.listen({ host, port }, onConnection)
    context.pipe(
      opening.then((listening) => {
        // Its message is dropped then, and nobody else would close it.
        if (this.#isStopped) void listening.close()
        return listening
      }),
      (listening) => ({ type: 'opened', id, listening }),
      (error) => ({ type: 'failed', id, error }),
    )
  }

  #opened(id: ListenerId, listening: Listening, context: Context<ProxyMessage>): void {
    const wanted = this.#table?.listeners.get(id)
    if (wanted === undefined) {
      // Not wanted any more while it was being opened.
      this.#listeners.delete(id)
      return void listening.close()
    }
    this.#listeners.set(id, { state: 'open', listening })
    context.note('service-listening', { listener: id, service: wanted.service, purpose: wanted.purpose })
  }

  #failed(id: ListenerId, error: unknown, context: Context<ProxyMessage>): void {
    const listener = this.#listeners.get(id)
    const wanted = this.#table?.listeners.get(id)
    if (listener?.state !== 'opening' || wanted === undefined) return void this.#listeners.delete(id)
    const event = eventOf(wanted, error)
    context.note('service-listen-failed', {
      listener: id,
      service: wanted.service,
      reason: event.reason,
      why: event.message,
    })
    if (event.reason === 'PortInUse' && this.#moves(wanted)) {
      this.#listeners.delete(id)
      return context.tell(context.self, { type: 'look' })
    }
    if (listener.tries === 0) this.#ports.report(event)
    const tries = listener.tries + 1
    const delayMs = Math.min(RETRY_MS_FIRST * 2 ** listener.tries, RETRY_MS_MAX)
    this.#listeners.set(id, { state: 'waiting', tries, cancel: context.after(delayMs, { type: 'retry', id }) })
  }

  /** A port of our own choosing is chosen anew; one that the user or the manifest named is not. */
  #moves({ route, port }: WantedListener): boolean {
    if (this.#table?.places.ports.get(route) !== port) return false
    const taken = this.#taken.get(route) ?? new Set()
    this.#taken.set(route, taken.add(port))
    return true
  }

  #retry(id: ListenerId, context: Context<ProxyMessage>): void {
    const listener = this.#listeners.get(id)
    const wanted = this.#table?.listeners.get(id)
    if (listener?.state === 'waiting' && wanted !== undefined) this.#open(id, wanted, listener.tries, context)
  }

  #close(id: ListenerId, listener: Listener, context: Context<ProxyMessage>): void {
    // One that is being opened cannot be closed yet; `opened` and `failed` see that it is not wanted.
    if (listener.state === 'opening') return
    release(listener)
    this.#listeners.delete(id)
    context.note('service-closed', { listener: id })
  }

  #reportNew(events: readonly RouteEvent[]): void {
    const now = new Set<string>()
    for (const event of events) {
      const identity = JSON.stringify(event)
      if (!this.#reported.has(identity)) this.#ports.report(event)
      now.add(identity)
    }
    this.#reported = now
  }
}

function release(listener: Listener): void {
  switch (listener.state) {
    case 'opening':
      return
    case 'waiting':
      return listener.cancel()
    case 'open':
      return void listener.listening.close()
  }
}

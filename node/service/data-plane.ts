/**
 * The connections of this node's services. It holds the table in force and what was learnt while using it: whose turn it is,
 * who failed lately, who is connected to whom. The proxy actor swaps tables; connections come straight from the listeners,
 * since a mailbox between a client and its bytes would cost time and decide nothing.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { World } from '../world/world.ts'
import type { Backend, Route } from './backends.ts'
import { candidates } from './balance.ts'
import { Ejections } from './ejection.ts'
import { forward, type Outcome } from './forward.ts'
import type { EndpointError } from './forward-protocol.ts'
import type { RouteId } from './ports.ts'
import type { Reach } from './reach.ts'
import type { ListenerId, RouteTable } from './routes.ts'
import { reset } from './splice.ts'
import { WaitingRoom } from './waiting-room.ts'

/** Connections forwarded at a time: two file descriptors each, of the 65,536 a service usually may have. */
const CONNECTIONS_MAX = 8_192

/** Of these, how many may wait for a pod: one broken service must not take all. */
const WAITING_SHARE = 1 / 4

/** A client that retries must not fill the log. */
const NOTE_EVERY_MS = 60_000

/** Stands among the routes for what is noted about all of them. */
const LIMIT = 'limit'

export interface DataPlanePorts extends Pick<World, 'clock' | 'timers' | 'dice' | 'log'> {
  readonly reach: Pick<Reach, 'connect' | 'keepOnly'>
  /** Lower where the process may open fewer files. */
  readonly connectionsMax?: number
}

/** Since the start, but for `open`. */
export interface DataPlaneCounts {
  readonly open: number
  readonly served: number
  /** Attempts that failed and were made good with another backend, or not. */
  readonly failedAttempts: number
  /** Clients that were reset because nobody took their connection. */
  readonly withoutBackend: number
  /** Clients that were reset because too many are connected. */
  readonly overLimit: number
}

export class DataPlane {
  readonly #ports: DataPlanePorts
  readonly #connectionsMax: number
  readonly #waitingRoom: WaitingRoom
  readonly #ejections = new Ejections()
  /** Connections so far, by route; starts anywhere, so that nodes do not all begin with the same backend. */
  readonly #turns = new Map<RouteId, number>()
  readonly #notedAtMs = new Map<RouteId | typeof LIMIT, number>()
  /** Ends of the open connections, by node: a machine that lost its disk goes on with its pods as another one. */
  readonly #joined = new Map<string, Set<() => void>>()
  readonly #counts = { open: 0, served: 0, failedAttempts: 0, withoutBackend: 0, overLimit: 0 }
  #table: Pick<RouteTable, 'listeners' | 'routes'> = { listeners: new Map(), routes: new Map() }

  constructor(ports: DataPlanePorts) {
    this.#ports = ports
    this.#connectionsMax = ports.connectionsMax ?? CONNECTIONS_MAX
    this.#waitingRoom = new WaitingRoom(ports, this.#connectionsMax * WAITING_SHARE)
  }

  get counts(): DataPlaneCounts {
    return { ...this.#counts }
  }

  /** From now on connections go by this table. Those that stand are left alone, but for those to machines that are gone. */
  apply(table: Pick<RouteTable, 'listeners' | 'routes' | 'lost'>): void {
    const before = this.#table.routes
    this.#table = table
    const backends = [...table.routes.values()].flatMap((route) => route.backends)
    this.#ejections.keepOnly(new Set(backends.map(({ id }) => id)))
    this.#ports.reach.keepOnly(new Set(backends.map(({ node }) => node)))
    for (const route of this.#turns.keys()) if (!table.routes.has(route)) this.#turns.delete(route)
    for (const about of this.#notedAtMs.keys()) {
      if (about !== LIMIT && !table.routes.has(about)) this.#notedAtMs.delete(about)
    }
    // [DATA5] Nobody will ever answer on them; without this a client waits for the kernel to give up.
    for (const node of table.lost) for (const end of this.#joined.get(node) ?? []) end()
    this.#waitingRoom.tableChanged(before, table.routes)
  }

  /** A client connected. Resolves when it is gone again; never rejects. */
  async accept(listener: ListenerId, client: Duplex): Promise<void> {
    const limit = this.#connectionsMax
    if (this.#counts.open >= limit) {
      this.#counts.overLimit += 1
      this.#noteSeldom(LIMIT, 'service-connections-full', { limit })
      return reset(client)
    }
    this.#counts.open += 1
    try {
      await this.#serve(listener, client)
    } finally {
      this.#counts.open -= 1
    }
  }

  /** [DATA10] By the table of each moment: while the client waits for a pod, another one may come. */
  async #serve(listener: ListenerId, client: Duplex): Promise<void> {
    const sinceMs = this.#ports.clock.mono()
    // A client may break off at any moment; `destroyed` tells.
    client.on('error', nothing)
    for (;;) {
      const route = this.#routeOf(listener)
      if (route === undefined) return reset(client)
      const outcome = await this.#forward(route, client)
      if (outcome === 'served') this.#counts.served += 1
      if (outcome !== 'no-backend' && outcome !== 'silent') return
      const isSilent = outcome === 'silent'
      if (!this.#waitingRoom.hasSeat(route, { sinceMs, isSilent })) return this.#turnAway(route, client)
      await this.#waitingRoom.wait(client)
    }
  }

  #routeOf(listener: ListenerId): Route | undefined {
    const wanted = this.#table.listeners.get(listener)
    return wanted === undefined ? undefined : this.#table.routes.get(wanted.route)
  }

  async #forward(route: Route, client: Duplex): Promise<Outcome> {
    let leave = nothing
    const outcome = await forward({
      client,
      candidates: this.#candidatesFor(route, client),
      reach: this.#ports.reach,
      clock: this.#ports.clock,
      onTried: (backend, failure) => this.#tried(route, backend, failure),
      onJoined: (backend, end) => {
        this.#waitingRoom.worked(route.id)
        leave = this.#join(backend.node, end)
      },
    })
    leave()
    return outcome
  }

  #turnAway({ id, service, port, backends }: Route, client: Duplex): void {
    reset(client)
    this.#counts.withoutBackend += 1
    this.#noteSeldom(id, 'service-without-endpoint', { service, port, tried: backends.length })
  }

  /** [DATA14] Of one connection, by the table of each attempt. */
  #candidatesFor({ id, backends }: Route, client: Duplex): () => readonly Backend[] {
    const size = Math.max(1, backends.length)
    const turn = this.#turns.get(id) ?? Math.floor(this.#ports.dice.unit() * size)
    this.#turns.set(id, turn + 1)
    return () => {
      const route = this.#table.routes.get(id)
      const nowMs = this.#ports.clock.mono()
      const isEjected = (backend: Backend): boolean => this.#ejections.isEjected(backend.id, nowMs)
      return route === undefined ? [] : candidates({ route, turn, isEjected, client: addressOf(client) })
    }
  }

  #tried(route: Route, backend: Backend, failure: EndpointError | undefined): void {
    if (failure === undefined) return this.#ejections.succeeded(backend.id)
    this.#counts.failedAttempts += 1
    this.#ejections.failed(backend.id, this.#ports.clock.mono())
    const facts = {
      service: route.service,
      port: route.port,
      pod: backend.podName,
      code: failure.code,
      why: failure.message,
    }
    this.#ports.log.note('debug', 'service-endpoint-failed', facts)
  }

  #join(node: string, end: () => void): () => void {
    const ends = this.#joined.get(node) ?? new Set()
    this.#joined.set(node, ends.add(end))
    return () => {
      ends.delete(end)
      if (ends.size === 0) this.#joined.delete(node)
    }
  }

  #noteSeldom(about: RouteId | typeof LIMIT, what: string, facts: Readonly<Record<string, unknown>>): void {
    const nowMs = this.#ports.clock.mono()
    const lastMs = this.#notedAtMs.get(about)
    if (lastMs !== undefined && nowMs - lastMs < NOTE_EVERY_MS) return
    this.#notedAtMs.set(about, nowMs)
    this.#ports.log.note('warn', what, facts)
  }
}

function addressOf(client: Duplex): string | undefined {
  return 'remoteAddress' in client && typeof client.remoteAddress === 'string' ? client.remoteAddress : undefined
}

function nothing(): void {}

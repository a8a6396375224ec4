/**
 * Where clients wait whose service worked a moment ago and has no pod that takes them now: the last one died, and its
 * replacement is seconds away. A reset would fail their requests for nothing. A service that did not work lately gets no such
 * credit: there a quick error says more than a long silence.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { World } from '../world/world.ts'
import type { Route } from './backends.ts'
import type { RouteId } from './ports.ts'

/** From the client's connect. A silent death is made good within 5 s. */
export const WAIT_MS_MAX = 5_000

/** How long after it last worked a service is believed to work again. */
export const LATELY_MS = 10_000

/** A pod that is being started may listen without any news in the table. */
export const LOOK_MS = 250

type Routes = ReadonlyMap<RouteId, Route>

export class WaitingRoom {
  readonly #ports: Pick<World, 'clock' | 'timers'>
  readonly #seatsMax: number
  readonly #workedMs = new Map<RouteId, number>()
  readonly #calls = new Set<() => void>()

  constructor(ports: Pick<World, 'clock' | 'timers'>, seatsMax: number) {
    this.#ports = ports
    this.#seatsMax = seatsMax
  }

  /** A pod took a connection. */
  worked(route: RouteId): void {
    this.#workedMs.set(route, this.#ports.clock.mono())
  }

  /** Who lost its last pod worked until now; all who wait look again. */
  tableChanged(before: Routes, now: Routes): void {
    for (const [id, { backends }] of now) {
      if (backends.length === 0 && (before.get(id)?.backends.length ?? 0) > 0) this.worked(id)
    }
    for (const id of this.#workedMs.keys()) if (!now.has(id)) this.#workedMs.delete(id)
    for (const call of this.#calls) call()
  }

  /** Whether a client that came at `sinceMs` may wait on. */
  hasSeat(route: RouteId, sinceMs: number): boolean {
    const nowMs = this.#ports.clock.mono()
    const workedMs = this.#workedMs.get(route)
    const isPromising = workedMs !== undefined && nowMs - workedMs < LATELY_MS
    return isPromising && nowMs - sinceMs < WAIT_MS_MAX && this.#calls.size < this.#seatsMax
  }

  /** Until it is worth another look, or the client has left. */
  wait(client: Duplex): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        this.#calls.delete(over)
        client.off('close', over)
        cancel()
        resolve()
      }
      const cancel = this.#ports.timers.after(LOOK_MS, over)
      this.#calls.add(over)
      client.once('close', over)
      if (client.destroyed) over()
    })
  }
}

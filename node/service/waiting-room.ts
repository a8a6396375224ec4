/**
 * Where clients wait whose service worked a moment ago and has no pod that takes them now: the last one died, and its
 * replacement is seconds away. A reset would fail their requests for nothing. A service that did not work lately gets no such
 * credit: there a quick error says more than a long silence. It worked if a connection said so, or if a pod that the table
 * took for good is so no longer: a node that has just started, or of which nobody asked anything, knows no other sign.
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

/** Where pods are there and all refuse, the table knows in so long whether they died. */
export const REFUSED_MS = 500

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

  /** Who lost a pod worked until now; all who wait look again. */
  tableChanged(before: Routes, now: Routes): void {
    for (const [id, route] of now) {
      const sure = sureOf(route)
      if ([...sureOf(before.get(id))].some((backend) => !sure.has(backend))) this.worked(id)
    }
    for (const id of this.#workedMs.keys()) if (!now.has(id)) this.#workedMs.delete(id)
    for (const call of this.#calls) call()
  }

  /** Whether a client that came at `sinceMs` may wait on. `isSilent`: a pod that was thought well of did not answer in time. */
  hasSeat(
    { id, backends }: Pick<Route, 'id' | 'backends'>,
    { sinceMs, isSilent }: { readonly sinceMs: number; readonly isSilent: boolean },
  ): boolean {
    const nowMs = this.#ports.clock.mono()
    const waitsMs = nowMs - sinceMs
    const workedMs = this.#workedMs.get(id)
    const isPromising = workedMs !== undefined && nowMs - workedMs < LATELY_MS
    // [DATA13] Who is silent may be far or dead: the table will know which, and until then it is asked again.
    const mayBeNews = backends.length > 0 && (isSilent || waitsMs < REFUSED_MS)
    return (isPromising || mayBeNews) && waitsMs < WAIT_MS_MAX && this.#calls.size < this.#seatsMax
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

function sureOf(route: Route | undefined): ReadonlySet<string> {
  return new Set(route?.backends.flatMap(({ id, standing }) => (standing === 'sure' ? [id] : [])))
}

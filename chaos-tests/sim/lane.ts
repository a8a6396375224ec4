/**
 * One direction of one connection: what is put in comes out at the other end in order, later, as over TCP. A packet that is
 * lost is sent again and holds up those behind it; while the way is blocked all wait, and after that they come with
 * the delay of a sender that had backed off. On a noisy way some arrive with a bit flipped. Where it is clogged each waits its time in the clog, and what waits there passes
 * at once when the way is free again.
 *
 * @module
 */
import { drawAt } from './random.ts'

/** What a lane needs to know of the network it lies in; asked anew for each parcel, since faults come and go. */
export interface Way {
  nowMs(): number
  after(delayMs: number, run: () => void): unknown
  isBlocked(): boolean
  /** `then` when so many bytes have got through what is narrow on the way: at once where nothing is. */
  squeeze(bytes: number, then: () => void): void
  /** How long what enters now waits before it is on its way. */
  clogMs(): number
  /** Share of frames of which a bit flips. */
  noise(): number
  /** One way, of a parcel of so many bytes. `draw`: in [0, 1), as often as it is asked. */
  delayMs(bytes: number, draw: () => number): number
}

interface Parcel {
  readonly order: number
  readonly bytes: number
  readonly deliver: Deliver
}

/** Told whether a bit of it has flipped. */
export type Deliver = (isGarbled: boolean) => void

/** TCP sends again after this long at first, then after twice as long, and so on up to two minutes (Linux). */
const RESEND_MS = 200
const RESEND_MS_MAX = 120_000
/** What one frame carries of a parcel. */
const FRAME_BYTES = 1_448
/** Draws a parcel may take: its delay, and one for each time it is lost. */
const DRAWS_PER_PARCEL = 8

export class Lane {
  readonly #way: Way
  readonly #series: number
  #put = 0
  #count = 0
  #lastMs = 0
  #held: Parcel[] = []
  /** In the clog, until when: the later ones never before those ahead of them. */
  #clogged: { readonly parcel: Parcel; readonly untilMs: number }[] = []
  #heldSinceMs = 0
  #isOver = false
  waitingBytes = 0

  constructor(way: Way, series: number) {
    this.#way = way
    this.#series = series
  }

  put(bytes: number, deliver: Deliver): void {
    if (this.#isOver) return
    this.waitingBytes += bytes
    const parcel = { order: this.#put++, bytes, deliver }
    this.#way.squeeze(bytes, () => this.#enter(parcel))
  }

  #enter(parcel: Parcel): void {
    if (this.#isOver) return
    const clogMs = this.#way.clogMs()
    const last = this.#clogged.at(-1)
    if (clogMs === 0 && last === undefined) return this.#pass(parcel)
    const nowMs = this.#way.nowMs()
    const untilMs = Math.max(nowMs + clogMs, last?.untilMs ?? 0)
    this.#clogged.push({ parcel, untilMs })
    this.#way.after(untilMs - nowMs, () => this.#unclog(untilMs))
  }

  #unclog(untilMs: number): void {
    const over = this.#clogged.filter((each) => each.untilMs <= untilMs)
    this.#clogged = this.#clogged.slice(over.length)
    for (const { parcel } of over) this.#pass(parcel)
  }

  #pass(parcel: Parcel): void {
    if (this.#isOver) return
    if (this.#held.length > 0 || this.#way.isBlocked()) return this.#hold(parcel)
    this.#carry(parcel, 0)
  }

  /** What is on the way never arrives. */
  end(): void {
    this.#isOver = true
    this.#held = []
    this.#clogged = []
  }

  /** The way may be free again. */
  look(): void {
    if (this.#way.clogMs() === 0) this.#unclog(Infinity)
    if (this.#held.length === 0 || this.#way.isBlocked()) return
    const held = this.#held
    this.#held = []
    const blockedMs = this.#way.nowMs() - this.#heldSinceMs
    const backedOffMs = untilResendMs(blockedMs, RESEND_MS * (1 + this.#draw(0) / 2))
    for (const parcel of held) this.#carry(parcel, backedOffMs)
  }

  #hold(parcel: Parcel): void {
    if (this.#held.length === 0) this.#heldSinceMs = this.#way.nowMs()
    // One that was on the way already when the way was blocked comes before those that were put in since.
    const at = this.#held.findIndex(({ order }) => order > parcel.order)
    this.#held.splice(at === -1 ? this.#held.length : at, 0, parcel)
  }

  #carry(parcel: Parcel, extraMs: number): void {
    let draws = 0
    this.#count += 1
    const delayMs = this.#way.delayMs(parcel.bytes, () => this.#draw(draws++))
    const isGarbled = this.#garbles(parcel.bytes)
    const nowMs = this.#way.nowMs()
    this.#lastMs = Math.max(this.#lastMs, nowMs + delayMs + extraMs)
    this.#way.after(this.#lastMs - nowMs, () => this.#arrive(parcel, isGarbled))
  }

  #arrive(parcel: Parcel, isGarbled: boolean): void {
    if (this.#isOver) return
    if (this.#held.length > 0 || this.#way.isBlocked()) return this.#hold(parcel)
    this.waitingBytes -= parcel.bytes
    parcel.deliver(isGarbled)
  }

  /** Drawn beside the series of the delays: noise shifts nothing for them. */
  #garbles(bytes: number): boolean {
    const noise = this.#way.noise()
    return noise > 0 && drawAt(~this.#series, this.#count) >= (1 - noise) ** Math.ceil(bytes / FRAME_BYTES)
  }

  #draw(index: number): number {
    return drawAt(this.#series, this.#count * DRAWS_PER_PARCEL + (index % DRAWS_PER_PARCEL))
  }
}

/** How long after a silence the sender tries again, who has tried in vain at ever longer intervals. */
function untilResendMs(silenceMs: number, firstMs: number): number {
  let [atMs, pauseMs] = [firstMs, firstMs]
  while (atMs < silenceMs) {
    pauseMs = Math.min(2 * pauseMs, RESEND_MS_MAX)
    atMs += pauseMs
  }
  return atMs - silenceMs
}

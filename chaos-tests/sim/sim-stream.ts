/**
 * A connection between two machines as a pair of streams: bytes take the time of the lanes they travel in, a writer waits for
 * its reader, each side can end by itself, and what destroys one end breaks the other.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import type { Lane } from './lane.ts'
import type { Host, Wiring } from './wiring.ts'

/** As the buffers of a socket. */
const WINDOW_BYTES = 64 * 1024

export class SimStream extends Duplex {
  /** The other end's machine, as `net.Socket` names it. */
  readonly remoteAddress: string
  /** Where a bit flips on the way. Absent: that is what the far end reads. */
  onGarbled?: () => void
  #far: SimStream | undefined
  readonly #lane: Lane
  readonly #endLane: () => void
  /** Calls of writers whose bytes the far end has no room for. */
  #resume: (() => void) | undefined

  constructor(lane: Lane, { remoteAddress, endLane }: { remoteAddress: string; endLane: () => void }) {
    super({ allowHalfOpen: true, highWaterMark: WINDOW_BYTES })
    this.remoteAddress = remoteAddress
    this.#lane = lane
    this.#endLane = endLane
    // As the real sockets do: a break before anybody listens for it must not end the process.
    this.on('error', () => {})
  }

  join(far: SimStream): void {
    this.#far = far
  }

  override _read(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    const far = this.#far
    this.#lane.put(chunk.length, (isGarbled) => {
      if (far === undefined || far.destroyed) return
      if (isGarbled && this.onGarbled !== undefined) return this.onGarbled()
      if (far.push(isGarbled ? flipped(chunk) : chunk)) done()
      else far.#resume = done
    })
  }

  override _final(done: () => void): void {
    const far = this.#far
    this.#lane.put(0, () => far?.push(null))
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const far = this.#far
    const isOver = this.readableEnded && this.writableFinished
    if (!isOver && far !== undefined) this.#lane.put(0, () => far.#reset(error))
    done(error)
  }

  /** Its machine is gone, or this end's process: not a word of it reaches the other end by this way any more. */
  vanish(): void {
    this.#endLane()
    this.#far = undefined
    this.destroy()
  }

  /** It was reset on the way: both ends hear of it, and nothing that was under way arrives. */
  break(): void {
    this.#endLane()
    this.#reset(null)
  }

  #reset(cause: Error | null): void {
    if (this.destroyed) return
    this.destroy(Object.assign(new Error('the connection was reset', { cause }), { code: 'ECONNRESET' }))
  }
}

/** A bit of it is another. */
function flipped(chunk: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(chunk)
  copy[chunk.length >> 1]! ^= 1
  return copy
}

export function streamPair(wiring: Wiring, from: Host, to: Host): [near: SimStream, far: SimStream] {
  const [there, back] = [wiring.lane(from, to), wiring.lane(to, from)]
  const near = new SimStream(there, { remoteAddress: from, endLane: () => wiring.endLane(there) })
  const far = new SimStream(back, { remoteAddress: from, endLane: () => wiring.endLane(back) })
  near.join(far)
  far.join(near)
  const reset = (): void => {
    for (const end of [near, far]) end.break()
  }
  const forget = wiring.connect({ ends: [from, to], reset })
  // Lanes of a connection that both ends have left are looked at no more.
  let open = 2
  for (const end of [near, far]) {
    end.once('close', () => {
      open -= 1
      if (open > 0) return
      forget()
      for (const lane of [there, back]) wiring.endLane(lane)
    })
  }
  return [near, far]
}

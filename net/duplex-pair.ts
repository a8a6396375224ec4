/**
 * Two streams, each the other's far end, within a process: what one writes the other reads, and a writer waits for its reader.
 * (Node has `stream.duplexPair` from 22.6 on; unlike it, destroying one end here breaks the other, as a reset does.)
 *
 * @module
 */
import { Duplex } from 'node:stream'

export const duplexPair = (): [Duplex, Duplex] => {
  const left = new End()
  const right = new End()
  left.far = right
  right.far = left
  return [left, right]
}

class End extends Duplex {
  far: End | undefined
  /** The far writer's chunk was taken; call when more is wanted. */
  #readable: (() => void) | undefined

  constructor() {
    super({ allowHalfOpen: true })
    // as `PeerStream`: nobody need listen for it
    this.on('error', () => {})
  }

  override _read(): void {
    const resume = this.#readable
    this.#readable = undefined
    resume?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.far?.deliver(chunk, done)
  }

  override _final(done: () => void): void {
    this.far?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const far = this.far
    const isOver = this.readableEnded && this.writableFinished
    if (far !== undefined && !far.destroyed && !isOver)
      queueMicrotask(() => far.destroy(error ?? new Error('the far end gave up')))
    done(error)
  }

  deliver(chunk: Buffer, done: () => void): void {
    if (this.push(chunk)) done()
    else this.#readable = done
  }
}

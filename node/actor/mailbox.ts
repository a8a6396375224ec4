/**
 * A bounded first-in first-out queue. What happens when it is full is chosen by whoever makes it, and every loss is counted:
 * a queue that grows without end only moves the failure to a worse place.
 *
 * @module
 */
import type { ActorOptions } from './actor.ts'

/** Messages an actor may have waiting; 1,024 is some seconds of the busiest mailbox (the store's) at full load. */
export const MAILBOX_MAX = 1024

export class Mailbox<Message> {
  readonly #max: number
  readonly #overflow: 'drop-oldest' | 'drop-newest'
  #queue: Message[] = []
  #head = 0
  dropped = 0

  constructor({ mailboxMax = MAILBOX_MAX, overflow = 'drop-newest' }: ActorOptions = {}) {
    this.#max = mailboxMax
    this.#overflow = overflow
  }

  get length(): number {
    return this.#queue.length - this.#head
  }

  /** False when the message (or, with `drop-oldest`, the oldest) was lost. */
  push(message: Message): boolean {
    if (this.length < this.#max) {
      this.#queue.push(message)
      return true
    }
    this.dropped += 1
    if (this.#overflow === 'drop-oldest') {
      this.shift()
      this.#queue.push(message)
    }
    return false
  }

  shift(): Message | undefined {
    if (this.length === 0) return undefined
    const message = this.#queue[this.#head]
    this.#head += 1
    // Taking from the front of an array is linear; moving a head is not. The spent part is cut off now and then.
    if (this.#head > 256 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    return message
  }
}

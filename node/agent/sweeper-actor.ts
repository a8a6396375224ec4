/**
 * Removes pods without an owner. One attempt at a time for each; what fails is found again by the next listing.
 *
 * @module
 */
import type { Actor, Context } from '../actor/actor.ts'
import type { RunningPod, Runtime } from '../runtime/runtime.ts'
import type { Turns } from './turns.ts'

export type SweeperMessage =
  | { readonly type: 'sweep'; readonly runtime: Runtime; readonly pod: RunningPod; readonly reason: string }
  | { readonly type: 'swept'; readonly uid: string; readonly trouble?: string }

export class SweeperActor implements Actor<SweeperMessage> {
  readonly #turns: Turns
  readonly #underWay = new Set<string>()

  constructor(turns: Turns) {
    this.#turns = turns
  }

  receive(message: SweeperMessage, context: Context<SweeperMessage>): void {
    switch (message.type) {
      case 'sweep':
        this.#sweep(message, context)
        return
      case 'swept':
        this.#underWay.delete(message.uid)
        if (message.trouble !== undefined)
          context.note('stray-not-removed', { uid: message.uid, trouble: message.trouble })
        return
    }
  }

  #sweep({ runtime, pod, reason }: SweeperMessage & { type: 'sweep' }, context: Context<SweeperMessage>): void {
    const { uid, name } = pod
    if (this.#underWay.has(uid)) return
    this.#underWay.add(uid)
    context.note('stray-removed', { uid, pod: name, reason })
    const work = this.#turns.take('last', () => runtime.remove(uid))
    context.pipe(
      work,
      () => ({ type: 'swept', uid }),
      (error) => ({ type: 'swept', uid, trouble: error instanceof Error ? error.message : String(error) }),
    )
  }
}

/**
 * Two nodes on two sides of a split, and what each sweeps away. For tests only.
 *
 * @module
 */
import { expect } from 'vitest'
import { isYetToEnd, type KubeObject } from '../../crdt/index.ts'
import { after } from '../sweep/sweep-actor.ts'
import { SweepIndex } from '../sweep/sweep-index.ts'
import { sweepStep, type SweepView } from '../sweep/sweep.ts'
import { Asker, NOON_MS, OTHER, SELF, type Loose } from './testing.ts'

export const sides = (): [Asker, Asker] => [new Asker(NOON_MS, SELF), new Asker(NOON_MS, OTHER)]

/** Each hears all of the other. */
export function heal(one: Asker, other: Asker): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    // prettier-ignore
    for (const { bytes } of from.backend.replica.envelopes())
      to.backend.replica.receive(bytes, to.backend.nowMs + 60_000)
  for (const side of [one, other]) side.backend.nowMs += 2_000
}

/** What both show of a path: the same. */
export async function both(sidesOf: readonly Asker[], path: string): Promise<Loose> {
  const [left, right] = await Promise.all(sidesOf.map((side) => side.ask(`GET ${path}`)))
  const plain = ({ status, value }: Loose): Loose => ({
    status,
    value: value.kind.endsWith('List') ? value.items : value,
  })
  expect(plain(left)).toEqual(plain(right))
  return left
}

const viewOf = ({ backend }: Asker, index: SweepIndex): SweepView => ({
  stored: (key) => backend.view.stored(key),
  isOver: (key, uid) => backend.replica.isOver(key, uid),
  below: (key) => index.below(key),
  within: (namespace) => index.within(namespace),
  hasPods: (key) => backend.view.podsOf(key).some((row) => isYetToEnd(row, backend.nowMs)),
})

/** What a node would sweep away now, done. */
export async function swept(asker: Asker): Promise<string[]> {
  const { backend } = asker
  const index = new SweepIndex(backend.view)
  const concerned = index.changed([...backend.view.storedAll()])
  const steps = [...concerned].flatMap((key) => {
    const step = sweepStep(key, viewOf(asker, index))
    return step === undefined ? [] : [{ key, does: step.does }]
  })
  for (const { key, does } of steps) {
    const object = backend.view.stored(key)?.object as KubeObject
    if (does === 'remove') await backend.write({ type: 'remove', key, by: 'sweep' })
    else if (does !== 'wait') await backend.write({ type: 'put', key, object: after(does, object, backend.nowMs), mode: 'replace', by: 'sweep' }) // prettier-ignore
  }
  return steps.map(({ key, does }) => `${does} ${key}`)
}

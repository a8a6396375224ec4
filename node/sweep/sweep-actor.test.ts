import { expect, test } from 'vitest'
import type { KubeObject, StoredObject } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { aNode } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { SweepActor, type SweepMessage } from './sweep-actor.ts'

const KEYS = Array.from({ length: 20 }, (_, at) => `example.com/Tab/default/t${at}`)

const tab = (key: string): StoredObject => {
  const object: KubeObject = {
    apiVersion: 'example.com/v1',
    kind: 'Tab',
    metadata: { name: key.split('/')[3]!, namespace: 'default', uid: key },
    shoal: { definition: { name: 'tabs.example.com', uid: 'over' } },
  }
  return { key, object, life: 1, changedAtMs: 0, heads: [] }
}

/** Nodes that see one state at once; `mute`: what it writes is heard of by nobody. */
function rig(nodes: readonly string[], mute: readonly string[] = []) {
  const time = new VirtualTime({ startMs: 0 })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const stored = new Map(KEYS.map((key) => [key, tab(key)]))
  const removed: [string, string][] = []
  const view = {
    stored: (key: string) => stored.get(key),
    isOver: (_: string, uid: string) => uid === 'over',
    below: () => [],
    nodes: () => nodes.map((node) => aNode(node)),
  }
  for (const self of nodes) {
    const remove = (key: string): void => {
      removed.push([self, key])
      if (!mute.includes(self)) stored.delete(key)
    }
    const ref = system.spawn<SweepMessage>(
      `sweep-${self}`,
      () => new SweepActor({ self, view, remove, replace: () => {}, tell: () => {} }),
    )
    system.tell(ref, { type: 'changed', keys: new Set(KEYS) })
  }
  return { run: (ms: number) => time.advanceAndSettle(ms), stored, removed }
}

test('[CRD34] each is swept by one node, not all by the same', async () => {
  const { run, stored, removed } = rig(['a', 'b', 'c'])
  await run(10_000)
  expect(stored.size).toBe(0)
  expect(removed.length).toBe(KEYS.length)
  expect(new Set(removed.map(([node]) => node)).size).toBe(3)
})

test('[CRD34] where the one whose turn it is cannot, the next one does', async () => {
  const { run, stored, removed } = rig(['a', 'b'], ['a'])
  await run(30_000)
  expect(stored.size).toBe(0)
  expect(removed.filter(([node]) => node === 'b').length).toBe(KEYS.length)
})

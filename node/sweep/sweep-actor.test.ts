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
    within: () => [],
    hasPods: () => false,
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

/** One node, and an object that is deleted in the foreground while its pods end. */
function waitingRig() {
  const time = new VirtualTime({ startMs: 0 })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const key = 'apps/Deployment/default/web'
  const metadata = { name: 'web', uid: 'u', deletionTimestamp: '2026-11-21T12:00:00Z', finalizers: ['foregroundDeletion'] } // prettier-ignore
  const object: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata }
  const stored = new Map([[key, { key, object, life: 1, changedAtMs: 0, heads: [] }]])
  let hasPods = true
  let looks = 0
  const view = {
    stored: (each: string) => {
      looks += 1
      return stored.get(each)
    },
    isOver: () => false,
    below: () => [],
    within: () => [],
    hasPods: () => hasPods,
    nodes: () => [aNode('a')],
  }
  const remove = (each: string): void => void stored.delete(each)
  const ports = { self: 'a', view, remove, replace: () => {}, tell: () => {} }
  const ref = system.spawn<SweepMessage>('sweep', () => new SweepActor(ports))
  const changed = (): void => system.tell(ref, { type: 'changed', keys: new Set([key]) })
  changed()
  return {
    run: (ms: number) => time.advanceAndSettle(ms),
    end: () => void (hasPods = false),
    changed,
    stored,
    looks: () => looks,
  }
}

test('[FIN12] [FIN16] what waits for pods goes when they have, also where time alone tells', async () => {
  const { run, end, stored } = waitingRig()
  await run(60_000)
  expect(stored.size).toBe(1)
  end()
  await run(2_000)
  expect(stored.size).toBe(0)
})

test('[FIN16] nobody looks any more once it is gone', async () => {
  const { run, end, changed, looks } = waitingRig()
  await run(5_000)
  end()
  await run(5_000)
  changed()
  await run(1_000)
  const before = looks()
  await run(60_000)
  expect(looks()).toBe(before)
})

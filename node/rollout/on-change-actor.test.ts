import { expect, test } from 'vitest'
import { keyOf, prepare, View, type KubeObject } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { aNode, KEY } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { OnChangeActor } from './on-change-actor.ts'

const T = Date.UTC(2026, 10, 22)

const map = (level: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'app', namespace: 'default' },
  data: { level },
})

const WEB: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', annotations: { 'shoal.dev/rollout-on-change': 'true' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web:1', envFrom: [{ configMapRef: { name: 'app' } }] }] },
    },
  },
}

/** Nodes that see one state at once, each with an actor of its own. */
function rig(nodes: readonly string[]) {
  const time = new VirtualTime({ startMs: T })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const view = new View({ self: 'a', clusterId: 'cluster' })
  const writers: string[] = []
  const news: string[] = []
  let writes = 0
  const put = (object: KubeObject): void => {
    const key = keyOf(object)
    const nowMs = time.clock.now()
    const contentHash = (config: string): string | undefined => view.contentHash(config)
    const prepared = prepare(object, { old: view.stored(key)?.object, nowMs, contentHash })
    const metadata = { ...prepared.metadata, uid: 'u', generation: 1, resourceVersion: String((writes += 1)) }
    view.objectChanged(key, { key, object: { ...prepared, metadata }, life: 1, changedAtMs: nowMs, heads: [] })
  }
  for (const node of nodes) {
    view.memberAdded(node)
    view.recordChanged(node, 'node', { node, name: 'node', value: aNode(node).fact, incarnation: 1, seq: 1, atMs: T })
    view.setVerdict(node, 'alive', T)
  }
  put(map('info'))
  put(WEB)
  for (const self of nodes) {
    const replace = (key: string, object: KubeObject, ifVersion: string): void => {
      if (view.stored(key)?.object.metadata.resourceVersion !== ifVersion) return
      writers.push(self)
      put(object)
    }
    const ports = { self, view, replace, tell: (_: string, message: string) => void news.push(message) }
    system.tell(
      system.spawn(`on-change-${self}`, () => new OnChangeActor(ports)),
      { type: 'look' },
    )
  }
  const revision = (): number => view.workload(KEY)!.current.number
  return { put, run: (ms: number) => time.advanceAndSettle(ms), revision, writers, news }
}

test('[ONC2, ONC4] a changed ConfigMap is rolled out once, by one of the nodes, and people are told', async () => {
  const { put, run, revision, writers, news } = rig(['a', 'b', 'c'])
  await run(20_000)
  expect(revision()).toBe(1)
  put(map('debug'))
  await run(20_000)
  expect(revision()).toBe(2)
  expect(writers).toHaveLength(1)
  expect(news).toEqual(['ConfigMap/app changed: rolled out anew'])
})

test('[ONC3] changes within a second of one another are one rollout, and one that is taken back is none', async () => {
  const { put, run, revision, writers } = rig(['a'])
  await run(2_000)
  for (const level of ['one', 'two', 'three']) {
    put(map(level))
    await run(700)
  }
  expect(revision()).toBe(1)
  await run(5_000)
  expect(revision()).toBe(2)
  put(map('four'))
  await run(600)
  put(map('three'))
  await run(10_000)
  expect(writers).toHaveLength(1)
})

import { expect, test } from 'vitest'
import { documentKey, prepare, View, type KubeObject } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { aNode, aPod, KEY } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { RollbackActor } from './rollback-actor.ts'

const T = Date.UTC(2026, 10, 22)
const DEADLINE_S = 60

const web = (tag: string, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', annotations },
  spec: {
    replicas: 1,
    progressDeadlineSeconds: DEADLINE_S,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: `nginx:${tag}` }] } },
  },
})

/** A node alone: revision 1 of `web` serves. */
function rig(annotations: Record<string, string> = {}) {
  const time = new VirtualTime({ startMs: T })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const view = new View({ self: 'a', clusterId: 'cluster' })
  const news: string[] = []
  const written: KubeObject[] = []
  let writes = 0
  const now = (): number => time.clock.now()
  /** As the store would. */
  const put = (object: KubeObject): void => {
    const prepared = prepare(object, { old: view.stored(KEY)?.object, nowMs: now() })
    const metadata = { ...prepared.metadata, uid: 'u', generation: 1, resourceVersion: String((writes += 1)) }
    view.objectChanged(KEY, { key: KEY, object: { ...prepared, metadata }, life: 1, changedAtMs: now(), heads: [] })
  }
  const said = (name: 'node' | `pod/${string}`, value: unknown): void =>
    view.recordChanged('a', name, value === undefined ? undefined : ({ node: 'a', name, value, incarnation: 1, seq: (writes += 1), atMs: now() } as never)) // prettier-ignore
  view.memberAdded('a')
  said('node', aNode('a').fact)
  put(web('1', annotations))
  const first = view.workload(KEY)!.revision
  said('pod/p1', aPod('a', { uid: 'p1', revision: first, ready: true, claimedAtMs: T, readyAtMs: T }).fact)
  const rollback = system.spawn(
    'rollback',
    () =>
      new RollbackActor({
        self: 'a',
        view,
        replace: (key, object, ifVersion) => {
          expect([key, ifVersion]).toEqual([documentKey({ group: 'apps', kind: 'Deployment', namespace: 'default', name: 'web' }), view.stored(KEY)?.object.metadata.resourceVersion]) // prettier-ignore
          written.push(object)
          put(object)
        },
        tell: (_, why) => void news.push(why),
      }),
  )
  system.tell(rollback, { type: 'look' })
  const run = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await time.advanceAndSettle(1_000)
      view.tick(now())
    }
  }
  return { view, first, written, news, run, put, said }
}

test('[RBK1] the earlier template is written back when the deadline has passed, once, and people are told why', async () => {
  const { view, first, written, news, run, put } = rig()
  await run(2_000)
  put(web('2'))
  await run(DEADLINE_S * 1_000 - 2_000)
  expect(written).toEqual([])
  await run(5_000)
  expect(view.workload(KEY)?.revision).toBe(first)
  expect(news).toEqual([expect.stringContaining('revision 2 missed its deadline, and revision 1 was brought back')])
  expect(written[0]?.metadata.annotations).toMatchObject({ 'shoal.dev/rolled-back': news[0] })
  await run(3 * DEADLINE_S * 1_000)
  expect(written).toHaveLength(1)
})

test('[RBK7] one that was brought back is not given up in its turn; a new attempt is', async () => {
  const { written, run, put, said } = rig()
  await run(2_000)
  put(web('2'))
  said('pod/p1', undefined)
  await run(4 * DEADLINE_S * 1_000)
  expect(written).toHaveLength(1)
  put(web('2'))
  await run(2 * DEADLINE_S * 1_000)
  expect(written).toHaveLength(2)
})

test('[RBK7] the annotation shoal.dev/rollback: "off" leaves it to people', async () => {
  const off = { 'shoal.dev/rollback': 'off' }
  const { written, run, put } = rig(off)
  await run(2_000)
  put(web('2', off))
  await run(3 * DEADLINE_S * 1_000)
  expect(written).toEqual([])
})

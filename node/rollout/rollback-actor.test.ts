import { expect, test } from 'vitest'
import { FOREGROUND, keyOf, prepare, View, withDeletion, type KubeObject } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { aNode, aPod, KEY } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { RollbackActor } from './rollback-actor.ts'

const T = Date.UTC(2026, 10, 22)
const DEADLINE_S = 60

const web = (tag: string, annotations: Record<string, string> = {}, configMap?: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', annotations },
  spec: {
    replicas: 1,
    progressDeadlineSeconds: DEADLINE_S,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: `nginx:${tag}`, ...(configMap && { envFrom: [{ configMapRef: { name: configMap } }] }) }] } }, // prettier-ignore
  },
})

/** A node alone: revision 1 of `web` serves. */
function rig(annotations: Record<string, string> = {}, configMap?: string) {
  const time = new VirtualTime({ startMs: T })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const view = new View({ self: 'a', clusterId: 'cluster' })
  const news: string[] = []
  const written: KubeObject[] = []
  let writes = 0
  const now = (): number => time.clock.now()
  /** As the store would. */
  const put = (object: KubeObject): void => {
    const key = keyOf(object)
    const contentHash = (config: string): string | undefined => view.contentHash(config)
    const prepared = prepare(object, { old: view.stored(key)?.object, nowMs: now(), contentHash })
    const metadata = { ...prepared.metadata, uid: 'u', generation: 1, resourceVersion: String((writes += 1)) }
    view.objectChanged(key, { key, object: { ...prepared, metadata }, life: 1, changedAtMs: now(), heads: [] })
  }
  const said = (name: 'node' | `pod/${string}`, value: unknown): void =>
    view.recordChanged('a', name, value === undefined ? undefined : ({ node: 'a', name, value, incarnation: 1, seq: (writes += 1), atMs: now() } as never)) // prettier-ignore
  view.memberAdded('a')
  said('node', aNode('a').fact)
  const configure = (data: Record<string, string>, immutable = false): void =>
    put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app', namespace: 'default' }, data, immutable })
  if (configMap !== undefined) configure({ level: 'good' })
  put(web('1', annotations, configMap))
  const first = view.workload(KEY)!.revision
  said('pod/p1', aPod('a', { uid: 'p1', revision: first, ready: true, claimedAtMs: T, readyAtMs: T }).fact)
  const rollback = system.spawn(
    'rollback',
    () =>
      new RollbackActor({
        self: 'a',
        view,
        replace: (key, object, ifVersion) => {
          expect([key, ifVersion]).toEqual([keyOf(object), view.stored(key)?.object.metadata.resourceVersion])
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
  return { time, view, first, written, news, run, put, said, configure }
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

test('[FIN13] what is deleted in the foreground is not brought back while its pods end', async () => {
  const { written, run, put } = rig()
  await run(2_000)
  put(web('2'))
  const { metadata, ...rest } = web('2')
  put(withDeletion({ ...rest, metadata: { ...metadata, finalizers: [FOREGROUND] } }, T))
  await run(3 * DEADLINE_S * 1_000)
  expect(written).toEqual([])
})

test('[HIST2] the revision that was given up is marked so, until its template is rolled out again', async () => {
  const { view, run, put } = rig()
  const marks = (): unknown[] =>
    view
      .list('apps', 'ReplicaSet')
      .map(({ metadata: { annotations: said = {} } }) => ({
        number: Number(said['deployment.kubernetes.io/revision']),
        givenUp: said['shoal.dev/given-up'],
        cause: said['kubernetes.io/change-cause'],
      }))
      .toSorted((one, other) => one.number - other.number)
  await run(2_000)
  put(web('2'))
  await run((DEADLINE_S + 5) * 1_000)
  const givenUp = { number: 2, givenUp: 'true', cause: 'given up: it missed its deadline' }
  expect(marks()).toEqual([givenUp, { number: 3 }])
  // Another write of the Deployment does not forget it.
  const stored = view.stored(KEY)!.object
  put({ ...stored, spec: { ...(stored['spec'] as object), replicas: 2 } })
  expect(marks()).toEqual([givenUp, { number: 3 }])
  put({ ...web('2'), metadata: { ...web('2').metadata, annotations: stored.metadata.annotations! } })
  expect(marks()).toEqual([{ number: 3 }, { number: 4 }]) // prettier-ignore
})

test('[HIST1] each revision has the reason that was given for it', async () => {
  const { view, run, put } = rig()
  const causes = (): string[] =>
    view
      .list('apps', 'ReplicaSet')
      .map(({ metadata: { annotations: said = {} } }) => said['kubernetes.io/change-cause'] ?? 'none')
      .toSorted((one, other) => one.localeCompare(other))
  await run(2_000)
  put(web('2', { 'kubernetes.io/change-cause': 'set image nginx:2' }))
  expect(causes()).toEqual(['none', 'set image nginx:2'])
  put(web('3', { 'kubernetes.io/change-cause': `set image nginx:3 ${'x'.repeat(600)}` }))
  put(web('4'))
  expect(causes().map((cause) => cause.slice(0, 20))).toEqual([
    'none',
    'none',
    'set image nginx:2',
    'set image nginx:3 xx',
  ])
  expect(causes().at(-1)).toHaveLength(500)
})

test('[RBK9] after its machine stood still it waits for what others wrote meanwhile', async () => {
  const { time, written, news, run, put, view, first } = rig()
  await run(2_000)
  put(web('2'))
  await run(DEADLINE_S * 1_000 - 5_000)
  time.jumpWall(10_000)
  await run(2_000)
  expect(written).toEqual([])
  await run(3_000)
  expect(written).toHaveLength(1)
  expect(news).toHaveLength(1)
  expect(view.workload(KEY)?.revision).toBe(first)
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

const MAP = 'core/ConfigMap/default/app'
const FOLLOWS = { 'shoal.dev/rollout-on-change': 'true' }

/** Revision 1 was rolled out with level `good`, revision 2 with `bad`, and never gets ready. */
async function broken(annotations: Record<string, string>, immutable = false) {
  const made = rig(annotations, 'app')
  await made.run(2_000)
  made.configure({ level: 'bad' }, immutable)
  made.put(web('2', annotations, 'app'))
  await made.run(3 * DEADLINE_S * 1_000)
  return { ...made, level: () => (made.view.get(MAP) as unknown as { data: { level: string } }).data.level }
}

test('[RBK8] a Deployment that follows its config comes back with what it was rolled out with, once', async () => {
  const { view, first, written, news, level } = await broken(FOLLOWS)
  expect(written.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment'])
  expect(level()).toBe('good')
  expect(view.workload(KEY)?.revision).toBe(first)
  expect(news).toEqual([expect.stringMatching(/brought back: .*; with it came back ConfigMap\/app$/)])
})

test('[RBK8] without the annotation its config is left alone', async () => {
  const { view, first, written, level } = await broken({})
  expect(written.map(({ kind }) => kind)).toEqual(['Deployment'])
  expect(level()).toBe('bad')
  expect(view.workload(KEY)?.revision).toBe(first)
})

test('[RBK8] where it cannot come back the template does alone, once, and the reason says so', async () => {
  const { view, first, written, news, level } = await broken(FOLLOWS, true)
  expect(written.map(({ kind }) => kind)).toEqual(['Deployment'])
  expect(level()).toBe('bad')
  expect(view.workload(KEY)?.template.spec.containers[0]).toMatchObject({ image: 'nginx:1' })
  expect(view.workload(KEY)?.revision).not.toBe(first)
  expect(news).toEqual([expect.stringMatching(/; ConfigMap\/app cannot be restored: it is immutable$/)])
})

import { describe, expect, test, vi } from 'vitest'
import type { NodeFact, PodFact } from '../../crdt/index.ts'
import { aPod } from '../control/sample.ts'
import { OBJECTS_PER_TURN } from './slices.ts'
import { aNodeFact, Asker, DEPLOYMENTS, deployment, NOON_MS, OTHER } from './testing.ts'
import type { Loose } from './testing.ts'
import { ENTRIES_MS } from './watch-log.ts'

const MERGE = 'application/merge-patch+json'

async function create(asker: Asker, name: string, labels: Record<string, string> = {}): Promise<void> {
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: { ...deployment(name), metadata: { name, labels } } })
}

const scale = (asker: Asker, name: string, replicas: number): Promise<unknown> =>
  asker.ask(`PATCH ${DEPLOYMENTS}/${name}`, { body: { spec: { replicas } }, contentType: MERGE })

const tokenOf = async (asker: Asker): Promise<string> =>
  (await asker.ask(`GET ${DEPLOYMENTS}`)).value.metadata.resourceVersion as string

const told = (lines: readonly Loose[]): readonly string[] =>
  lines.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`.trim())

test.each(['', '&resourceVersion=0'])(
  '[API41] a watch without a version (%s) begins with all there is, then tells each change',
  async (query) => {
    const asker = new Asker()
    await create(asker, 'a')
    const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=true${query}`)
    expect(told(lines)).toEqual(['ADDED a'])
    await create(asker, 'b')
    await scale(asker, 'a', 5)
    await asker.ask(`DELETE ${DEPLOYMENTS}/b`)
    expect(told(lines)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b'])
    expect(lines[2].object.spec.replicas).toBe(5)
    expect(lines[3].object.spec).toBeDefined()
  },
)

test('[API42] a watch from the token of a list misses nothing that came between', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  const token = await tokenOf(asker)
  await create(asker, 'b')
  await scale(asker, 'a', 4)
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=1&resourceVersion=${token}`)
  expect(told(lines)).toEqual(['ADDED b', 'MODIFIED a'])
  await create(asker, 'c')
  expect(told(lines)).toEqual(['ADDED b', 'MODIFIED a', 'ADDED c'])
})

test('[API121] what changed is kept for five minutes; who was away for longer lists again, and who missed nothing does not', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  const token = await tokenOf(asker)
  await create(asker, 'b')
  const later = await tokenOf(asker)
  const watch = (from: string) => asker.lines(`GET ${DEPLOYMENTS}?watch=1&resourceVersion=${from}`)
  asker.backend.nowMs += ENTRIES_MS - 1
  expect(told((await watch(token)).lines)).toEqual(['ADDED b'])
  asker.backend.nowMs += 1
  expect((await watch(later)).isEnded()).toBe(false)
  await create(asker, 'c')
  expect((await watch(token)).lines).toMatchObject([{ type: 'ERROR', object: { code: 410 } }])
  expect(told((await watch(later)).lines)).toEqual(['ADDED c'])
})

test('[API62] what changes while nobody watches is looked at once, when somebody comes', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  await create(asker, 'b')
  const token = await tokenOf(asker)
  const looks = vi.spyOn(asker.backend.view, 'get')
  for (const replicas of [4, 5, 6])
    asker.backend.replica.put(
      'apps/Deployment/default/a',
      { ...(deployment('a') as Loose), spec: { ...(deployment('a') as Loose).spec, replicas } },
      { nowMs: NOON_MS + replicas, by: 'a test', mode: 'replace' },
    )
  expect(looks).not.toHaveBeenCalled()
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=1&resourceVersion=${token}`)
  expect(told(lines)).toEqual(['MODIFIED a'])
  expect(lines[0].object.spec.replicas).toBe(6)
})

test('[API62] what was deleted and created again while nobody watched is told as both', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  const token = await tokenOf(asker)
  await asker.ask(`DELETE ${DEPLOYMENTS}/a`)
  await create(asker, 'a')
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=1&resourceVersion=${token}`)
  expect(told(lines)).toEqual(['DELETED a', 'ADDED a'])
})

test('[API42] from the version of an object, of another node or of before, a watch is told to list again', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  const { value } = await asker.ask(`GET ${DEPLOYMENTS}/a`)
  const elsewhere = new Asker(NOON_MS + 5)
  for (const version of [value.metadata.resourceVersion, await tokenOf(elsewhere), '1', 'abc', String(2n ** 62n)]) {
    const { lines, isEnded } = await asker.lines(`GET ${DEPLOYMENTS}?watch=true&resourceVersion=${version}`)
    expect(lines).toEqual([
      { type: 'ERROR', object: expect.objectContaining({ kind: 'Status', code: 410, reason: 'Expired' }) },
    ])
    expect(isEnded()).toBe(true)
  }
})

test('[API42] a token that is older than the log is told to list again', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  const token = await tokenOf(asker)
  // Somebody watches, so that each change is an entry of its own.
  await asker.lines('GET /api/v1/nodes?watch=true')
  const fact = (count: number): NodeFact => aNodeFact('amber', { labels: { count: String(count) } })
  for (let count = 0; count < 4_096; count += 1) asker.backend.said(asker.backend.self, 'node', fact(count))
  expect((await asker.lines(`GET ${DEPLOYMENTS}?watch=true&resourceVersion=${token}`)).lines).toEqual([])
  asker.backend.said(asker.backend.self, 'node', fact(4_096))
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=true&resourceVersion=${token}`)
  expect(told(lines)).toEqual(['ERROR Expired'])
})

test('[API43] what a selector begins to match is added, what it stops to match is deleted', async () => {
  const asker = new Asker()
  await create(asker, 'a', { tier: 'front' })
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=true&labelSelector=tier%3Dback`)
  const label = (tier: string): Promise<unknown> =>
    asker.ask(`PATCH ${DEPLOYMENTS}/a`, { body: { metadata: { labels: { tier } } }, contentType: MERGE })
  await label('back')
  await scale(asker, 'a', 5)
  await label('front')
  await scale(asker, 'a', 6)
  expect(told(lines)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
})

test('[API43] a watch hears of its own kind and namespace alone', async () => {
  const asker = new Asker()
  await asker.ask('POST /api/v1/namespaces', { body: { metadata: { name: 'shop' } } })
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}?watch=true`)
  const everywhere = await asker.lines('GET /apis/apps/v1/deployments?watch=true')
  await asker.ask('POST /apis/apps/v1/namespaces/shop/deployments', { body: deployment('api') })
  await asker.ask('POST /api/v1/namespaces', { body: { metadata: { name: 'other' } } })
  expect(lines).toEqual([])
  expect(told(everywhere.lines)).toEqual(['ADDED api'])
})

test('[API43] one object is watched by its name', async () => {
  const asker = new Asker()
  const { lines } = await asker.lines(`GET ${DEPLOYMENTS}/a?watch=true`)
  await create(asker, 'a')
  await create(asker, 'b')
  expect(told(lines)).toEqual(['ADDED a'])
})

test('[API44] bookmarks carry a token from which a watch goes on', async () => {
  const asker = new Asker()
  const { lines, close } = await asker.lines(
    `GET ${DEPLOYMENTS}?watch=true&allowWatchBookmarks=true&resourceVersion=${await tokenOf(asker)}`,
  )
  await create(asker, 'a')
  expect(told(lines)).toEqual(['ADDED a', 'BOOKMARK'])
  const token = lines[1].object.metadata.resourceVersion
  expect(lines[1].object).toMatchObject({ kind: 'Deployment', apiVersion: 'apps/v1' })
  close()
  await create(asker, 'b')
  const after = await asker.lines(`GET ${DEPLOYMENTS}?watch=true&resourceVersion=${token}`)
  expect(told(after.lines)).toEqual(['ADDED b'])
})

test('[API44] sendInitialEvents marks the end of what was there', async () => {
  const asker = new Asker()
  await create(asker, 'a')
  const { lines } = await asker.lines(
    `GET ${DEPLOYMENTS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
  )
  expect(told(lines)).toEqual(['ADDED a', 'BOOKMARK'])
  expect(lines[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
})

test('[API45] a watch ends after its time, and leaves nothing behind when it is closed', async () => {
  const asker = new Asker()
  const timed = await asker.lines(`GET ${DEPLOYMENTS}?watch=true&timeoutSeconds=30`)
  asker.backend.pass(29_999)
  expect(timed.isEnded()).toBe(false)
  asker.backend.pass(1)
  expect(timed.isEnded()).toBe(true)
  timed.close()
  const { lines, close } = await asker.lines(`GET ${DEPLOYMENTS}?watch=true`)
  expect(asker.backend.timers).toBe(1)
  close()
  await create(asker, 'a')
  expect(lines).toEqual([])
  expect(asker.backend.timers).toBe(0)
})

describe('[LOAD4] a watch that begins with more than one turn has', () => {
  const PODS = 1_000

  /** Its reader takes what was written when it is told to. */
  async function begun(): Promise<{ asker: Asker; lines: Loose[]; read: () => Promise<void>; close: () => void }> {
    const asker = new Asker()
    asker.backend.after = (delayMs, run) => {
      if (delayMs === 0) queueMicrotask(run)
      return () => {}
    }
    asker.backend.view.batch(() => {
      for (let index = 0; index < PODS; index += 1) asker.backend.said(OTHER, `pod/${index}`, podFact(index))
    })
    const query = 'watch=true&allowWatchBookmarks=true&sendInitialEvents=true'
    const { body } = await asker.response(`GET /api/v1/pods?${query}`)
    if (body.type !== 'lines') throw new Error('no watch')
    const lines: Loose[] = []
    let resume = (): void => {}
    const drained = (): Promise<void> => new Promise((resolve) => (resume = resolve))
    const { close } = body.open({ write: (line) => void lines.push(JSON.parse(line)), drained, end: () => {} })
    const read = async (): Promise<void> => {
      resume()
      // oxlint-disable-next-line no-restricted-globals -- the turns of a promise
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { asker, lines, read, close: () => close() }
  }

  const podFact = (index: number): PodFact => aPod(OTHER, { uid: `${index}`, name: `web-${index}` }).fact
  const isEnd = ({ type, object }: Loose): boolean =>
    type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true'

  test('goes no faster than it is read, and comes to its end', async () => {
    const { lines, read } = await begun()
    expect(lines.length).toBeGreaterThan(0)
    for (let before = 0; before < lines.length;) {
      expect(lines.length - before).toBeLessThanOrEqual(OBJECTS_PER_TURN + 1)
      before = lines.length
      await read()
    }
    expect(lines.filter(({ type }) => type === 'ADDED')).toHaveLength(PODS)
    expect(lines.findIndex(isEnd)).toBe(PODS)
  })

  test('tells before the end what came meanwhile, and after it what comes', async () => {
    const { asker, lines, read } = await begun()
    const [first, last] = [podFact(0), podFact(PODS - 1)]
    asker.backend.said(OTHER, 'pod/0', { ...first, podIP: '10.0.0.9' })
    asker.backend.said(OTHER, `pod/${PODS - 1}`, undefined)
    asker.backend.said(OTHER, 'pod/new', { ...last, uid: 'new', name: 'a-new-one' })
    while (!lines.some(isEnd)) await read()
    const cache = new Map<string, string>()
    for (const { type, object } of lines.slice(0, lines.findIndex(isEnd))) {
      if (type === 'DELETED') cache.delete(object.metadata.name)
      else if (type !== 'BOOKMARK') cache.set(object.metadata.name, object.metadata.resourceVersion)
    }
    const now = asker.backend.view.list('', 'Pod').map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
    expect([...cache].map((pair) => pair.join(' ')).toSorted()).toEqual(now.toSorted())
    const before = lines.length
    asker.backend.said(OTHER, 'pod/1', { ...podFact(1), podIP: '10.0.0.9' })
    expect(told(lines.slice(before))[0]).toBe('MODIFIED web-1')
  })

  test('is looked at no further once its reader has gone', async () => {
    const { lines, read, close } = await begun()
    const before = lines.length
    close()
    await read()
    await read()
    expect(lines).toHaveLength(before)
  })
})

test('[LOAD5] an object that changed is made JSON once, however many watch', async () => {
  const timesWith = async (watchers: number): Promise<number> => {
    const asker = new Asker()
    await create(asker, 'a')
    const asking = Array.from({ length: watchers }, () => asker.lines(`GET ${DEPLOYMENTS}?watch=true`))
    const all = await Promise.all(asking)
    const texts = vi.spyOn(JSON, 'stringify')
    await scale(asker, 'a', 7)
    const written = texts.mock.calls.filter(([value]) => value?.status?.replicas !== undefined)
    texts.mockRestore()
    expect(all.map(({ lines }) => told(lines))).toEqual(all.map(() => ['ADDED a', 'MODIFIED a']))
    return written.length
  }
  expect(await timesWith(20)).toBe(await timesWith(1))
})

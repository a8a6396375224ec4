import { expect, test } from 'vitest'
import type { KubeEvent } from '../../crdt/index.ts'
import { continueToken } from './paging.ts'
import { Asker, DEPLOYMENTS, deployment, type Loose } from './testing.ts'

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

async function withDeployments(...names: readonly string[]): Promise<Asker> {
  const asker = new Asker()
  for (const name of names) await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment(name) })
  return asker
}

const accept = (header: string) => ({ headers: { accept: header } })

test('[TAB1] one object and a list are tables where kubectl asks for them', async () => {
  const asker = await withDeployments('web', 'shop')
  const list = await asker.ask(`GET ${DEPLOYMENTS}?limit=500`, accept(TABLE))
  expect(list.value).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
  })
  const columns = list.value['columnDefinitions'].map((each: Loose) => `${each.name}/${each.type}/${each.priority}`)
  expect(columns.slice(0, 6)).toEqual([
    'Name/string/0',
    'Ready/string/0',
    'Up-to-date/integer/0',
    'Available/integer/0',
    'Age/string/0',
    'Containers/string/1',
  ])
  expect(list.value['columnDefinitions'][0].format).toBe('name')
  expect(list.value['rows'].map(({ cells }: Loose) => cells.slice(0, 2))).toEqual([
    ['shop', '0/3'],
    ['web', '0/3'],
  ])
  const one = await asker.ask(`GET ${DEPLOYMENTS}/web`, accept('application/json;as=Table;v=v1beta1;g=meta.k8s.io'))
  expect(one.value).toMatchObject({
    apiVersion: 'meta.k8s.io/v1beta1',
    rows: [{ cells: ['web', '0/3', 0, 0, '0s', 'web', 'nginx:1.29', 'app=web'] }],
  })
})

test('[TAB1] events are a table, too', async () => {
  const asker = new Asker()
  const { value } = await asker.ask('GET /api/v1/events', accept(TABLE))
  expect(value['columnDefinitions'][0].name).toBe('Last Seen')
  expect((await asker.ask('GET /api/v1/events')).value.kind).toBe('EventList')
})

test.each([
  ['None', undefined],
  ['', { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'web' } }],
  ['Metadata', { kind: 'PartialObjectMetadata', metadata: { name: 'web', namespace: 'default' } }],
  ['Object', { kind: 'Deployment', apiVersion: 'apps/v1', spec: { replicas: 3 } }],
])('[TAB3] with includeObject "%s"', async (include, object) => {
  const asker = await withDeployments('web')
  const { value } = await asker.ask(`GET ${DEPLOYMENTS}?includeObject=${include}`, accept(TABLE))
  if (object === undefined) expect(value['rows'][0].object).toBeUndefined()
  else expect(value['rows'][0].object).toMatchObject(object)
  if (include !== 'Object') expect(value['rows'][0].object?.spec).toBeUndefined()
})

test('[TAB3] another word for includeObject is refused', async () => {
  const { status, value } = await (await withDeployments()).ask(`GET ${DEPLOYMENTS}?includeObject=All`, accept(TABLE))
  expect([status, value['message']]).toEqual([
    400,
    'includeObject: Unsupported value: "All": supported values: "None", "Metadata", "Object"',
  ])
})

test('[TAB4] events of a watch are tables of a row, with columns once; bookmarks are tables of none', async () => {
  const asker = await withDeployments('web')
  const watch = await asker.lines(`GET ${DEPLOYMENTS}?watch=true&allowWatchBookmarks=true`, accept(TABLE))
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment('shop') })
  watch.close()
  const told = watch.lines.map(({ type, object }) => [
    type,
    object.kind,
    object.rows.map(({ cells }: Loose) => cells[0]),
    object.columnDefinitions.length > 0,
  ])
  expect(told).toEqual([
    ['ADDED', 'Table', ['web'], true],
    ['BOOKMARK', 'Table', [], false],
    ['ADDED', 'Table', ['shop'], false],
    ['BOOKMARK', 'Table', [], false],
  ])
  expect(watch.lines[1].object.metadata.resourceVersion).toMatch(/^\d+$/)
})

test('[TAB5] metadata alone, of an object, a list and a watch', async () => {
  const asker = await withDeployments('web')
  const header = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
  const list = await asker.ask(`GET ${DEPLOYMENTS}`, accept(header))
  const item = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'web' } }
  expect(list.value).toMatchObject({ kind: 'PartialObjectMetadataList', items: [item] })
  expect(list.value['items'][0].spec).toBeUndefined()
  const watch = await asker.lines(`GET ${DEPLOYMENTS}?watch=true`, accept(header))
  watch.close()
  expect(watch.lines).toMatchObject([{ type: 'ADDED', object: item }])
})

test.each([
  ['application/json', 'DeploymentList'],
  ['application/vnd.kubernetes.protobuf,application/json', 'DeploymentList'],
  ['application/json;q=0.5, application/json;as=Table;v=v1;g=meta.k8s.io', 'Table'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io;q=0, */*', 'DeploymentList'],
  ['application/json;as=Table;v=v2;g=meta.k8s.io,application/json', 'DeploymentList'],
])('[PROTO8] of "%s" comes a %s', async (header, kind) => {
  const asker = await withDeployments()
  expect((await asker.ask(`GET ${DEPLOYMENTS}`, accept(header))).value.kind).toBe(kind)
})

test.each([
  'application/vnd.kubernetes.protobuf',
  'application/json;q=0',
  'application/json;as=Boat;v=v1;g=meta.k8s.io',
  'text/html',
])('[PROTO8] of "%s" alone comes a 406', async (header) => {
  const asker = await withDeployments()
  expect((await asker.ask(`GET ${DEPLOYMENTS}`, accept(header))).status).toBe(406)
})

test('[LIST1] pieces of a list are the list, each object once', async () => {
  const names = ['a', 'a-b', 'a.b', 'b', 'c']
  const asker = await withDeployments(...names)
  const seen: string[] = []
  let query = '?limit=2'
  const pieces: Loose[] = []
  for (;;) {
    const { value } = await asker.ask(`GET ${DEPLOYMENTS}${query}`)
    pieces.push(value.metadata)
    seen.push(...value['items'].map(({ metadata }: Loose) => metadata.name))
    const next = (value.metadata as Loose).continue
    if (next === undefined) break
    query = `?limit=2&continue=${next}`
  }
  expect(seen).toEqual(names)
  expect(pieces.map((each) => each.remainingItemCount)).toEqual([3, 1, undefined])
  expect(new Set(pieces.map((each) => each.resourceVersion)).size).toBe(1)
  const chosen = await asker.ask(`GET ${DEPLOYMENTS}?limit=1&fieldSelector=metadata.name!=a`)
  expect(chosen.value['items']).toMatchObject([{ metadata: { name: 'a-b' } }])
  expect((chosen.value.metadata as Loose).remainingItemCount).toBeUndefined()
})

test('[LIST2] a piece goes on where the last ended, also where that object is gone', async () => {
  const asker = await withDeployments('a', 'b', 'c')
  const first = await asker.ask(`GET ${DEPLOYMENTS}?limit=2`)
  await asker.ask(`DELETE ${DEPLOYMENTS}/b`)
  const rest = await asker.ask(`GET ${DEPLOYMENTS}?continue=${(first.value.metadata as Loose).continue}`)
  expect(rest.value['items']).toMatchObject([{ metadata: { name: 'c' } }])
})

test('[LIST3] a watch from the version of the pieces tells what changed between them', async () => {
  const asker = await withDeployments('b', 'c')
  const first = await asker.ask(`GET ${DEPLOYMENTS}?limit=1`)
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment('a') })
  const rest = await asker.ask(`GET ${DEPLOYMENTS}?limit=9&continue=${(first.value.metadata as Loose).continue}`)
  expect(rest.value['items']).toHaveLength(1)
  const watch = await asker.lines(
    `GET ${DEPLOYMENTS}?watch=true&resourceVersion=${rest.value.metadata.resourceVersion}`,
  )
  watch.close()
  expect(watch.lines).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'a' } } }])
})

test.each([
  [`continue=${continueToken({ version: '7', after: 'apps/Deployment/default/web' })}`, 410],
  ['continue=nonsense', 400],
  [`continue=${'a'.repeat(3_000)}`, 400],
  ['limit=-1', 400],
  ['limit=many', 400],
  ['limit=0', 200],
])('[LIST3] a list with %s is answered with %d', async (query, status) => {
  const asker = await withDeployments('web')
  expect((await asker.ask(`GET ${DEPLOYMENTS}?${query}`)).status).toBe(status)
})

test('[LIST4] a version is served as far as it is known', async () => {
  const asker = await withDeployments('web')
  const now = (await asker.ask(`GET ${DEPLOYMENTS}`)).value.metadata.resourceVersion
  const status = async (query: string) => (await asker.ask(`GET ${DEPLOYMENTS}?${query}`)).status
  expect(await status('resourceVersion=0')).toBe(200)
  expect(await status('resourceVersion=12345&resourceVersionMatch=NotOlderThan')).toBe(200)
  expect(await status(`resourceVersion=${now}&resourceVersionMatch=Exact`)).toBe(200)
  expect(await status('resourceVersion=12345&resourceVersionMatch=Exact')).toBe(410)
  expect(await status('resourceVersion=0&resourceVersionMatch=Roughly')).toBe(400)
})

/** What a node says of `web`. */
const said = (lastTimestamp: string, change: Partial<KubeEvent> = {}): KubeEvent => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `e-${lastTimestamp}`, namespace: 'default' },
  involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
  type: 'Normal',
  reason: 'Said',
  message: '',
  source: { component: 'c', host: 'basil' },
  count: 1,
  firstTimestamp: lastTimestamp,
  lastTimestamp,
  ...change,
})

test('[LIST5] events are found by the uid of what they are about; of one before it they are not', async () => {
  const asker = await withDeployments('web')
  const { uid } = (await asker.ask(`GET ${DEPLOYMENTS}/web`)).value.metadata
  asker.backend.eventsSaid = [said('2026-11-21T13:00:00Z'), said('2020-01-01T00:00:00Z')]
  const found = await asker.ask(`GET /api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=${uid}`)
  expect(found.value['items']).toMatchObject([{ lastTimestamp: '2026-11-21T13:00:00Z', involvedObject: { uid } }])
})

const EVENTS = '/api/v1/namespaces/default/events'
const [ONE, TWO] = ['2026-11-21T13:00:00Z', '2026-11-21T13:00:05Z']

/** Time passes, and what is asked of others meanwhile is answered. */
async function rounds(asker: Asker, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 2_000) {
    asker.backend.pass(2_000)
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('[LIST6] events are watched from where the list was: what is new comes within 2 s, what was there does not again', async () => {
  const asker = await withDeployments('web')
  asker.backend.eventsSaid = [said(ONE)]
  const { resourceVersion } = (await asker.ask(`GET ${EVENTS}`)).value.metadata
  const { lines, close } = await asker.lines(`GET ${EVENTS}?watch=true&resourceVersion=${resourceVersion}`)
  const seen = () => lines.map(({ type, object }) => [type, object.metadata.name, object.count])
  asker.backend.eventsSaid = [said(ONE, { count: 2 }), said(TWO)]
  await rounds(asker, 2_000)
  expect(seen()).toEqual([
    ['MODIFIED', `e-${ONE}`, 2],
    ['ADDED', `e-${TWO}`, 1],
  ])
  // A node that does not answer has not forgotten what it said.
  asker.backend.eventsSaid = [said(TWO, { source: { component: 'c', host: 'amber' } })]
  asker.backend.missing = ['basil']
  await rounds(asker, 2_000)
  expect(seen()).toHaveLength(3)
  expect((await asker.ask(`GET ${EVENTS}`)).value['items']).toHaveLength(2)
  asker.backend.missing = []
  await rounds(asker, 2_000)
  expect(seen().at(-1)).toEqual(['DELETED', `e-${ONE}`, 2])
  close()
})

test('[LIST6] without a version a watch begins with all there are; one event is had by its name', async () => {
  const asker = await withDeployments('web')
  asker.backend.eventsSaid = [said(ONE)]
  const { lines, close } = await asker.lines(`GET ${EVENTS}?watch=true`)
  expect(lines).toMatchObject([{ type: 'ADDED', object: { metadata: { name: `e-${ONE}` } } }])
  expect(await asker.ask(`GET ${EVENTS}/e-${ONE}`)).toMatchObject({ status: 200, value: { reason: 'Said' } })
  expect((await asker.ask(`GET ${EVENTS}/e-${TWO}`)).status).toBe(404)
  close()
})

test('[LIST6] nobody is asked for events while nobody watches, and once a round however many do', async () => {
  const asker = await withDeployments('web')
  let asked = 0
  const { events } = asker.backend
  asker.backend.events = () => {
    asked += 1
    return events.call(asker.backend)
  }
  const first = await asker.lines(`GET ${EVENTS}?watch=true`)
  first.close()
  const [second, third] = [await asker.lines(`GET ${EVENTS}?watch=true`), await asker.lines(`GET ${EVENTS}?watch=true`)]
  asked = 0
  await rounds(asker, 6_000)
  expect(asked).toBe(3)
  second.close()
  third.close()
  await rounds(asker, 10_000)
  expect(asked).toBe(3)
})

test('[LIST6] a version is a number below 2^63 whatever a node says', async () => {
  const asker = await withDeployments('web')
  asker.backend.eventsSaid = [said('9999-12-31T23:59:59Z', { count: Number.MAX_SAFE_INTEGER }), said('never')]
  const { value } = await asker.ask(`GET ${EVENTS}`)
  for (const { metadata } of value['items']) expect(BigInt(metadata.resourceVersion) < 2n ** 63n).toBe(true)
})

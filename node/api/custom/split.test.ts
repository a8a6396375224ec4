import { describe, expect, test } from 'vitest'
import { both, heal, sides, swept } from '../split-testing.ts'
import type { Asker, Loose } from '../testing.ts'
import { cronTab, CRON_TABS, cronTabs, defined, DEFINITIONS } from './testing.ts'

const DEFINITION = `${DEFINITIONS}/crontabs.stable.example.com`
const MERGE = 'application/merge-patch+json'
const KEY = 'stable.example.com/CronTab/default/tab'

const post = (asker: Asker, body: Loose, path = CRON_TABS): Promise<Loose> => asker.ask(`POST ${path}`, { body })

describe('[CRD40] an object whose definition has not come', () => {
  test('is kept and passed on unharmed, and shown once that has', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    await post(left, cronTab())
    const own = [...left.backend.replica.envelopes({ key: KEY })]
    for (const { bytes } of own) right.backend.replica.receive(bytes, right.backend.nowMs + 60_000)
    expect(right.backend.view.stored(KEY)).toBeDefined()
    expect(right.backend.view.get(KEY)).toBeUndefined()
    expect((await right.ask(`GET ${CRON_TABS}/tab`)).status).toBe(404)
    expect([...right.backend.replica.envelopes({ key: KEY })].map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(own.map(({ bytes }) => Buffer.from(bytes).toString('hex'))) // prettier-ignore
    expect(await swept(right)).toEqual([])
    const { lines } = await right.lines('GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions?watch=true')
    heal(left, right)
    expect((await both([left, right], `${CRON_TABS}/tab`)).status).toBe(200)
    expect(lines.map(({ type }) => type)).toEqual(['ADDED'])
  })
})

describe('[CRD14] edits on two sides of a split', () => {
  test('merge by the keys of the schema', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    await post(left, cronTab('tab', { ports: [{ name: 'a', number: 1 }] }))
    heal(left, right)
    const patch = (asker: Asker, spec: Loose): Promise<Loose> => asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { spec }, contentType: MERGE }) // prettier-ignore
    await patch(left, { ports: [{ name: 'a', number: 1 }, { name: 'b', number: 2 }], replicas: 2 }) // prettier-ignore
    await patch(right, { ports: [{ name: 'a', number: 9 }], image: 'other' })
    heal(left, right)
    const { value } = await both([left, right], `${CRON_TABS}/tab`)
    expect(value.spec).toMatchObject({ ports: [{ name: 'a', number: 9 }, { name: 'b', number: 2 }], replicas: 2, image: 'other' }) // prettier-ignore
  })
})

describe('[CRD5] two definitions that claim a name', () => {
  const rival = (): Loose => {
    const names = { plural: 'tabs', singular: 'tab', kind: 'CronTab' }
    return { ...cronTabs({}, { names }), metadata: { name: 'tabs.stable.example.com' } }
  }

  test('the older one has it, on every node alike, until it is gone', async () => {
    const [left, right] = sides()
    await defined(rival(), left)
    right.backend.nowMs += 5_000
    await defined(cronTabs(), right)
    const tabs = '/apis/stable.example.com/v1/namespaces/default/tabs'
    await post(left, cronTab('left'), tabs)
    await post(right, cronTab('right'))
    heal(left, right)
    const { value } = await both([left, right], DEFINITION)
    const conditions = value.status.conditions.map(({ type, status, reason, message }: Loose) => [type, status, reason, message]) // prettier-ignore
    expect(conditions).toEqual([
      ['NamesAccepted', 'False', 'KindConflict', '"CronTab" is already in use: by tabs.stable.example.com'],
      ['Established', 'False', 'NotAccepted', 'not all names are accepted'],
    ])
    const namesAt = async (path: string): Promise<string[]> =>
      (await both([left, right], path)).value.items.map(({ metadata }: Loose) => metadata.name)
    expect((await both([left, right], CRON_TABS)).status).toBe(404)
    expect(await namesAt(tabs)).toEqual(['left'])
    await left.ask(`DELETE ${DEFINITIONS}/tabs.stable.example.com`)
    heal(left, right)
    expect(await namesAt(CRON_TABS)).toEqual(['right'])
  })

  test('of two of one age the one whose name comes first', async () => {
    const [left, right] = sides()
    await defined(rival(), left)
    await defined(cronTabs(), right)
    heal(left, right)
    expect((await both([left, right], CRON_TABS)).status).toBe(200)
    expect((await both([left, right], `${DEFINITIONS}/tabs.stable.example.com`)).value.status.conditions[0].status).toBe('False') // prettier-ignore
  })
})

describe('[CRD32] an object that was written on the other side of a split after its definition was deleted', () => {
  test('is shown nowhere, swept away, and does not come back with a new definition', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    await post(left, cronTab('early'))
    heal(left, right)
    await left.ask(`DELETE ${DEFINITION}`)
    await post(right, cronTab())
    await right.ask(`PATCH ${CRON_TABS}/early`, { body: { spec: { replicas: 2 } }, contentType: MERGE })
    heal(left, right)
    expect((await both([left, right], CRON_TABS)).status).toBe(404)
    // The new definition is another life, whoever swept before.
    await defined(cronTabs(), left)
    heal(left, right)
    expect((await both([left, right], CRON_TABS)).value.items).toEqual([])
    expect(await swept(right)).toEqual([`remove ${KEY}`])
    expect(await swept(right)).toEqual([])
    heal(left, right)
    expect(await swept(left)).toEqual([])
    expect(left.backend.view.stored(KEY)).toBeUndefined()
  })

  test('keeps its name from nobody meanwhile', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    heal(left, right)
    await left.ask(`DELETE ${DEFINITION}`)
    await post(right, cronTab('tab', { replicas: 7 }))
    heal(left, right)
    await defined(cronTabs(), left)
    const made = await post(left, cronTab('tab', { replicas: 2 }))
    expect(made.status).toBe(201)
    heal(left, right)
    expect((await both([left, right], `${CRON_TABS}/tab`)).value.spec.replicas).toBe(2)
    expect([await swept(left), await swept(right)]).toEqual([[], []])
  })

  test('made while the definition was made on both sides stays', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    await defined(cronTabs(), right)
    await post(left, cronTab('left'))
    await post(right, cronTab('right'))
    heal(left, right)
    expect((await both([left, right], CRON_TABS)).value.items.map(({ metadata }: Loose) => metadata.name)).toEqual(['left', 'right']) // prettier-ignore
    expect([await swept(left), await swept(right)]).toEqual([[], []])
  })
})

describe('[CRD30] a deletion and the last finalizer on two sides', () => {
  test('end the object', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    await post(left, { ...cronTab(), metadata: { name: 'tab', finalizers: ['example.com/a'] } })
    heal(left, right)
    await left.ask(`DELETE ${CRON_TABS}/tab`)
    await right.ask(`PATCH ${CRON_TABS}/tab`, { body: { metadata: { finalizers: [] } }, contentType: MERGE })
    heal(left, right)
    expect(await swept(left)).toEqual([`remove ${KEY}`])
  })
})

describe('[CRD33] what an object owns', () => {
  const configMap = (uid: string): Loose => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', ownerReferences: [{ apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'tab', uid }] }, // prettier-ignore
  })
  const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

  test('goes with it, and with none that is not known to be over', async () => {
    const [left, right] = sides()
    await defined(cronTabs(), left)
    heal(left, right)
    const first = (await post(left, cronTab())).value.metadata.uid
    await left.ask(`DELETE ${CRON_TABS}/tab`)
    const second = (await post(left, cronTab())).value.metadata.uid
    expect(second).not.toBe(first)
    await post(left, configMap(second), CONFIG_MAPS)
    // The owner's second life has not come here: it is not over.
    for (const { bytes } of left.backend.replica.envelopes({ key: 'core/ConfigMap/default/c' }))
      right.backend.replica.receive(bytes, right.backend.nowMs + 60_000)
    expect(await swept(right)).toEqual([])
    expect(await swept(left)).toEqual([])
    await left.ask(`DELETE ${CRON_TABS}/tab`)
    expect(await swept(left)).toEqual(['remove core/ConfigMap/default/c'])
  })

  test('stays while another owner lives', async () => {
    const [left] = sides()
    await defined(cronTabs(), left)
    const uid = (await post(left, cronTab())).value.metadata.uid
    const other = (await post(left, cronTab('other'))).value.metadata.uid
    const owned = configMap(uid)
    owned.metadata.ownerReferences.push({ ...owned.metadata.ownerReferences[0], name: 'other', uid: other })
    await post(left, owned, CONFIG_MAPS)
    await left.ask(`DELETE ${CRON_TABS}/tab`)
    expect(await swept(left)).toEqual([])
    await left.ask(`DELETE ${CRON_TABS}/other`)
    expect(await swept(left)).toEqual(['remove core/ConfigMap/default/c'])
  })
})

test('[CRD31] objects that come while their definition is being deleted go with it, and it goes last', async () => {
  const [left, right] = sides()
  await defined(cronTabs(), left)
  await post(left, { ...cronTab(), metadata: { name: 'tab', finalizers: ['example.com/a'] } })
  heal(left, right)
  await left.ask(`DELETE ${DEFINITION}`)
  await post(right, cronTab('late'))
  await post(right, { ...cronTab(), metadata: { name: 'held', finalizers: ['example.com/a'] } })
  heal(left, right)
  expect((await swept(right)).toSorted()).toEqual(['mark stable.example.com/CronTab/default/held', 'remove stable.example.com/CronTab/default/late']) // prettier-ignore
  const off = { body: { metadata: { finalizers: [] } }, contentType: MERGE }
  for (const name of ['tab', 'held']) await right.ask(`PATCH ${CRON_TABS}/${name}`, off)
  expect(await swept(right)).toEqual([
    'remove apiextensions.k8s.io/CustomResourceDefinition//crontabs.stable.example.com',
  ])
})

import { describe, expect, test } from 'vitest'
import { both, heal, sides, swept } from './split-testing.ts'
import type { Asker, Loose } from './testing.ts'

const MERGE = 'application/merge-patch+json'
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const NAMESPACES = '/api/v1/namespaces'
const SHOP = `${NAMESPACES}/shop`
const IN_SHOP = `${SHOP}/configmaps`

const configMap = (name: string, metadata: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
})

const post = (asker: Asker, path: string, body: Loose): Promise<Loose> => asker.ask(`POST ${path}`, { body })

const finalizers = (asker: Asker, path: string, all: readonly string[]): Promise<Loose> =>
  asker.ask(`PATCH ${path}`, { body: { metadata: { finalizers: all } }, contentType: MERGE })

describe('an object of a kind of ours', () => {
  async function withHeld(all: readonly string[] = ['example.com/a']): Promise<[Asker, Asker]> {
    const [left, right] = sides()
    await post(left, CONFIG_MAPS, configMap('x', { finalizers: all }))
    heal(left, right)
    return [left, right]
  }
  const PATH = `${CONFIG_MAPS}/x`

  test('[FIN1] whose last finalizer goes on the other side than it is deleted on goes when both are known', async () => {
    const [left, right] = await withHeld()
    await left.ask(`DELETE ${PATH}`)
    expect((await finalizers(right, PATH, [])).status).toBe(200)
    expect([await swept(left), await swept(right)]).toEqual([[], []])
    heal(left, right)
    expect((await both([left, right], PATH)).value.metadata.deletionTimestamp).toBeDefined()
    expect(await swept(right)).toEqual(['remove core/ConfigMap/default/x'])
    heal(left, right)
    expect((await both([left, right], PATH)).status).toBe(404)
  })

  test('[FIN1] that got another finalizer on the other side waits for that, too', async () => {
    const [left, right] = await withHeld()
    await left.ask(`DELETE ${PATH}`)
    await finalizers(right, PATH, ['example.com/a', 'example.com/b'])
    heal(left, right)
    const { metadata } = (await both([left, right], PATH)).value
    expect(metadata.finalizers).toEqual(['example.com/a', 'example.com/b'])
    await finalizers(left, PATH, ['example.com/b'])
    expect(await swept(left)).toEqual([])
    await finalizers(left, PATH, [])
    expect((await left.ask(`GET ${PATH}`)).status).toBe(404)
  })

  test('[FIN2] deleted on both sides was deleted once, and an edit of the other side takes nothing back', async () => {
    const [left, right] = await withHeld()
    await left.ask(`DELETE ${PATH}`)
    right.backend.nowMs += 5_000
    await right.ask(`DELETE ${PATH}`)
    await right.ask(`PATCH ${PATH}`, { body: { data: { a: 'b' } }, contentType: MERGE })
    heal(left, right)
    const { metadata, data } = (await both([left, right], PATH)).value
    expect([typeof metadata.deletionTimestamp, data]).toEqual(['string', { a: 'b' }])
    // Both got what they asked for.
    expect([...left.backend.conflictsTold, ...right.backend.conflictsTold]).toEqual([])
    expect([await swept(left), await swept(right)]).toEqual([[], []])
  })

  test('[FIN1] that one side removed for want of finalizers is gone, whatever the other side put on it [LIFE1]', async () => {
    const [left, right] = await withHeld([])
    await left.ask(`DELETE ${PATH}`)
    await finalizers(right, PATH, ['example.com/a'])
    heal(left, right)
    expect((await both([left, right], PATH)).status).toBe(404)
  })

  test('[FIN12] that is deleted in the foreground goes after a dependent that the other side made', async () => {
    const [left, right] = await withHeld([])
    const { uid } = (await left.ask(`GET ${PATH}`)).value.metadata
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid, blockOwnerDeletion: true }
    await post(left, CONFIG_MAPS, configMap('first', { ownerReferences: [owner] }))
    await left.ask(`DELETE ${PATH}?propagationPolicy=Foreground`)
    await post(right, CONFIG_MAPS, configMap('second', { ownerReferences: [owner], finalizers: ['example.com/a'] }))
    heal(left, right)
    expect((await swept(right)).toSorted()).toEqual([
      'mark core/ConfigMap/default/second',
      'remove core/ConfigMap/default/first',
      'wait core/ConfigMap/default/x',
    ])
    expect(await swept(right)).toEqual(['wait core/ConfigMap/default/x'])
    await finalizers(right, `${CONFIG_MAPS}/second`, [])
    expect(await swept(right)).toEqual(['remove core/ConfigMap/default/x'])
    heal(left, right)
    expect((await both([left, right], PATH)).status).toBe(404)
  })
})

describe('a namespace', () => {
  async function withShop(all: readonly string[]): Promise<[Asker, Asker]> {
    const [left, right] = sides()
    await post(left, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    await post(left, IN_SHOP, configMap('early', { finalizers: all }))
    heal(left, right)
    return [left, right]
  }

  test('[FIN8] that waits takes along what the other side made in it, and waits for what is held of that', async () => {
    const [left, right] = await withShop(['example.com/a'])
    await left.ask(`DELETE ${SHOP}`)
    await post(right, IN_SHOP, configMap('free'))
    await post(right, IN_SHOP, configMap('held', { finalizers: ['example.com/a'] }))
    heal(left, right)
    expect((await both([left, right], SHOP)).value.status.phase).toBe('Terminating')
    expect((await swept(right)).toSorted()).toEqual(['mark core/ConfigMap/shop/held', 'remove core/ConfigMap/shop/free']) // prettier-ignore
    for (const name of ['early', 'held']) await finalizers(right, `${IN_SHOP}/${name}`, [])
    expect(await swept(right)).toEqual(['remove core/Namespace//shop'])
    heal(left, right)
    expect((await both([left, right], SHOP)).status).toBe(404)
  })

  test('[FIN8] that one side is done with is over for what the other side made in it [LIFE5]', async () => {
    const [left, right] = await withShop(['example.com/a'])
    await left.ask(`DELETE ${SHOP}`)
    await finalizers(left, `${IN_SHOP}/early`, [])
    expect(await swept(left)).toEqual(['remove core/Namespace//shop'])
    await post(right, IN_SHOP, configMap('late', { finalizers: ['example.com/a'] }))
    heal(left, right)
    expect((await both([left, right], `${IN_SHOP}/late`)).status).toBe(404)
    expect([await swept(left), await swept(right)]).toEqual([[], []])
    // One of the same name does not have it either.
    await post(left, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    heal(left, right)
    expect((await both([left, right], IN_SHOP)).value.items).toEqual([])
    expect((await both([left, right], SHOP)).value.status.phase).toBe('Active')
  })
})

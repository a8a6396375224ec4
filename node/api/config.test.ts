import { expect, test } from 'vitest'
import { Asker } from './testing.ts'

const SECRETS = '/api/v1/namespaces/default/secrets'
const MAPS = '/api/v1/namespaces/default/configmaps'
const APPLY = 'application/vnd.shoal.apply+json'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const secret = (parts: Record<string, unknown>): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db' },
  ...parts,
})
const map = (parts: Record<string, unknown>): unknown => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web' },
  ...parts,
})

test('[CFG1] ConfigMaps and Secrets are made, listed, patched, watched and deleted like other kinds', async () => {
  const asker = new Asker()
  expect((await asker.ask(`POST ${MAPS}`, { body: map({ data: { a: '1', b: '2' } }) })).status).toBe(201)
  const patch = { body: { data: { a: null, c: '3' } }, contentType: 'application/merge-patch+json' }
  expect((await asker.ask(`PATCH ${MAPS}/web`, patch)).value['data']).toEqual({ b: '2', c: '3' })
  expect((await asker.ask(`GET ${MAPS}`)).value['items']).toHaveLength(1)
  const watch = await asker.lines(`GET ${MAPS}?watch=true`)
  expect((await asker.ask(`DELETE ${MAPS}/web`)).status).toBe(200)
  expect(watch.lines.map(({ type }) => type)).toEqual(['ADDED', 'DELETED'])
  watch.close()
})

test('[CFG2] a Secret answers with data alone, also to a dry run and to a patch of stringData', async () => {
  const asker = new Asker()
  const body = secret({ stringData: { password: 'sesame' } })
  const dry = await asker.ask(`POST ${SECRETS}?dryRun=All`, { body })
  const made = await asker.ask(`POST ${SECRETS}`, { body })
  for (const { value } of [dry, made]) {
    expect(value).toMatchObject({ data: { password: base64('sesame') } })
    expect(value).not.toHaveProperty('stringData')
  }
  const patch = { body: { stringData: { user: 'ada' } }, contentType: 'application/merge-patch+json' }
  expect((await asker.ask(`PATCH ${SECRETS}/db`, patch)).value['data']).toEqual({
    password: base64('sesame'),
    user: base64('ada'),
  })
})

test('[CFG4] apply remembers which keys there were: a large ConfigMap fits, and what is dropped goes', async () => {
  const asker = new Asker()
  const large = 'x'.repeat(100_000) + Array.from({ length: 5_000 }, (_, at) => `line ${at} of it\n`).join('')
  const apply = (data: Record<string, string>) =>
    asker.ask(`PATCH ${MAPS}/web`, { body: map({ data }), contentType: APPLY })
  expect((await apply({ large, small: 'a' })).status).toBe(201)
  expect((await apply({ large })).value['data']).toEqual({ large })
  const hidden = await asker.ask(`PATCH ${SECRETS}/db`, {
    body: secret({ stringData: { a: 'sesame', b: 'x' } }),
    contentType: APPLY,
  })
  expect(JSON.stringify(hidden.value.metadata)).not.toMatch(/sesame|c2VzYW1l/)
  const fewer = await asker.ask(`PATCH ${SECRETS}/db`, {
    body: secret({ stringData: { a: 'sesame' } }),
    contentType: APPLY,
  })
  expect(fewer.value['data']).toEqual({ a: base64('sesame') })
})

test('[CFG3] an immutable one is refused with the fix, and may be deleted', async () => {
  const asker = new Asker()
  await asker.ask(`POST ${MAPS}`, { body: map({ immutable: true, data: { a: '1' } }) })
  const patch = { body: { data: { a: '2' } }, contentType: 'application/merge-patch+json' }
  const refused = await asker.ask(`PATCH ${MAPS}/web`, patch)
  expect(refused.status).toBe(422)
  expect(refused.value['message']).toContain('delete the object and create it again')
  expect((await asker.ask(`DELETE ${MAPS}/web`)).status).toBe(200)
})

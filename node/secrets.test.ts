import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  contentHash,
  contentNamed,
  isSealed,
  prepare,
  validate,
  withDeletion,
  withManagers,
  type KubeObject,
} from '../crdt/index.ts'
import { Seal, sealedWrite } from './secrets.ts'

const KEY = Buffer.alloc(32, 7)
const seal = new Seal(KEY, (bytes) => randomBytes(bytes))
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const secret = (data: Record<string, string>, name = 'db'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data,
})
const dataOf = (object: KubeObject): Record<string, string> => object['data'] as Record<string, string>

test('[SEAL1] what is written down holds no value in clear, is valid, and opens to what was sealed', () => {
  const plain = secret({ password: base64('sesame'), empty: '' })
  const sealed = seal.seal(plain, undefined)
  expect(Object.values(dataOf(sealed)).every(isSealed)).toBe(true)
  expect(JSON.stringify(sealed)).not.toMatch(/sesame|c2VzYW1l/)
  expect(validate('core/Secret/shop/db', sealed)).toEqual([])
  expect(seal.open(sealed)).toEqual(plain)
  const texts = { ...secret({}), stringData: { token: 'sesame' } } as KubeObject
  expect(JSON.stringify(seal.seal(texts, undefined))).not.toMatch(/sesame|c2VzYW1l/)
})

test('[SEAL1] who writes the same again changes nothing; what is new is sealed with a nonce of its own', () => {
  const stored = seal.seal(secret({ a: base64('1'), b: base64('1') }), undefined)
  expect(dataOf(stored)['a']).not.toBe(dataOf(stored)['b'])
  const next = dataOf(seal.seal(secret({ a: base64('1'), b: base64('2') }), stored))
  expect(next['a']).toBe(dataOf(stored)['a'])
  expect(next['b']).not.toBe(dataOf(stored)['b'])
})

test('[SEAL1] that it was deleted, and who owns its fields, is stored with a Secret and read again [FIN2] [SSA20]', () => {
  const key = 'core/Secret/shop/db'
  const ada = {
    name: 'ada',
    operation: 'Apply',
    subresource: '',
    atSeconds: 1,
    fields: { 'f:data': { 'f:a': '' } },
  } as const
  const managed = withDeletion(withManagers(secret({ a: base64('1') }), [ada]), 0)
  const first = prepare(seal.seal(managed, undefined), { nowMs: 0 })
  const second = prepare(seal.seal(secret({ a: base64('2') }), first), { old: first, nowMs: 0 })
  for (const object of [first, second]) {
    const opened = seal.openStored({ key, object, life: 1, changedAtMs: 0, heads: [] }).object
    expect(opened['shoal']).toMatchObject({
      deletion: { at: '1970-01-01T00:00:00Z' },
      managers: { 'A:ada': [1, { 'f:data': { 'f:a': '' } }] },
    })
    expect(validate(key, object)).toEqual([])
  }
})

test('[SEAL2] a value opens nowhere but where it was sealed for, untouched, and with the same key', () => {
  const sealed = seal.seal(secret({ a: base64('1') }), undefined)
  const value = dataOf(sealed)['a'] as string
  const changed = value.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  const moved: KubeObject[] = [
    secret({ b: value }),
    secret({ a: value }, 'other'),
    secret({ a: `${value.slice(0, 12)}${value[12] === 'A' ? 'B' : 'A'}${value.slice(13)}` }),
    secret({ a: changed.slice(0, -3) + (changed.at(-3) === 'A' ? 'B' : 'A') + changed.slice(-2) }),
  ]
  for (const each of moved) expect(seal.open(each)).toEqual(each)
  expect(new Seal(Buffer.alloc(32, 8), (bytes) => randomBytes(bytes)).open(sealed)).toEqual(sealed)
})

test('[SEAL1] other kinds are left alone, and a Secret without values is one', () => {
  const map: KubeObject = { ...secret({ a: 'plain' }), kind: 'ConfigMap' }
  expect(seal.seal(map, undefined)).toBe(map)
  const { data: _, ...bare } = secret({})
  expect(seal.seal(bare as KubeObject, undefined)).toEqual(bare)
})

test('[SEAL3] without a data key no Secret is written, anything else is, and a Secret may be deleted', () => {
  const key = 'core/Secret/shop/db'
  const write = (object: KubeObject) => sealedWrite(undefined, { verb: 'create', key, object }, () => undefined)
  expect(write(secret({ a: base64('1') }))).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/copy the file data-key/),
  })
  const map: KubeObject = { ...secret({ a: 'plain' }), kind: 'ConfigMap' }
  expect(write(map)).toEqual({ verb: 'create', key, object: map })
  const removal = { verb: 'delete', key } as const
  expect(sealedWrite(undefined, removal, () => undefined)).toBe(removal)
})

test('[KEEP2] what a Secret keeps is sealed on disk and open in the view, and a content that comes back has its name again', () => {
  const store = (data: Record<string, string>, old?: KubeObject): KubeObject =>
    prepare(seal.seal(secret(data), old), { old, nowMs: 1 })
  const one = store({ password: base64('sesame') })
  const two = store({ password: base64('millet') }, one)
  const back = store({ password: base64('sesame') }, two)
  for (const each of [one, two, back]) expect(JSON.stringify(each)).not.toMatch(/c2VzYW1l|bWlsbGV0/)
  expect(dataOf(back)).toEqual(dataOf(one))
  expect(contentHash(back)).toBe(contentHash(one))
  const opened = seal.openStored({ key: 'core/Secret/shop/db', object: two, life: 1, changedAtMs: 1, heads: [] })
  expect(opened.contentHash).toBe(contentHash(two))
  // An edit that is worked out on what this node reads writes down nothing in clear.
  expect(prepare(seal.seal(opened.object, two), { old: two, nowMs: 2 })).toEqual(two)
  expect(contentNamed(opened, contentHash(one))).toEqual({ data: { password: base64('sesame') } })
  expect(contentNamed(opened, contentHash(two))).toEqual({ data: { password: base64('millet') } })
})

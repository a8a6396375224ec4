import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Data, diff } from './fields.ts'
import { flatten } from './flatten.ts'
import { unflatten } from './unflatten.ts'
import { deployment, testKinds } from './testing.ts'

const LIST_KEYS = testKinds.listKeys('apps', 'Deployment')

function flat(object: Data): Map<string, string> {
  const read = flatten(object, LIST_KEYS)
  if ('errors' in read) throw new Error(read.errors.map(({ field, message }) => `${field} ${message}`).join())
  return read.fields
}

function errorsOf(object: Data): string[] {
  const read = flatten(object, LIST_KEYS)
  return 'errors' in read ? read.errors.map(({ field, message }) => `${field}: ${message}`) : []
}

test('[FLD1] scalars and objects are entries of their own', () => {
  expect([...flat({ spec: { replicas: 3, paused: false, note: null, empty: {} } })]).toEqual([
    ['/spec', '{}'],
    ['/spec/replicas', '3'],
    ['/spec/paused', 'false'],
    ['/spec/note', 'null'],
    ['/spec/empty', '{}'],
  ])
})

test('[FLD2] a list with keys is an order and its elements; one without is a leaf', () => {
  const ports = [{ containerPort: 80, protocol: 'UDP' }, { containerPort: 80 }]
  const fields = flat({ spec: { template: { spec: { containers: [{ name: 'web', args: ['a', 'b'], ports }] } } } })
  const container = '/spec/template/spec/containers/web'
  expect(fields.get('/spec/template/spec/containers')).toBe('{"order":["web"]}')
  expect(fields.get(`${container}/name`)).toBe('"web"')
  expect(fields.get(`${container}/args`)).toBe('["a","b"]')
  expect(fields.get(`${container}/ports`)).toBe('{"order":["80,UDP","80,"]}')
  expect(fields.get(`${container}/ports/80,/containerPort`)).toBe('80')
})

describe('[FLD3] a list whose elements have no keys of their own is one leaf', () => {
  const lists: [string, unknown[]][] = [
    ['a key twice', [{ name: 'a' }, { name: 'a', image: 'x' }]],
    ['a key missing', [{ name: 'a' }, { image: 'x' }]],
    ['a key that is no scalar', [{ name: ['a'] }]],
    ['an empty key', [{ name: '' }]],
    ['elements that are no objects', ['a', { name: 'b' }]],
  ]
  test.each(lists)('%s', (_, containers) => {
    const object = { spec: { template: { spec: { containers } } } }
    const fields = flat(object)
    expect(fields.size).toBe(4)
    expect(unflatten(fields)).toEqual(object)
  })
})

test('[FLD4] a pattern without key fields, and what lies deep in the internal part, is one leaf', () => {
  const template = { spec: { order: ['a'] }, atom: { x: 1 } }
  const object = { shoal: { revisions: { abc: { number: 1, template } } } }
  const fields = flat(object)
  expect(fields.get('/shoal/revisions/abc/template')).toBe(
    JSON.stringify({ atom: { atom: { x: 1 }, spec: { order: ['a'] } } }),
  )
  expect(unflatten(fields)).toEqual(object)
})

test('[FLD5] what stands under nothing is not read', () => {
  const fields = flat(deployment())
  fields.delete('/spec/template/spec/containers/web')
  expect(unflatten(fields)).toMatchObject({ spec: { template: { spec: { containers: [] } } } })
  fields.delete('/spec/template')
  expect(unflatten(fields)['spec']).toEqual({ replicas: 3, selector: { matchLabels: { app: 'web' } } })
})

test('[FLD6] elements come in their order, each once; those that it does not name follow, sorted', () => {
  const fields = new Map([
    ['/l', '{"order":["b","gone","a","b"]}'],
    ...['z', 'b', 'a', 'c'].flatMap((key): [string, string][] => [
      [`/l/${key}`, '{}'],
      [`/l/${key}/name`, JSON.stringify(key)],
    ]),
  ])
  expect(unflatten(fields)).toEqual({ l: ['b', 'a', 'c', 'z'].map((name) => ({ name })) })
})

describe('[FLD7] what cannot be kept is refused with the path of the field', () => {
  let deep: unknown = 1
  for (let level = 0; level < 40; level++) deep = { a: deep }
  const objects: [string, Data, string][] = [
    ['a reserved name', { spec: { ['constructor']: 1 } }, 'spec: has the name constructor'],
    ['__proto__', { spec: JSON.parse('{"__proto__":1}') as Data }, 'spec: has the name __proto__'],
    ['an empty name', { spec: { '': 1 } }, 'spec: has an empty name'],
    ['half a surrogate pair', { spec: { '\ud800': 1 } }, 'spec: has a name with'],
    ['a number beyond 2^53', { spec: { replicas: 2 ** 60 } }, 'spec.replicas: holds the number'],
    ['NaN', { spec: { x: [Number.NaN] } }, 'spec.x: holds the number NaN'],
    ['a bigint', { spec: { x: 1n } }, 'spec.x: holds a bigint'],
    ['40 levels', { spec: deep }, 'lies deeper than 32 levels'],
    ['40 levels in a leaf', { spec: [deep] }, 'is nested deeper than 32 levels'],
    ['a leaf of 300 KiB', { spec: { x: 'x'.repeat(300 * 1024) } }, 'spec.x: has more than 262144 characters'],
    [
      '5,000 fields',
      { spec: Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, 1])) },
      'has more than 4096 fields',
    ],
  ]
  test.each(objects)('%s', (_, object, sentence) => {
    expect(errorsOf(object).join()).toContain(sentence)
  })
})

// ---- properties

const name = fc.oneof(fc.constantFrom('name', 'spec', 'a/b', '~', '~1', 'é', 'order', 'atom'), fc.string({ minLength: 1, maxLength: 8 }))
  .filter((text) => !(text in Object.prototype) && text !== 'prototype' && !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(text)) // prettier-ignore
const scalar = fc
  .oneof(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null), fc.constant(0.5))
  .map((value) => (Object.is(value, -0) ? 0 : value))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}))
const container = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'x/y', '~'),
  image: fc.string(),
  env: fc.array(fc.record({ name, value: fc.string() }), { maxLength: 3 }),
})
const object = fc.record({
  metadata: value,
  spec: fc.record({
    template: fc.record({ spec: fc.record({ containers: fc.array(container, { maxLength: 4 }), other: value }) }),
  }),
})

test('[FLD8] flattening and unflattening give the same object back', () => {
  fc.assert(
    fc.property(object, (data) => {
      expect(unflatten(flat(data))).toEqual(JSON.parse(JSON.stringify(data)))
    }),
  )
})

test('[FLD9] the edits between two objects turn one into the other', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const fields = flat(before)
      for (const { pointer, text } of diff(fields, flat(after))) {
        if (text === undefined) fields.delete(pointer)
        else fields.set(pointer, text)
      }
      expect(unflatten(fields)).toEqual(JSON.parse(JSON.stringify(after)))
      expect(diff(flat(before), flat(before))).toEqual([])
    }),
  )
})

import { expect, test } from 'vitest'
import type { KubeObject } from '../object.ts'
import { OBJECT_BYTES_MAX } from './measure.ts'
import { prepare, withDefaults } from './prepare.ts'
import { aConfigMap, aSecret } from './sample.ts'
import { checkManifest, validate, validateUpdate } from './validate.ts'

const said = (object: KubeObject): string[] =>
  checkManifest(`core/${object.kind}/default/${object.metadata.name}`, object).map(
    ({ field, message }) => `${field}: ${message}`,
  )
const stored = (object: KubeObject): KubeObject => prepare(object, { nowMs: 1 })

test('[CFG1] the samples are valid, and so are empty ones', () => {
  expect(said(aConfigMap())).toEqual([])
  expect(said(aSecret())).toEqual([])
  expect(said(aConfigMap({ data: undefined }))).toEqual([])
  expect(said(aSecret({ data: null, stringData: { '.netrc': '' } }))).toEqual([])
  expect(withDefaults(aSecret({ type: undefined }))).toMatchObject({ type: 'Opaque' })
})

test.each(['a/b', '..', '.', '..data', 'with space', '', 'ü', 'x'.repeat(254)])(
  '[CFG1] the key %j could not be a file of its own and is refused',
  (key) => {
    expect(said(aConfigMap({ data: { [key]: 'x' } }))).toEqual([expect.stringMatching(/^data: Invalid value: ".*must/)])
    expect(said(aSecret({ data: { [key]: '' } }))).toEqual([expect.stringMatching(/^data: Invalid value: ".*must/)])
  },
)

test.each(['hello', 'a===', 'ab*=', 'YQ', 'YQ=a'])('[CFG1] %j is no base64 text', (value) => {
  expect(said(aConfigMap({ binaryData: { a: value } }))).toEqual([
    'binaryData[a]: Invalid value: must be base64 text; plain text goes into data',
  ])
  expect(said(aSecret({ data: { a: value } }))).toEqual([
    'data[a]: Invalid value: must be base64 text; plain text goes into stringData',
  ])
})

test.each(['', 'YQ==', 'YWI=', 'YWJj', 'YWJj\nYWJj\r\n'])('[CFG1] %j is base64 text', (value) => {
  expect(said(aSecret({ data: { a: value } }))).toEqual([])
})

test('[CFG1] a key has one value, and both parts are told apart', () => {
  expect(said(aConfigMap({ data: { a: '1' }, binaryData: { a: '' } }))).toEqual([
    'data: Invalid value: "a": duplicate of key present in binaryData',
  ])
})

test('[CFG1] all values together fit into an object', () => {
  const half = 'x'.repeat(OBJECT_BYTES_MAX / 2)
  expect(said(aConfigMap({ data: { a: half } }))).toEqual([])
  expect(said(aConfigMap({ data: { a: half, b: half } }))).toEqual([
    `: Too long: must have at most ${OBJECT_BYTES_MAX} bytes`,
  ])
})

test.each([
  ['kubernetes.io/tls', { 'tls.crt': '' }, 'data[tls.key]', 'tls.key'],
  ['kubernetes.io/dockerconfigjson', {}, 'data[.dockerconfigjson]', '.dockerconfigjson'],
  ['kubernetes.io/basic-auth', {}, 'data[username]', 'username or password'],
])('[CFG1] a Secret of type %s with %j lacks %s', (type, data, field, keys) => {
  expect(said(aSecret({ type, data }))).toEqual([`${field}: Required value: a Secret of type ${type} holds ${keys}`])
  expect(said(aSecret({ type: 'kubernetes.io/basic-auth', stringData: { password: 'x' } }))).toEqual([])
  expect(said(aSecret({ type: 'example.com/own', data: {} }))).toEqual([])
})

test('[CFG2] stringData is written and never kept: its texts are values of data, and go before them', () => {
  const secret = stored(aSecret({ data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'neu é', c: '' } }))
  expect(secret['data']).toEqual({ a: Buffer.from('neu é').toString('base64'), b: 'Yg==', c: '' })
  expect(secret).not.toHaveProperty('stringData')
  expect(stored(secret)).toEqual(secret)
})

test('[CFG2] stringData that cannot be meant is said under its own name', () => {
  expect(said(aSecret({ stringData: { port: 80 } }))).toEqual([
    'stringData[port]: Invalid value: 80: must be a string, not a number: put it in quotes',
  ])
  expect(said(aSecret({ stringData: ['a'] }))).toEqual([expect.stringContaining('stringData: Invalid value')])
})

test('[CFG3] what is immutable stays so, whatever else of it changes', () => {
  const old = aConfigMap({ immutable: true })
  const faults = (changes: Record<string, unknown>): string[] =>
    validateUpdate(old, aConfigMap({ immutable: true, ...changes })).map(({ field }) => field)
  expect(faults({ 'metadata.labels': { a: 'b' } })).toEqual([])
  expect(faults({ data: { other: 'x' } })).toEqual(['data'])
  expect(faults({ binaryData: { b: '' } })).toEqual(['binaryData'])
  expect(faults({ immutable: false })).toEqual(['immutable'])
  expect(validateUpdate(aConfigMap(), aConfigMap({ data: {}, immutable: true }))).toEqual([])
})

test('[CFG3] the type of a Secret never changes', () => {
  expect(validateUpdate(aSecret(), aSecret({ type: 'example.com/own' }))).toMatchObject([{ field: 'type' }])
  expect(validateUpdate(aSecret({ type: undefined }), aSecret({ type: 'Opaque' }))).toEqual([])
})

test('[CFG4] of the manifest that kubectl remembers in a Secret the keys are kept and no value', () => {
  const key = 'kubectl.kubernetes.io/last-applied-configuration'
  const copy = JSON.stringify(aSecret({ stringData: { token: 'hunter2' } }))
  const secret = stored(aSecret({ 'metadata.annotations': { [key]: copy, other: 'stays' } }))
  expect(JSON.stringify(secret.metadata)).not.toMatch(/hunter2|c2VzYW1l/)
  expect(JSON.parse(secret.metadata.annotations?.[key] ?? '')).toMatchObject({
    data: { password: '' },
    stringData: { token: '' },
  })
  expect(secret.metadata.annotations?.['other']).toBe('stays')
  const torn = stored(aSecret({ 'metadata.annotations': { [key]: '{"data":{"a":"hunter2"' } }))
  expect(torn.metadata.annotations).toEqual({})
})

test('[CFG5] no message repeats a value of a Secret', () => {
  expect(said(aSecret({ data: { password: 'hunter2 in clear' } })).join()).not.toContain('hunter2')
})

test('[SEAL1] what nodes have sealed is valid where it is stored, and refused from people', () => {
  const sealed = aSecret({ data: { password: `sealed:v1:${'a'.repeat(16)}:${'b'.repeat(22)}` } })
  expect(validate('core/Secret/default/web', sealed)).toEqual([])
  expect(said(sealed)).toEqual(['data[password]: Invalid value: must be base64 text; this is how a node keeps it'])
})

import { expect, test } from 'vitest'
import type { StoredObject } from '../object.ts'
import { DefinitionIndex, DEFINITIONS_MAX, SCHEMAS_CHARS_MAX } from './definitions.ts'

function definition(at: number, description = ''): StoredObject {
  const name = `t${String(at).padStart(4, '0')}`
  const key = `apiextensions.k8s.io/CustomResourceDefinition//${name}.example.com`
  const openAPIV3Schema = { type: 'object', description }
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}.example.com`, uid: name, creationTimestamp: '2026-11-21T12:00:00Z' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: name, kind: `K${name}` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
  return { key, object, life: 1, changedAtMs: 0, heads: [] }
}

test('[CRD6] of too many definitions those that came first are served, and the others say why not', () => {
  const index = new DefinitionIndex()
  const all = Array.from({ length: DEFINITIONS_MAX + 3 }, (_, at) => definition(at))
  for (const each of all) index.set(each.key, each)
  const refused = index.all.filter(({ refusal }) => refusal !== undefined)
  expect(refused.map(({ name, refusal }) => [name, refusal?.reason])).toEqual([
    ['t0512.example.com', 'TooManyDefinitions'],
    ['t0513.example.com', 'TooManyDefinitions'],
    ['t0514.example.com', 'TooManyDefinitions'],
  ])
  index.set(all[0]!.key, undefined)
  expect(index.all.filter(({ refusal }) => refusal !== undefined).length).toBe(2)
})

test('[CRD6] of schemas that are too long together, too', () => {
  const index = new DefinitionIndex()
  const text = 'x'.repeat(1.1 * 1024 * 1024)
  const count = Math.floor(SCHEMAS_CHARS_MAX / text.length) + 2
  for (let at = 0; at < count; at += 1) index.set(definition(at, text).key, definition(at, text))
  expect(index.all.filter(({ refusal }) => refusal?.reason === 'TooManyDefinitions').length).toBe(2)
  expect(index.ofKind('example.com', 'Kt0000')?.name).toBe('t0000.example.com')
  expect(index.ofKind('example.com', `Kt00${count - 1}`)).toBeUndefined()
})

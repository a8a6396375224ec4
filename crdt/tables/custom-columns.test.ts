import { expect, test } from 'vitest'
import { customColumns } from './custom-columns.ts'
import type { Thing } from './thing.ts'

const THING = {
  apiVersion: 'example.com/v1',
  kind: 'Tab',
  metadata: { name: 'tab', creationTimestamp: '2026-11-21T11:00:00Z', labels: { 'app.kubernetes.io/name': 'web' } },
  spec: { replicas: 3, hosts: ['a', 'b'], rules: [{ host: 'x' }, { host: 'y' }], on: true, deep: { a: 1 } },
  status: { conditions: [{ type: 'Ready', status: 'True' }, { type: 'Odd', status: 'False' }] },
} as unknown as Thing // prettier-ignore
const NOON_MS = Date.parse('2026-11-21T12:00:00Z')

test.each<[string, string, string, string | number]>([
  ['.spec.replicas', 'integer', 'a number', 3],
  ['.spec.on', 'boolean', 'a flag', 'true'],
  ['.metadata.creationTimestamp', 'date', 'an age', '60m'],
  ['.status.conditions[?(@.type=="Ready")].status', 'string', 'one by its value', 'True'],
  ["$.status.conditions[?(@.type!='Ready')].status", 'string', 'those of another value', 'False'],
  ['.spec.hosts[0]', 'string', 'a place', 'a'],
  ['.spec.hosts[-1]', 'string', 'a place from the end', 'b'],
  ['{.spec.rules[*].host}', 'string', 'all', 'x,y'],
  ['.metadata.labels.app\\.kubernetes\\.io/name', 'string', 'a name with dots', 'web'],
  ["['spec']['replicas']", 'integer', 'names in brackets', 3],
  ['.spec.deep', 'string', 'an object', '{"a":1}'],
  ['.spec.nothing.there', 'string', 'nothing', ''],
  ['spec..replicas(', 'string', 'no path', ''],
  ['.constructor', 'string', 'a name of a prototype', ''],
])('[CRD12] %s gives %s: %s', (jsonPath, type, _what, expected) => {
  const [, column] = customColumns([{ name: 'X', type, jsonPath }])
  expect(column!.cell(THING, NOON_MS)).toBe(expected)
})

test('[CRD12] without columns there are name and age', () => {
  expect(customColumns([]).map(({ name }) => name)).toEqual(['Name', 'Age'])
})

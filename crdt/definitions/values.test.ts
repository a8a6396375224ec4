import { describe, expect, test } from 'vitest'
import { Findings } from '../objects/field-error.ts'
import type { Plain } from '../objects/plain.ts'
import { isOfFormat } from './formats.ts'
import type { JsonSchema } from './schema.ts'
import { pruned, withSchemaDefaults } from './shape.ts'
import { checkValue } from './values.ts'

function faultsOf(schema: JsonSchema, a: unknown): string[] {
  const findings = new Findings()
  checkValue({ type: 'object', properties: { a: schema } }, { a }, findings)
  return findings.errors.map(({ field, message }) => `${field}: ${message}`)
}

test.each<[string, JsonSchema, unknown, string[]]>([
  ['another type', { type: 'string' }, 5, ['a: Invalid value: "integer": a in body must be of type string: "integer"']],
  ['null', { type: 'string' }, null, ['a: Invalid value: "null": a in body must be of type string: "null"']],
  ['null where it may be', { type: 'string', nullable: true }, null, []],
  ['a whole number for a number', { type: 'number' }, 5, []],
  ['a fraction', { type: 'integer' }, 1.5, ['a: Invalid value: "number": a in body must be of type integer: "number"']],
  ['too little', { type: 'integer', minimum: 3 }, 2, ['a: Invalid value: 2: a in body should be greater than or equal to 3']],
  ['the bound itself', { type: 'integer', minimum: 3, exclusiveMinimum: true }, 3, ['a: Invalid value: 3: a in body should be greater than 3']],
  ['too much', { type: 'number', maximum: 3, exclusiveMaximum: true }, 3, ['a: Invalid value: 3: a in body should be less than 3']],
  ['no multiple', { type: 'integer', multipleOf: 4 }, 6, ['a: Invalid value: 6: a in body should be a multiple of 4']],
  ['a short text', { type: 'string', minLength: 2 }, '😀', ['a: Invalid value: "😀": a in body should be at least 2 chars long']],
  ['a long text', { type: 'string', maxLength: 2 }, '😀😀😀', ['a: Too long: may not be longer than 2']],
  ['characters of two units', { type: 'string', maxLength: 2 }, '😀😀', []],
  ['another word', { type: 'string', enum: ['x', 'y'] }, 'z', ['a: Unsupported value: "z": supported values: "x", "y"']],
  ['few items', { type: 'array', minItems: 1, items: { type: 'string' } }, [], ['a: Invalid value: 0: a in body should have at least 1 items']],
  ['many items', { type: 'array', maxItems: 1, items: { type: 'string' } }, ['x', 'y'], ['a: Too many: 2: must have at most 1 items']],
  ['a bad item', { type: 'array', items: { type: 'string' } }, ['x', 1], ['a[1]: Invalid value: "integer": a[1] in body must be of type string: "integer"']],
  ['one value twice in a set', { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }, ['x', 'x'], ['a[1]: Duplicate value: "x"']],
  ['few fields', { type: 'object', minProperties: 1 }, {}, ['a: Invalid value: 0: a in body should have at least 1 properties']],
  ['a field that is missing', { type: 'object', required: ['b'] }, {}, ['a.b: Required value']],
  ['a bad value of a map', { type: 'object', additionalProperties: { type: 'integer' } }, { b: 'x' }, ['a.b: Invalid value: "string": a.b in body must be of type integer: "string"']],
  ['none of several', { type: 'object', anyOf: [{ required: ['b'] }, { required: ['c'] }] }, {}, ['a: Invalid value: {}: "a" must validate at least one schema (anyOf)']],
  ['two of several', { type: 'object', oneOf: [{ required: ['b'] }, { required: ['c'] }] }, { b: 1, c: 1 }, ['a: Invalid value: {b: ..., c: ...}: "a" must validate one and only one schema (oneOf). Found 2 valid alternatives']],
  ['what it must not be', { type: 'object', not: { required: ['b'] } }, { b: 1 }, ['a: Invalid value: {b: ...}: "a" must not validate the schema (not)']],
  ['a number beyond its format', { type: 'integer', format: 'int32' }, 2 ** 31, ['a: Invalid value: 2147483648: a in body must be of type int32: "2147483648"']],
  ['a name of a prototype', { type: 'object', properties: { b: { type: 'string' } } }, JSON.parse('{"__proto__": 1, "constructor": 2}'), []],
])('[CRD20] %s', (_what, schema, value, expected) => {
  expect(faultsOf(schema, value)).toEqual(expected)
}) // prettier-ignore

test('[CRD23] what would take too long to judge is refused, and soon', () => {
  const many = Array.from({ length: 2_000 }, (_, at) => ({ required: [`f${at}`] }))
  const schema: JsonSchema = { type: 'array', items: { type: 'object', anyOf: [...many, {}] } }
  const value = Array.from({ length: 20_000 }, () => ({}))
  expect(faultsOf(schema, value)).toContain(': Forbidden: it takes too long to hold this object to its schema')
})

test.each<[string, string[], string[]]>([
  ['date', ['2026-02-28', '2024-02-29'], ['2026-02-29', '2026-13-01', 'noon']],
  ['date-time', ['2026-02-28T12:00:00Z', '2026-02-28T12:00:00.5+01:00'], ['2026-02-28', '2026-02-28T25:00:00Z']],
  ['ipv4', ['10.0.0.1'], ['10.0.0.256', '::1', '10.0.0']],
  ['ipv6', ['::1', '2001:db8::ffff', '::ffff:10.0.0.1'], ['10.0.0.1', ':::', '1:2:3:4:5:6:7:8:9']],
  ['cidr', ['10.0.0.0/8', 'fd00::/8'], ['10.0.0.0', '10.0.0.0/33']],
  ['uuid', ['0fd1b2f6-0b5e-4d40-9b53-4c6d1b2f60b5'], ['0fd1b2f6']],
  ['hostname', ['a.example.com'], ['-a.com', 'a..b']],
  ['email', ['ada@example.com'], ['ada', '@example.com']],
  ['uri', ['https://example.com/a', '/a'], ['a b', 'example']],
  ['byte', ['aGk='], ['a', '***=']],
  ['mac', ['00:11:22:33:44:55'], ['00:11']],
  ['duration', ['1h', '30 s', '1h30m'], ['soon', '1']],
  ['of-nobody', ['anything'], []],
])('[CRD24] %s', (format, good, bad) => {
  expect(good.filter((text) => !isOfFormat(format, text))).toEqual([])
  expect(bad.filter((text) => isOfFormat(format, text))).toEqual([])
})

describe('[CRD21] fields that a schema does not name', () => {
  const at = (properties: Record<string, JsonSchema>, object: Plain): unknown =>
    pruned({ type: 'object', properties }, object)

  test('are left out and told, wherever they stand', () => {
    const properties: Record<string, JsonSchema> = {
      a: { type: 'array', items: { type: 'object', properties: { b: { type: 'string' } } } },
      map: { type: 'object', additionalProperties: { type: 'object', properties: {} } },
    }
    const object = { kind: 'K', metadata: { name: 'n', odd: 1 }, a: [{ b: 'x', c: 1 }], map: { k: { d: 1 } }, e: 1 }
    expect(at(properties, object)).toEqual({
      object: { kind: 'K', metadata: { name: 'n' }, a: [{ b: 'x' }], map: { k: {} } },
      unknown: ['metadata.odd', 'a[0].c', 'map.k.d', 'e'],
    })
  })

  test('are kept where the schema keeps them, and held to it further in', () => {
    const keep = { 'x-kubernetes-preserve-unknown-fields': true } as const
    const properties: Record<string, JsonSchema> = {
      free: { type: 'object', ...keep, properties: { known: { type: 'object', properties: {} } } },
      whole: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        properties: { spec: { type: 'object', ...keep } },
      },
    }
    const object = {
      free: { x: { y: 1 }, known: { z: 1 } },
      whole: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { a: 1 }, odd: 1 },
    }
    expect(at(properties, object)).toEqual({
      object: { free: { x: { y: 1 }, known: {} }, whole: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { a: 1 } } }, // prettier-ignore
      unknown: ['free.known.z', 'whole.odd'],
    })
  })
})

test('[CRD22] defaults stand where nothing was said, in items and maps too, and for a null that may not be', () => {
  const item: JsonSchema = { type: 'object', properties: { b: { type: 'string', default: 'x' } } }
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      list: { type: 'array', items: item },
      map: { type: 'object', additionalProperties: item },
      whole: { type: 'object', default: {}, properties: { c: { type: 'integer', default: 3 } } },
      nil: { type: 'string', default: 'y' },
      none: { type: 'string', default: 'y', nullable: true },
    },
  }
  expect(withSchemaDefaults(schema, { list: [{}, { b: 'z' }], map: { k: {} }, nil: null, none: null })).toEqual({
    list: [{ b: 'x' }, { b: 'z' }],
    map: { k: { b: 'x' } },
    whole: { c: 3 },
    nil: 'y',
    none: null,
  })
  expect(withSchemaDefaults(schema, {})).toEqual({ whole: { c: 3 }, nil: 'y', none: 'y' })
})

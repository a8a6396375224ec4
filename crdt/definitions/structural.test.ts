import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../object.ts'
import { checkManifest, validate } from '../objects/validate.ts'

type Loose = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- as tests write it

const KEY = 'apiextensions.k8s.io/CustomResourceDefinition//tabs.example.com'

function definition(schema: Loose, changes: Loose = {}, version: Loose = {}): KubeObject {
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'tabs', kind: 'Tab' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
    ...changes,
  }
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'tabs.example.com' }, spec } // prettier-ignore
}

const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const faults = (object: unknown, key = KEY): string[] =>
  validate(key, object).map(({ field, message }) => `${field}: ${message}`)
const ofSchema = (schema: Loose): string[] =>
  faults(definition(schema)).map((each) => each.replaceAll('spec.versions[0].schema.openAPIV3Schema', '#'))
const ofField = (schema: Loose): string[] => ofSchema({ type: 'object', properties: { a: schema } })

describe('[CRD2] a definition', () => {
  test('that is good has no fault', () => {
    expect(faults(definition(OPEN))).toEqual([])
  })

  test.each<[string, Loose, string[]]>([
    ['names', { names: { plural: 'Tabs', kind: 'tab_s' } }, ['spec.names.plural: Invalid value: "Tabs"', 'spec.names.kind: Invalid value: "tab_s": may have mixed case']], // prettier-ignore
    ['another name', { names: { plural: 'others', kind: 'Tab' } }, ['metadata.name: Invalid value: "tabs.example.com": must be spec.names.plural+"."+spec.group']], // prettier-ignore
    ['a group that is no domain', { group: 'apps' }, ['spec.group: Invalid value: "apps": should be a domain with at least one dot']], // prettier-ignore
    ['no scope', { scope: undefined }, ['spec.scope: Required value']],
    ['an odd scope', { scope: 'World' }, ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"']], // prettier-ignore
    ['no versions', { versions: undefined }, ['spec.versions: Required value']],
    ['versions without one that is stored', { versions: [] }, ['spec.versions: Invalid value: [...]: must have exactly one version marked as storage version']], // prettier-ignore
    ['one kind and list kind', { names: { plural: 'tabs', kind: 'Tab', listKind: 'Tab' } }, ['spec.names.listKind: Invalid value: "Tab": kind and listKind may not be the same']], // prettier-ignore
    ['all fields kept', { preserveUnknownFields: true }, ['spec.preserveUnknownFields: Invalid value: true: must be false']], // prettier-ignore
  ])('with %s is refused', (_what, changes, expected) => {
    const found = faults(definition(OPEN, changes))
    expect(expected.filter((each) => !found.some((one) => one.startsWith(each)))).toEqual([])
  })

  test.each<[string, Loose, string]>([
    [
      'no schema',
      { schema: undefined },
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ],
    ['a bad name', { name: 'V1' }, 'spec.versions[0].name: Invalid value: "V1"'],
    ['served as a text', { served: 'yes' }, 'spec.versions[0].served: Invalid value: "yes": must be of type boolean'],
    ['an unknown field', { odd: 1 }, 'spec.versions[0].odd: unknown field "spec.versions[0].odd"'],
    ['a column without a path', { additionalPrinterColumns: [{ name: 'a', type: 'string' }] }, 'spec.versions[0].additionalPrinterColumns[0].jsonPath: Required value'], // prettier-ignore
    ['a column of an odd type', { additionalPrinterColumns: [{ name: 'a', type: 'odd', jsonPath: '.a' }] }, 'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "odd": must be one of'], // prettier-ignore
    ['a scale elsewhere', { subresources: { scale: { specReplicasPath: '.a', statusReplicasPath: '.status.b' } } }, 'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".a": should be a json path under .spec'], // prettier-ignore
  ])('whose version has %s is refused', (_what, version, expected) => {
    expect(faults(definition(OPEN, {}, version)).join('\n')).toContain(expected)
  })

  test('whose versions are called alike is refused', () => {
    const [version] = (definition(OPEN)['spec'] as Loose)['versions']
    expect(faults(definition(OPEN, { versions: [version, { ...version, storage: false }] })).join()).toContain('must contain unique version names') // prettier-ignore
  })
})

describe('[CRD4] a group', () => {
  const inGroup = (group: string, annotations?: Loose): string[] => {
    const { metadata, ...rest } = definition(OPEN, { group })
    const object = { ...rest, metadata: { ...metadata, name: `tabs.${group}`, annotations } }
    return faults(object, `apiextensions.k8s.io/CustomResourceDefinition//tabs.${group}`)
  }

  test.each(['discovery.k8s.io', 'metrics.k8s.io', 'authorization.k8s.io', 'apiextensions.k8s.io'])('%s is ours', (group) => { expect(inGroup(group, { 'api-approved.kubernetes.io': 'https://x' }).join()).toContain('own') }) // prettier-ignore

  test("of Kubernetes' people wants their word", () => {
    expect(inGroup('gateway.networking.k8s.io').join()).toContain('protected groups must have approval annotation "api-approved.kubernetes.io"') // prettier-ignore
    expect(inGroup('gateway.networking.k8s.io', { 'api-approved.kubernetes.io': 'https://github.com/x' })).toEqual([])
    expect(inGroup('notk8s.io')).toEqual([])
  })
})

describe('[CRD3] a schema', () => {
  test.each<[string, Loose, string]>([
    ['without a type', { type: undefined }, '#.type: Required value: must not be empty at the root'],
    ['of another type', { type: 'array' }, '#.type: Invalid value: "array": must be object at the root'],
    [
      'that may be null',
      { type: 'object', nullable: true },
      '#.nullable: Forbidden: nullable cannot be true at the root',
    ],
    ['that is a map', { type: 'object', additionalProperties: { type: 'string' } }, '#.additionalProperties: Forbidden: must not be used at the root'], // prettier-ignore
    ['that says more of metadata', { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } }, 'but metadata is implicitly specified'], // prettier-ignore
  ])('%s is refused', (_what, schema, expected) => {
    expect(ofSchema(schema).join('\n')).toContain(expected)
  })

  test.each<[string, Loose, string]>([
    ['without a type', {}, '#.properties[a].type: Required value: must not be empty for specified object fields'],
    ['of an odd type', { type: 'text' }, '#.properties[a].type: Unsupported value: "text"'],
    ['with a reference', { $ref: '#/x' }, '#.properties[a].$ref: Forbidden: ref is not supported'],
    ['with an unknown word', { type: 'string', odd: 1 }, 'unknown field "spec.versions[0]'.replace('spec.versions[0]', '#')], // prettier-ignore
    [
      'with unique items',
      { type: 'array', items: { type: 'string' }, uniqueItems: true },
      'uniqueItems cannot be set to true',
    ],
    ['that is a list of what?', { type: 'array' }, '#.properties[a].items: Required value'],
    ['whose items are of several schemas', { type: 'array', items: [{ type: 'string' }] }, 'must be a schema object and not an array'], // prettier-ignore
    ['with properties and others', { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } }, 'mutual exclusive'], // prettier-ignore
    ['closed', { type: 'object', additionalProperties: false }, 'additionalProperties cannot be set to false'],
    ['of either type with a type', { 'x-kubernetes-int-or-string': true, type: 'string' }, 'must be empty if x-kubernetes-int-or-string is true'], // prettier-ignore
    ['embedded and empty', { type: 'object', 'x-kubernetes-embedded-resource': true }, 'must not be empty if x-kubernetes-embedded-resource is true'], // prettier-ignore
    ['with an odd pattern', { type: 'string', pattern: '(' }, "must be a valid regular expression, but isn't: missing closing )"], // prettier-ignore
    ['with lookahead', { type: 'string', pattern: '^(?!a)' }, 'must be a valid regular expression'],
    ['whose types stand below anyOf', { type: 'object', anyOf: [{ type: 'object' }] }, '#.properties[a].anyOf[0].type: Forbidden: must be empty to be structural'], // prettier-ignore
    ['whose fields stand below anyOf alone', { type: 'object', anyOf: [{ properties: { b: {} } }] }, '#.properties[a].properties[b]: Required value: because it is defined in #.properties[a].anyOf[0].properties[b]'], // prettier-ignore
    ['with an odd list type', { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'bag' }, 'Unsupported value: "bag"'], // prettier-ignore
    ['a map of lists without keys', { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' }, 'must not be empty if x-kubernetes-list-type is map'], // prettier-ignore
    ['keys that may be missing', { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['b'], items: { type: 'object', properties: { b: { type: 'string' } } } }, 'it must have a default or be a required property'], // prettier-ignore
    ['keys that are no fields', { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['c'], items: { type: 'object' } }, 'entries must all be names of item properties'], // prettier-ignore
    ['a set of objects', { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } }, 'must be scalar or atomic'], // prettier-ignore
    ['with a default of another type', { type: 'string', default: 5 }, '#.properties[a].default: Invalid value'],
    [
      'with a default that it refuses',
      { type: 'integer', minimum: 3, default: 1 },
      '#.properties[a].default: Invalid value: 1',
    ],
    ['with a default that it does not know', { type: 'object', properties: { b: { type: 'string' } }, default: { c: 1 } }, 'must be pruned'], // prettier-ignore
    [
      'with bounds that exclude one another',
      { type: 'integer', minimum: 3, maximum: 1 },
      'must not be greater than maximum',
    ],
    ['with a count below 0', { type: 'string', minLength: -1 }, 'must be a whole number of 0 or more'],
  ])('of a field %s is refused', (_what, schema, expected) => {
    expect(ofField(schema).join('\n')).toContain(expected)
  })

  test.each<[string, Loose]>([
    ['a number or a text', { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true }],
    ['anything', { 'x-kubernetes-preserve-unknown-fields': true }],
    ['an object of any fields', OPEN],
    ['whole objects', { ...OPEN, 'x-kubernetes-embedded-resource': true }],
    ['a choice of required fields', { type: 'object', properties: { b: { type: 'string' }, c: { type: 'string' } }, oneOf: [{ required: ['b'] }, { required: ['c'] }], not: { required: ['b', 'c'] } }], // prettier-ignore
    ['a list with keys', { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['b'], items: { type: 'object', required: ['b'], properties: { b: { type: 'string' } } } }], // prettier-ignore
    ['a default in a default', { type: 'object', default: {}, properties: { b: { type: 'string', default: 'x' } } }],
    ['rules', { type: 'string', 'x-kubernetes-validations': [{ rule: 'self != "a"' }] }],
  ])('of %s is good', (_what, schema) => {
    expect(ofField(schema)).toEqual([])
  })

  test('nested deeper than anybody needs is refused', () => {
    const deep = Array.from({ length: 60 }).reduce<Loose>((items) => ({ type: 'array', items }), { type: 'string' })
    expect(ofField(deep).length).toBeGreaterThan(0)
  })
})

test('[CRD41] whatever is sent in its place, it is told and nothing throws', () => {
  const word = fc.constantFrom('type', 'properties', 'items', 'anyOf', 'not', 'enum', 'pattern', 'default', 'required', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'additionalProperties', 'x-kubernetes-int-or-string', '__proto__', 'constructor', 'metadata') // prettier-ignore
  const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.constantFrom('object', 'array', 'string', '(', 'map', null, true, -1, 0.5, {}, []),
    tree: fc.oneof({ maxDepth: 6 }, tie('leaf'), fc.dictionary(word, tie('tree'), { maxKeys: 4 }), fc.array(tie('tree'), { maxLength: 3 })), // prettier-ignore
  }))
  fc.assert(
    fc.property(tree, tree, (schema, version) => {
      const object = definition(schema as Loose)
      expect(Array.isArray(checkManifest(KEY, object))).toBe(true)
      expect(Array.isArray(validate(KEY, definition(OPEN, { versions: version })))).toBe(true)
    }),
    { numRuns: 500 },
  )
})

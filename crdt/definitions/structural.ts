/**
 * Whether a schema is structural, as CustomResourceDefinitions must be: types everywhere, no references, so that fields can be
 * told from unknown ones, merged and filled in. In the words of kube-apiserver. Whatever is sent in its place, nothing throws.
 *
 * @module
 */
import { Findings } from '../objects/field-error.ts'
import { fieldPath, isPlain, own, type Plain } from '../objects/plain.ts'
import { Pattern, PatternError } from './pattern.ts'
import { SCHEMA_TYPES, type JsonSchema } from './schema.ts'
import { pruned, withSchemaDefaults } from './shape.ts'
import { checkValue } from './values.ts'

/** Levels of schemas within schemas; that of the deepest operator has 20. */
const LEVELS_MAX = 40

/** Steps of all patterns of a schema. */
const PATTERN_STEPS_MAX = 100_000

type Kind = 'text' | 'number' | 'count' | 'flag' | 'schema' | 'schemas' | 'named schemas' | 'texts' | 'any' | 'list'

/** The words of a schema, and what each has to be. */
const WORDS: Readonly<Record<string, Kind>> = {
  type: 'text',
  description: 'text',
  title: 'text',
  format: 'text',
  example: 'any',
  externalDocs: 'any',
  nullable: 'flag',
  default: 'any',
  enum: 'list',
  minimum: 'number',
  exclusiveMinimum: 'flag',
  maximum: 'number',
  exclusiveMaximum: 'flag',
  multipleOf: 'number',
  minLength: 'count',
  maxLength: 'count',
  pattern: 'text',
  minItems: 'count',
  maxItems: 'count',
  items: 'schema',
  minProperties: 'count',
  maxProperties: 'count',
  required: 'texts',
  properties: 'named schemas',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  not: 'schema',
  'x-kubernetes-preserve-unknown-fields': 'flag',
  'x-kubernetes-int-or-string': 'flag',
  'x-kubernetes-embedded-resource': 'flag',
  'x-kubernetes-list-type': 'text',
  'x-kubernetes-list-map-keys': 'texts',
  'x-kubernetes-map-type': 'text',
  'x-kubernetes-validations': 'list',
}

/** Of JSON Schema and not of Kubernetes. */
const UNSUPPORTED = ['definitions', 'dependencies', 'patternProperties', 'additionalItems', '$ref', 'id', '$schema']

/** Below `allOf`, `anyOf`, `oneOf` and `not` a schema says what values are, not what fields there are. */
const STRUCTURAL_WORDS = [
  'type',
  'description',
  'title',
  'default',
  'nullable',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
]

interface Place {
  readonly at: string
  readonly level: number
  readonly findings: Findings
  /** Of all patterns. */
  readonly work: { steps: number }
}

/** What is wrong with the schema of a version. */
export function checkStructural(schema: unknown, at: string, findings: Findings): void {
  const place: Place = { at, level: 0, findings, work: { steps: 0 } }
  const before = findings.errors.length
  if (!isPlain(schema)) return findings.invalid(at, schema, 'must be a schema')
  checkRoot(schema, place)
  checkStructure(schema, place)
  // What defaults are held to has to be good itself.
  if (findings.errors.length === before) checkDefaults(schema, at, findings)
}

function checkRoot(schema: Plain, { at, findings }: Place): void {
  const { type, properties } = schema
  if (type === undefined || type === '') findings.required(`${at}.type`, 'must not be empty at the root')
  else if (type !== 'object') findings.invalid(`${at}.type`, type, 'must be object at the root')
  if (schema['nullable'] === true) findings.forbidden(`${at}.nullable`, 'nullable cannot be true at the root')
  if (schema['additionalProperties'] !== undefined)
    findings.forbidden(`${at}.additionalProperties`, 'must not be used at the root')
  const metadata = isPlain(properties) ? own(properties, 'metadata') : undefined
  if (!isPlain(metadata)) return
  const said = isPlain(metadata['properties']) ? Object.keys(metadata['properties']) : []
  const isPlainObject = Object.keys(metadata).every((word) => ['type', 'description', 'properties'].includes(word))
  if (!isPlainObject || said.some((name) => name !== 'name' && name !== 'generateName'))
    findings.forbidden(`${at}.properties[metadata]`, 'must not specify anything other than name and generateName, but metadata is implicitly specified') // prettier-ignore
}

/** A schema that says what fields there are. */
function checkStructure(schema: Plain, place: Place): void {
  const { at, findings } = place
  if (!checkWords(schema, place)) return
  const isEither = schema['x-kubernetes-int-or-string'] === true
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true
  const { type } = schema
  if (isEither && type !== undefined && type !== '')
    findings.forbidden(`${at}.type`, 'must be empty if x-kubernetes-int-or-string is true')
  else if (!isEither && !keepsAll && (type === undefined || type === '') && place.level > 0)
    findings.required(`${at}.type`, at.endsWith('.items') ? 'must not be empty for specified array items' : 'must not be empty for specified object fields') // prettier-ignore
  checkMaps(schema, place)
  checkLists(schema, place)
  for (const [below, each] of structuresIn(schema, at)) checkStructure(each, deeper(place, below))
  for (const [below, each] of junctorsIn(schema, at)) checkValues(each, schema, deeper(place, below))
}

const deeper = (place: Place, at: string): Place => ({ ...place, at, level: place.level + 1 })

function* structuresIn(schema: Plain, at: string): Generator<readonly [string, Plain]> {
  const { properties, items, additionalProperties } = schema
  if (isPlain(properties))
    for (const [name, each] of Object.entries(properties)) if (isPlain(each)) yield [`${at}.properties[${name}]`, each]
  if (isPlain(items)) yield [`${at}.items`, items]
  if (isPlain(additionalProperties)) yield [`${at}.additionalProperties`, additionalProperties]
}

function* junctorsIn(schema: Plain, at: string): Generator<readonly [string, Plain]> {
  for (const word of ['allOf', 'anyOf', 'oneOf']) {
    const all = schema[word]
    if (!Array.isArray(all)) continue
    for (const [index, each] of all.entries()) if (isPlain(each)) yield [`${at}.${word}[${index}]`, each]
  }
  if (isPlain(schema['not'])) yield [`${at}.not`, schema['not']]
}

/** A schema that says what values are, of fields that `structure` names. */
function checkValues(schema: Plain, structure: Plain, place: Place): void {
  const { at, findings } = place
  if (!checkWords(schema, place)) return
  const isEither = structure['x-kubernetes-int-or-string'] === true
  for (const word of STRUCTURAL_WORDS) {
    if (schema[word] === undefined || schema[word] === '' || schema[word] === false) continue
    // The one form in which a number or a text is said, too.
    if (word === 'type' && isEither) continue
    findings.forbidden(`${at}.${word}`, 'must be empty to be structural')
  }
  const declared = isPlain(structure['properties']) ? structure['properties'] : {}
  const { properties, items } = schema
  if (isPlain(properties)) {
    for (const [name, each] of Object.entries(properties)) {
      const inside = own(declared, name) ?? structure['additionalProperties']
      const below = `${at}.properties[${name}]`
      if (!isPlain(inside)) findings.required(`${rootOf(at)}.properties[${name}]`, `because it is defined in ${below}`)
      else if (isPlain(each)) checkValues(each, inside, deeper(place, below))
    }
  }
  if (isPlain(items)) {
    const inside = structure['items']
    if (!isPlain(inside)) findings.required(`${rootOf(at)}.items`, `because it is defined in ${at}.items`)
    else checkValues(items, inside, deeper(place, `${at}.items`))
  }
  for (const [below, each] of junctorsIn(schema, at)) checkValues(each, structure, deeper(place, below))
}

/** Where the structure around `allOf` and its like stands. */
const rootOf = (at: string): string => at.replace(/\.(allOf|anyOf|oneOf|not)\b.*$/, '')

// ---- word by word

/** False: it is no use to look further. */
function checkWords(schema: Plain, place: Place): boolean {
  const { at, findings, level } = place
  if (findings.full) return false
  if (level > LEVELS_MAX) {
    findings.forbidden(at, `schemas may not be nested deeper than ${LEVELS_MAX} levels`)
    return false
  }
  const before = findings.errors.length
  for (const [word, value] of Object.entries(schema)) checkWord(word, value, place)
  const { type, minimum, maximum, minLength, maxLength } = schema
  if (typeof type === 'string' && type !== '' && !(SCHEMA_TYPES as readonly string[]).includes(type))
    findings.unsupported(`${at}.type`, type, SCHEMA_TYPES)
  if (typeof minimum === 'number' && typeof maximum === 'number' && minimum > maximum)
    findings.invalid(`${at}.minimum`, minimum, `must not be greater than maximum: ${maximum}`)
  if (typeof minLength === 'number' && typeof maxLength === 'number' && minLength > maxLength)
    findings.invalid(`${at}.minLength`, minLength, `must not be greater than maxLength: ${maxLength}`)
  return findings.errors.length === before
}

function checkWord(word: string, value: unknown, { at, findings, work }: Place): void {
  const path = fieldPath(at, word)
  if (value === undefined || value === null) return
  if (UNSUPPORTED.includes(word)) return findings.forbidden(path, `${word.replace('$', '')} is not supported`)
  if (word === 'uniqueItems') {
    if (value !== false) findings.forbidden(path, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic') // prettier-ignore
    return
  }
  if (word === 'additionalProperties') {
    if (value === false) findings.forbidden(path, 'additionalProperties cannot be set to false')
    else if (value !== true && !isPlain(value)) findings.invalid(path, value, 'must be a schema')
    return
  }
  if (word === 'items' && Array.isArray(value))
    return findings.forbidden(path, 'items must be a schema object and not an array')
  const kind = own(WORDS, word)
  if (kind === undefined) return findings.say(path, 'Invalid', `unknown field "${path}"`)
  if (!isOfKind(kind, value)) return findings.invalid(path, value, `must be ${NOUNS[kind]}`)
  if (word === 'multipleOf' && !((value as number) > 0)) findings.invalid(path, value, 'must be greater than 0')
  if (word === 'pattern') checkPattern(value as string, { path, findings, work })
}

const NOUNS: Readonly<Record<Kind, string>> = {
  text: 'a string',
  number: 'a number',
  count: 'a whole number of 0 or more',
  flag: 'true or false',
  schema: 'a schema',
  schemas: 'a list of schemas',
  'named schemas': 'schemas by name',
  texts: 'a list of strings',
  list: 'a list',
  any: 'a value',
}

function isOfKind(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'count':
      return typeof value === 'number' && Number.isInteger(value) && value >= 0
    case 'flag':
      return typeof value === 'boolean'
    case 'schema':
      return isPlain(value)
    case 'schemas':
      return Array.isArray(value) && value.every(isPlain)
    case 'named schemas':
      return isPlain(value) && Object.values(value).every(isPlain)
    case 'texts':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
    case 'list':
      return Array.isArray(value)
    case 'any':
      return true
  }
}

function checkPattern(
  text: string,
  { path, findings, work }: Pick<Place, 'findings' | 'work'> & { path: string },
): void {
  try {
    work.steps += Pattern.of(text).size
    if (work.steps > PATTERN_STEPS_MAX) findings.forbidden(path, 'the patterns of the schema are too large together')
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    findings.invalid(path, text, `must be a valid regular expression, but isn't: ${error.message}`)
  }
}

// ---- objects and lists

function checkMaps(schema: Plain, { at, findings }: Place): void {
  const { type, properties, additionalProperties } = schema
  const mapType = schema['x-kubernetes-map-type']
  const hasProperties = isPlain(properties) && Object.keys(properties).length > 0
  if (hasProperties && additionalProperties !== undefined)
    findings.forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    findings.invalid(`${at}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    findings.unsupported(`${at}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])
  if (mapType !== undefined && type !== 'object')
    findings.invalid(`${at}.type`, type, 'must be object if x-kubernetes-map-type is specified')
  if (schema['x-kubernetes-embedded-resource'] !== true) return
  if (type !== 'object')
    findings.invalid(`${at}.type`, type, 'must be object if x-kubernetes-embedded-resource is true')
  if (!hasProperties && schema['x-kubernetes-preserve-unknown-fields'] !== true)
    findings.required(`${at}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields') // prettier-ignore
}

const LIST_TYPES = ['atomic', 'set', 'map']

function checkLists(schema: Plain, { at, findings }: Place): void {
  const { type, items } = schema
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined
  if (type === 'array' && items === undefined) findings.required(`${at}.items`, 'must be specified')
  if (listType !== undefined && !LIST_TYPES.includes(listType as string))
    findings.unsupported(`${at}.x-kubernetes-list-type`, listType, LIST_TYPES)
  if (listType !== undefined && type !== 'array')
    findings.invalid(`${at}.type`, type, 'must be array if x-kubernetes-list-type is specified')
  if (keys !== undefined && listType !== 'map')
    findings.forbidden(`${at}.x-kubernetes-list-map-keys`, 'must be empty if x-kubernetes-list-type is not map')
  if (!isPlain(items)) return
  if (listType === 'map') checkMapKeys(items, keys ?? [], { at, findings })
  const isAtomic = items['x-kubernetes-list-type'] === 'atomic' || items['x-kubernetes-map-type'] === 'atomic'
  if (listType === 'set' && ['object', 'array'].includes(items['type'] as string) && !isAtomic)
    findings.forbidden(`${at}.items`, 'must be scalar or atomic for x-kubernetes-list-type "set"')
  if (listType === 'set' && items['nullable'] === true)
    findings.forbidden(`${at}.items.nullable`, 'cannot be nullable when x-kubernetes-list-type is set')
}

function checkMapKeys(items: Plain, keys: readonly string[], { at, findings }: Pick<Place, 'at' | 'findings'>): void {
  const path = `${at}.x-kubernetes-list-map-keys`
  if (keys.length === 0) return findings.required(path, 'must not be empty if x-kubernetes-list-type is map')
  if (new Set(keys).size < keys.length) findings.duplicate(path, keys.join(','))
  if (items['type'] !== 'object')
    findings.invalid(`${at}.items.type`, items['type'], 'must be object if parent array\'s x-kubernetes-list-type is map') // prettier-ignore
  const properties = isPlain(items['properties']) ? items['properties'] : {}
  const required = Array.isArray(items['required']) ? items['required'] : []
  for (const key of keys) {
    const property = own(properties, key)
    if (!isPlain(property)) {
      findings.invalid(path, key, 'entries must all be names of item properties')
      continue
    }
    if (['object', 'array'].includes(property['type'] as string))
      findings.invalid(`${at}.items.properties[${key}].type`, property['type'], 'must be a scalar type if parent array\'s x-kubernetes-list-type is map') // prettier-ignore
    if (property['default'] === undefined && !required.includes(key))
      findings.required(`${at}.items.properties[${key}].default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property') // prettier-ignore
  }
}

// ---- defaults

/** What stands where nothing was said has to be good itself. */
function checkDefaults(schema: JsonSchema, at: string, findings: Findings): void {
  for (const [below, each] of structuresIn(schema as Plain, at)) {
    const inside = each as JsonSchema
    if (inside.default !== undefined) checkDefault(inside, below, findings)
    checkDefaults(inside, below, findings)
  }
}

function checkDefault(schema: JsonSchema, at: string, findings: Findings): void {
  const path = `${at}.default`
  const holder: JsonSchema = { type: 'object', properties: { default: schema } }
  const { unknown } = pruned(holder, { default: schema.default })
  for (const field of unknown) findings.invalid(`${at}.${field}`, schema.default, 'must be pruned')
  const said = new Findings()
  checkValue(holder, withSchemaDefaults(holder, { default: schema.default }), said)
  for (const { field, reason, message } of said.errors) findings.say(`${at}.${field}`.replace(`${path}.default`, path), reason, message) // prettier-ignore
}

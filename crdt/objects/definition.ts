/**
 * CustomResourceDefinition: a kind that people bring, with its names and the schemas of its versions.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import { versionsIn } from '../definitions/pack.ts'
import type { JsonSchema } from '../definitions/schema.ts'
import { checkStructural } from '../definitions/structural.ts'
import type { PrinterColumn } from '../tables/custom-columns.ts'
import type { FieldError } from '../kind-port.ts'
import { Findings } from './field-error.ts'
import { metadataSchema } from './meta.ts'
import { dns1035Label, dnsSubdomain } from './names.ts'
import { fieldPath, isPlain, type Plain } from './plain.ts'
import { anything, byDefault, bySystem, choice, fields, flag, listOf, required, text } from './schema.ts'

const SCOPES = ['Cluster', 'Namespaced'] as const

export interface DefinedNames {
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

export interface DefinitionVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly deprecationWarning?: string
  readonly schema: { readonly openAPIV3Schema: JsonSchema }
  readonly subresources?: { readonly status?: unknown; readonly scale?: ScalePaths }
  readonly additionalPrinterColumns?: readonly PrinterColumn[]
}

export interface DefinitionSpec {
  readonly group: string
  readonly scope: (typeof SCOPES)[number]
  readonly names: DefinedNames
  readonly versions: readonly DefinitionVersion[]
}

const names = fields({
  plural: required(text(dns1035Label)),
  singular: byDefault(text(dns1035Label), ({ kind }: Plain) =>
    typeof kind === 'string' ? kind.toLowerCase() : undefined,
  ),
  kind: required(text(kindName)),
  listKind: byDefault(text(kindName), ({ kind }: Plain) => (typeof kind === 'string' ? `${kind}List` : undefined)),
  shortNames: listOf(text(dns1035Label), { itemsMax: 32 }),
  categories: listOf(text(dns1035Label), { itemsMax: 32 }),
})

export const definitionSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: required(
    fields({
      group: required(text(groupName)),
      names: required(names),
      scope: required(choice(SCOPES)),
      versions: anything(),
      conversion: byDefault(
        fields({ strategy: required(choice(['None', 'Webhook'], ['Webhook'])), webhook: anything() }),
        { strategy: 'None' },
      ),
      preserveUnknownFields: flag(),
    }),
  ),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

function kindName(name: string): string | undefined {
  const why = dns1035Label(name.toLowerCase())
  return why === undefined ? undefined : `may have mixed case, but should otherwise match: ${why}`
}

function groupName(group: string): string | undefined {
  return dnsSubdomain(group) ?? (group.includes('.') ? undefined : 'should be a domain with at least one dot')
}

/** Kubernetes' own groups: whoever defines a kind there has asked its people. */
const PROTECTED = /(^|\.)(k8s|kubernetes)\.io$/
const APPROVAL = 'api-approved.kubernetes.io'

/** Versions of one kind. */
const VERSIONS_MAX = 16

/** What a name of a definition says of its names: `<plural>.<group>`. Called with the defaults filled in. */
export function checkDefinition(definition: KubeObject, ownGroups: ReadonlySet<string>, findings: Findings): void {
  const spec = definition['spec'] as DefinitionSpec & { readonly preserveUnknownFields?: boolean }
  const { group, names: said } = spec
  const { name, annotations = {} } = definition.metadata
  if (name !== `${said.plural}.${group}`)
    findings.invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')
  if (ownGroups.has(group)) findings.forbidden('spec.group', `the kinds of "${group}" are Kubernetes' own`)
  if (PROTECTED.test(group) && !isApproved(annotations[APPROVAL]))
    findings.required(`metadata.annotations[${APPROVAL}]`, `protected groups must have approval annotation "${APPROVAL}", see https://github.com/kubernetes/enhancements/pull/1111`) // prettier-ignore
  if (said.kind === said.listKind)
    findings.invalid('spec.names.listKind', said.listKind, 'kind and listKind may not be the same')
  if (spec.preserveUnknownFields === true)
    findings.invalid('spec.preserveUnknownFields', true, 'must be false: say x-kubernetes-preserve-unknown-fields in the schema where fields are to be kept') // prettier-ignore
  checkVersions(spec as unknown as Plain, findings)
}

const isApproved = (said: string | undefined): boolean =>
  said !== undefined && (/^https?:\/\//.test(said) || said.startsWith('unapproved'))

/** Versions that were looked at lately: for one write each node does so half a dozen times, and to read thousands of patterns
 *  takes a tenth of a second. By themselves where they are read, by their text where they are packed. */
const judgedRead = new WeakMap<object, readonly FieldError[]>()
const judgedPacked = new Map<string, readonly FieldError[]>()
const JUDGED_PACKED_MAX = 8

function checkVersions(spec: Plain, findings: Findings): void {
  const { versions } = spec
  const isPacked = typeof versions === 'string'
  const known = isPacked ? judgedPacked.get(versions) : isObject(versions) ? judgedRead.get(versions) : undefined
  const errors = known ?? faultsOfVersions(spec)
  if (isPacked) {
    judgedPacked.set(versions, errors)
    if (judgedPacked.size > JUDGED_PACKED_MAX) judgedPacked.delete(judgedPacked.keys().next().value!)
  } else if (isObject(versions)) judgedRead.set(versions, errors)
  for (const { field, reason, message } of errors) findings.say(field, reason, message)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function faultsOfVersions(spec: Plain): readonly FieldError[] {
  const findings = new Findings()
  lookAtVersions(spec, findings)
  return findings.errors
}

function lookAtVersions(spec: Plain, findings: Findings): void {
  const at = 'spec.versions'
  const unpacked = versionsIn(spec)
  if ('error' in unpacked) return findings.say(at, 'Invalid', `Invalid value: ${unpacked.error}`)
  const { versions } = unpacked
  if (versions === undefined || versions === null) return findings.required(at)
  if (!Array.isArray(versions)) return findings.invalid(at, versions, 'must be a list')
  if (versions.length > VERSIONS_MAX) return findings.tooMany(at, versions.length, VERSIONS_MAX)
  versions.forEach((version, index) => checkVersion(version, `${at}[${index}]`, findings))
  const plain = versions.filter(isPlain)
  if (new Set(plain.map(({ name }) => name)).size < versions.length)
    findings.invalid(at, versions, 'must contain unique version names')
  if (plain.filter(({ storage }) => storage === true).length !== 1)
    findings.invalid(at, versions, 'must have exactly one version marked as storage version')
}

/** Of a version, but for its schema and its subresources, whose parts are looked at below. */
const VERSION_WORDS: Readonly<Record<string, 'string' | 'boolean' | 'object'>> = {
  name: 'string',
  served: 'boolean',
  storage: 'boolean',
  deprecated: 'boolean',
  deprecationWarning: 'string',
  schema: 'object',
  subresources: 'object',
  additionalPrinterColumns: 'object',
  selectableFields: 'object',
}

function checkVersion(version: unknown, at: string, findings: Findings): void {
  if (!isPlain(version)) return findings.invalid(at, version, 'must be an object')
  if (!hasWords(version, VERSION_WORDS, at, findings)) return
  const { name, served, storage, schema } = version
  if (name === undefined || name === '') findings.required(`${at}.name`)
  const why = typeof name === 'string' && name !== '' ? dns1035Label(name) : undefined
  if (why !== undefined) findings.invalid(`${at}.name`, name, why)
  for (const [word, said] of Object.entries({ served, storage }))
    if (said === undefined) findings.required(`${at}.${word}`)
  const structure = isPlain(schema) ? schema['openAPIV3Schema'] : undefined
  if (structure === undefined || structure === null)
    findings.required(`${at}.schema.openAPIV3Schema`, 'schemas are required')
  else checkStructural(structure, `${at}.schema.openAPIV3Schema`, findings)
  checkSubresources(version['subresources'], `${at}.subresources`, findings)
  checkColumns(version['additionalPrinterColumns'], `${at}.additionalPrinterColumns`, findings)
}

function hasWords(said: Plain, words: Readonly<Record<string, string>>, at: string, findings: Findings): boolean {
  const before = findings.errors.length
  for (const [word, value] of Object.entries(said)) {
    const path = fieldPath(at, word)
    if (!Object.hasOwn(words, word)) findings.say(path, 'Invalid', `unknown field "${path}"`)
    else if (value !== undefined && value !== null && typeof value !== words[word])
      findings.invalid(path, value, `must be of type ${words[word]}`)
  }
  return findings.errors.length === before
}

const PATH = /^(\.[A-Za-z_][-A-Za-z0-9_]*)+$/

/** `.spec.replicas` as its fields. */
export const scalePath = (path: string): readonly string[] => path.split('.').slice(1)

function checkSubresources(said: unknown, at: string, findings: Findings): void {
  if (said === undefined || said === null) return
  if (!isPlain(said) || !hasWords(said, { status: 'object', scale: 'object' }, at, findings)) return
  const { scale } = said
  if (!isPlain(scale)) return
  const words = { specReplicasPath: 'string', statusReplicasPath: 'string', labelSelectorPath: 'string' }
  if (!hasWords(scale, words, `${at}.scale`, findings)) return
  const roots: Readonly<Record<string, readonly string[]>> = {
    specReplicasPath: ['.spec.'],
    statusReplicasPath: ['.status.'],
    labelSelectorPath: ['.status.', '.spec.'],
  }
  for (const [word, begins] of Object.entries(roots)) {
    const path = scale[word]
    const field = `${at}.scale.${word}`
    if (path === undefined || path === null || path === '') {
      if (word !== 'labelSelectorPath') findings.required(field)
    } else if (typeof path === 'string' && (!PATH.test(path) || !begins.some((each) => path.startsWith(each))))
      findings.invalid(
        field,
        path,
        `should be a json path under ${begins.map((each) => each.slice(0, -1)).join(' or ')}`,
      )
  }
}

const COLUMN_WORDS = {
  name: 'string',
  type: 'string',
  jsonPath: 'string',
  format: 'string',
  description: 'string',
  priority: 'number',
}
const COLUMN_TYPES = ['integer', 'number', 'string', 'boolean', 'date']
const COLUMNS_MAX = 64
const COLUMN_PATH_CHARS_MAX = 512

function checkColumns(said: unknown, at: string, findings: Findings): void {
  if (said === undefined || said === null) return
  if (!Array.isArray(said)) return findings.invalid(at, said, 'must be a list')
  if (said.length > COLUMNS_MAX) return findings.tooMany(at, said.length, COLUMNS_MAX)
  said.forEach((column: unknown, index) => {
    const place = `${at}[${index}]`
    if (!isPlain(column)) return findings.invalid(place, column, 'must be an object')
    if (!hasWords(column, COLUMN_WORDS, place, findings)) return
    for (const word of ['name', 'type', 'jsonPath'])
      if (column[word] === undefined || column[word] === null || column[word] === '')
        findings.required(`${place}.${word}`)
    const { type, jsonPath } = column
    if (typeof type === 'string' && type !== '' && !COLUMN_TYPES.includes(type))
      findings.invalid(`${place}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`)
    if (typeof jsonPath === 'string' && jsonPath.length > COLUMN_PATH_CHARS_MAX)
      findings.tooLong(`${place}.jsonPath`, `must have at most ${COLUMN_PATH_CHARS_MAX} characters`)
  })
}

/** [CRD25] What of it is kept and has no effect: rules in CEL, a conversion by webhook. */
export function definitionWithoutEffect(definition: KubeObject): string[] {
  const unpacked = versionsIn(isPlain(definition['spec']) ? definition['spec'] : {})
  if (!('versions' in unpacked) || !Array.isArray(unpacked.versions)) return []
  return unpacked.versions.flatMap((version: unknown, index) =>
    saysRules(version) ? [`spec.versions[${index}].schema: x-kubernetes-validations`] : [],
  )
}

function saysRules(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value) && Object.hasOwn(value, 'x-kubernetes-validations')) return true
  return Object.values(value).some(saysRules)
}

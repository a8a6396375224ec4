/**
 * The types of the table as JSON schemas, with what kubectl reads in them beside types: which kind a schema is of, and how its
 * lists and maps merge.
 *
 * @module
 */
import type { JsonSchema } from '../../../crdt/index.ts'
import { customDefinition, customName } from './custom-definition.ts'
import { mergeOfList, type MergeBy } from './field-schema.ts'
import type { Field, FieldType, Messages, Scalar } from './messages.ts'

/** What is served, as far as a document about it says. */
export interface Served {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly subresources: readonly string[]
  /** Of a kind that somebody defined. */
  readonly custom?: { readonly version: { readonly schema: { readonly openAPIV3Schema: JsonSchema } } }
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export type Schema = Readonly<Record<string, unknown>>

const LEAVES: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time', description: 'A time in UTC.' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': {
    type: 'string',
    format: 'date-time',
    description: 'A time in UTC, to the microsecond.',
  },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    type: 'string',
    description: 'An amount with its unit, as 500m, 64Mi or 2.',
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    type: 'string',
    format: 'int-or-string',
    description: 'A number, or a text: a name or a percentage.',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { type: 'object', description: 'Names of fields, as a tree.' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object', description: 'Any object.' },
}

const REFERENCED: Readonly<Partial<Record<Scalar, string>>> = {
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microtime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intorstring: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  fieldsv1: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  raw: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
}

const PRIMITIVES: Readonly<Partial<Record<Scalar, Schema>>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
}

const MARKS: Readonly<Record<string, (value: string) => readonly [string, unknown]>> = {
  patch: (value) => ['x-kubernetes-patch-strategy', value],
  key: (value) => ['x-kubernetes-patch-merge-key', value],
  map: (value) => ['x-kubernetes-map-type', value],
  struct: (value) => ['x-kubernetes-map-type', value],
}

/** `io.k8s.api.apps.v1.Deployment` of `apps.v1.Deployment`. */
export function definitionName(message: string): string {
  // Those that people defined are of domains, and named whole.
  if (message.split('.').length > 3) return message
  return message.startsWith('meta.') ? `io.k8s.apimachinery.pkg.apis.${message}` : `io.k8s.api.${message}`
}

const OWN_DOMAINS: ReadonlySet<string> = new Set(
  ['apiextensions', 'authentication', 'authorization', 'discovery', 'metrics'].map((name) => `${name}.k8s.io`),
)

/** `apps.v1.Deployment`; `core` stands for the group without a name. */
export function messageName({ group, version, kind }: GroupVersionKind): string {
  if (group.includes('.') && !OWN_DOMAINS.has(group)) return customName({ group, version, kind })
  return `${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`
}

/** Definitions of some types and of all that these refer to. `ref` writes how one refers to another. */
export class Definitions {
  readonly #messages: Messages
  readonly #ref: (name: string, description: string) => Schema
  readonly #kinds: ReadonlyMap<string, GroupVersionKind>
  readonly #found = new Map<string, Schema>()

  constructor(
    messages: Messages,
    kinds: readonly GroupVersionKind[],
    ref: (name: string, description: string) => Schema,
  ) {
    this.#messages = messages
    this.#kinds = new Map(kinds.map((kind) => [messageName(kind), kind]))
    this.#ref = ref
  }

  /** In the order of their names. */
  get all(): Readonly<Record<string, Schema>> {
    return Object.fromEntries([...this.#found].toSorted(([one], [other]) => (one < other ? -1 : 1)))
  }

  add(message: string): void {
    const name = definitionName(message)
    const type = this.#messages.get(message)
    if (this.#found.has(name) || type === undefined) return
    this.#found.set(name, {})
    const fields = this.#flat(type.fields)
    const kind = this.#kinds.get(message)
    const required = fields.filter((field) => field.isRequired).map((field) => field.name)
    this.#found.set(name, {
      ...(type.description === '' ? {} : { description: type.description }),
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties: {
        ...(kind === undefined ? {} : TYPE_META),
        ...Object.fromEntries(fields.map((field) => [field.name, this.#property(field)])),
      },
      ...(type.isAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(kind === undefined ? {} : { 'x-kubernetes-group-version-kind': [kind] }),
    })
  }

  /** Of a kind that somebody defined, as its schema says it. */
  addCustom(kind: GroupVersionKind, schema: JsonSchema, openApi: 2 | 3): void {
    this.add('meta.v1.ObjectMeta')
    const metadata = this.#ref(
      definitionName('meta.v1.ObjectMeta'),
      'What the object is called, and what is said of it.',
    )
    const envelope = { ...TYPE_META, metadata }
    this.#found.set(messageName(kind), customDefinition({ kind, schema, envelope, openApi }))
  }

  addList(kind: GroupVersionKind): void {
    this.add(messageName(kind))
    this.add('meta.v1.ListMeta')
    this.#found.set(definitionName(messageName({ ...kind, kind: `${kind.kind}List` })), {
      description: `A list of objects of the kind ${kind.kind}.`,
      type: 'object',
      required: ['items'],
      properties: {
        ...TYPE_META,
        metadata: this.#ref(definitionName('meta.v1.ListMeta'), 'Where the list stands.'),
        items: { type: 'array', items: this.#ref(definitionName(messageName(kind)), ''), description: 'The objects.' },
      },
      'x-kubernetes-group-version-kind': [{ ...kind, kind: `${kind.kind}List` }],
    })
  }

  /** What is written into the object around it stands in its place. */
  #flat(fields: readonly Field[]): readonly Field[] {
    return fields.flatMap((field) =>
      field.isInline ? this.#flat(this.#messages.get((field.type as { of: string }).of)!.fields) : [field],
    )
  }

  #property({ type, description, marks }: Field): Schema {
    const merging = Object.entries(marks).flatMap(([mark, value]) => {
      const told = MARKS[mark]?.(value)
      return told === undefined ? [] : [told]
    })
    const ofList = type.is === 'list' ? listMarks(mergeOfList(marks)) : {}
    return { ...this.#schema(type, description), ...Object.fromEntries(merging), ...ofList }
  }

  #schema(type: FieldType, description: string): Schema {
    const told = description === '' ? {} : { description }
    switch (type.is) {
      case 'list':
        return { type: 'array', ...told, items: this.#schema(type.of, '') }
      case 'map':
        return { type: 'object', ...told, additionalProperties: this.#schema(type.of, '') }
      case 'message':
        this.add(type.of)
        return this.#ref(definitionName(type.of), description)
      case 'scalar': {
        const name = REFERENCED[type.of]
        if (name === undefined) return { ...PRIMITIVES[type.of], ...told }
        this.#found.set(name, LEAVES[name]!)
        return this.#ref(name, description)
      }
    }
  }
}

/** [SSA33] As the node merges it. */
function listMarks(merge: MergeBy): Schema {
  switch (merge.by) {
    case 'keys':
      return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': merge.keys }
    case 'set':
      return { 'x-kubernetes-list-type': 'set' }
    case 'value':
    case 'fields':
    case 'entries':
    case 'unknown':
      return { 'x-kubernetes-list-type': 'atomic' }
  }
}

const TYPE_META: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string', description: 'Group and version of the schema of this object.' },
  kind: { type: 'string', description: 'What this object is.' },
}

/**
 * Makes `node/api/kube/go-types.ts`: of the types of Kubernetes that clients send and ask for, each field with its number in
 * protobuf, type, merge keys and description, as Debian's Kubernetes source (Apache-2.0, NOTICE) declares them in Go. Run by
 * hand, after `.ci/kubernetes-source`:
 *
 *     node --import tsx scripts/kube-schema.ts && npx oxfmt node/api/kube/go-types.ts
 *
 * The Go declarations say more than the `.proto` files made from them: which fields are pointers, so that a zero was meant,
 * which are written into the struct around them, and by which key lists merge.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const source = process.env['SHOAL_KUBERNETES_SOURCE'] ?? join(homedir(), '.cache/shoal/kubernetes-source')
const staging = join(source, 'staging/src/k8s.io')

/** Packages by the name they are given here. Three had their final version after 1.20, with the same fields but for what `newer-types.ts` says. */
const PACKAGES: Readonly<Record<string, string>> = {
  'core.v1': 'api/core/v1',
  'apps.v1': 'api/apps/v1',
  'policy.v1': 'api/policy/v1beta1',
  'autoscaling.v1': 'api/autoscaling/v1',
  'discovery.v1': 'api/discovery/v1beta1',
  'autoscaling.v2': 'api/autoscaling/v2beta2',
  'authorization.v1': 'api/authorization/v1',
  'authentication.v1': 'api/authentication/v1',
  'meta.v1': 'apimachinery/pkg/apis/meta/v1',
}

/** What is sent or asked for; what these contain comes along. */
const ROOTS = [
  ...['Service', 'Namespace', 'Pod', 'ConfigMap', 'Secret', 'ServiceAccount', 'Node', 'Endpoints', 'Event'].map(
    (kind) => `core.v1.${kind}`,
  ),
  'apps.v1.Deployment',
  'apps.v1.ReplicaSet',
  'policy.v1.PodDisruptionBudget',
  'discovery.v1.EndpointSlice',
  'policy.v1.Eviction',
  'autoscaling.v1.HorizontalPodAutoscaler',
  'autoscaling.v1.Scale',
  'autoscaling.v2.HorizontalPodAutoscaler',
  'authorization.v1.SelfSubjectAccessReview',
  'authorization.v1.SelfSubjectRulesReview',
  'authentication.v1.UserInfo',
  'meta.v1.DeleteOptions',
  'meta.v1.ListMeta',
  'meta.v1.Status',
]

/** How these are sent is no struct of their own. */
const SPECIAL: Readonly<Record<string, string>> = {
  'meta.v1.Time': 'time',
  'meta.v1.MicroTime': 'microtime',
  'meta.v1.FieldsV1': 'fieldsv1',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intorstring',
  'runtime.RawExtension': 'raw',
}

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  uint8: 'int32',
  float64: 'double',
  '[]byte': 'bytes',
  'types.UID': 'string',
  rune: 'int32',
}

interface Field {
  readonly number: string
  readonly name: string
  readonly type: string
  readonly flags: string
  readonly marks: readonly string[]
  readonly description: string
}
interface Struct {
  readonly description: string
  readonly fields: readonly Field[]
}

/** `Ports []ContainerPort` and its tags; what is embedded has no name. */
const FIELD = /^\t(?:(\w+)\s+)?([^\s`]+)\s+`(.*)`/

const structs = new Map<string, Struct>()
const aliases = new Map<string, string>()
for (const [name, folder] of Object.entries(PACKAGES))
  readPackage(name, readFileSync(join(staging, folder, 'types.go'), 'utf8'))

const wanted = new Set<string>()
for (const root of ROOTS) want(root)

const lines = [...wanted].toSorted().flatMap((name) => {
  const { description, fields } = structs.get(name)!
  const local = (type: string): string => type.replace(`${packageOf(name)}.`, '')
  return [
    `${name} | ${description}`,
    ...fields.map(({ number, name, type, flags, marks, description }) =>
      [` ${number}`, `${name}${flags}`, local(type), ...marks, '|', description].join(' '),
    ),
  ]
})

writeFileSync(
  join(import.meta.dirname, '../node/api/kube/go-types.ts'),
  `/**
 * Types of Kubernetes 1.20, made by scripts/kube-schema.ts from Debian's source of Kubernetes: Copyright The Kubernetes Authors,
 * Apache License 2.0 (NOTICE). How to read it: \`messages.ts\`.
 *
 * @license Apache-2.0
 * @module
 */
export const GO_TYPES = String.raw\`
${lines.join('\n').replaceAll('`', "'").replaceAll('${', '$ {')}
\`
`,
)

function readPackage(name: string, text: string): void {
  const declarations = text.matchAll(/((?:^\/\/.*\n)*)^type (\w+) (struct \{\n([\s\S]*?)^\}|[^\n{]+)$/gm)
  for (const [, comment = '', type = '', declared = '', body] of declarations) {
    if (body === undefined) aliases.set(`${name}.${type}`, declared.trim())
    else structs.set(`${name}.${type}`, { description: prose(comment), fields: fieldsOf(name, body) })
  }
}

function fieldsOf(packageName: string, body: string): Field[] {
  const fields: Field[] = []
  let comment = ''
  for (const line of body.split('\n')) {
    if (line.startsWith('\t//')) comment += `${line.trim()}\n`
    else {
      const [, , goType = '', tags] = FIELD.exec(line) ?? []
      const field = tags === undefined ? undefined : fieldOf({ packageName, goType, tags, comment })
      if (field !== undefined) fields.push(field)
      comment = ''
    }
  }
  return fields
}

function fieldOf({
  packageName,
  goType,
  tags,
  comment,
}: Record<'packageName' | 'goType' | 'tags' | 'comment', string>): Field | undefined {
  const tag = (name: string): string | undefined => new RegExp(`(?:^| )${name}:"([^"]*)"`).exec(tags)?.[1]
  const protobuf = tag('protobuf')
  const [jsonName = '', ...options] = (tag('json') ?? '').split(',')
  const number = protobuf?.split(',')[1]
  if (number === undefined) return undefined
  const isInline = options.includes('inline')
  const isOptional = options.includes('omitempty') || /\+optional/.test(comment)
  const name = isInline ? (/name=(\w+)/.exec(protobuf!)?.[1] ?? '') : jsonName
  const mark = (marker: string, shown: string): string[] => {
    const found = [...comment.matchAll(new RegExp(`\\+${marker}=(\\S+)`, 'g'))].map(([, value]) => value)
    return found.length === 0 ? [] : [`${shown}=${found.join(',')}`]
  }
  return {
    number,
    name,
    type: typeOf(packageName, goType),
    flags: isInline ? '&' : `${goType.startsWith('*') ? '*' : ''}${isOptional ? '' : '!'}`,
    marks: [
      ...(tag('patchStrategy') === undefined ? [] : [`patch=${tag('patchStrategy')}`]),
      ...(tag('patchMergeKey') === undefined ? [] : [`key=${tag('patchMergeKey')}`]),
      ...mark('listType', 'list'),
      ...mark('listMapKey', 'keys'),
      ...mark('mapType', 'map'),
      ...mark('structType', 'struct'),
    ],
    description: prose(comment),
  }
}

/** `[]core.v1.Container`, `map:string`, `quantity` */
function typeOf(packageName: string, goType: string): string {
  if (SCALARS[goType] !== undefined) return SCALARS[goType]
  if (goType.startsWith('*')) return typeOf(packageName, goType.slice(1))
  if (goType.startsWith('[]')) return `[]${typeOf(packageName, goType.slice(2))}`
  const map = /^map\[[\w.]+\](.*)$/.exec(goType)
  if (map !== null) return `map:${typeOf(packageName, map[1]!)}`
  const [, from, type] = /^(?:(\w+)\.)?(\w+)$/.exec(goType)!
  if (from === 'resource' || from === 'intstr' || from === 'runtime') return SPECIAL[goType] ?? goType
  const owner = from === undefined ? packageName : from === 'metav1' ? 'meta.v1' : from === 'v1' ? 'core.v1' : from
  return `${owner}.${type}`
}

/** Aliases are known once all is read. */
function resolved(type: string): string {
  const [, prefix = '', name = ''] = /^((?:\[\]|map:)*)(.*)$/.exec(type)!
  if (SPECIAL[name] !== undefined) return prefix + SPECIAL[name]
  const alias = aliases.get(name)
  return alias === undefined ? type : prefix + resolved(typeOf(packageOf(name), alias))
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'))
}

function want(name: string): void {
  if (wanted.has(name)) return
  const struct = structs.get(name)
  if (struct === undefined) throw new Error(`there is no struct ${name}`)
  wanted.add(name)
  const fields = struct.fields.map((field) => ({ ...field, type: resolved(field.type) }))
  structs.set(name, { ...struct, fields })
  for (const { type } of fields) {
    const bare = type.replace(/^(\[\]|map:)*/, '')
    if (bare.includes('.')) want(bare)
  }
}

/** Without markers, and without what is said to Kubernetes' developers alone. */
function prose(comment: string): string {
  const told = comment
    .split('\n')
    .map((line) => line.replace(/^\/\/\s?/, '').trim())
    .filter((line) => !line.startsWith('+') && !/^todo/i.test(line))
  const end = told.indexOf('---')
  return (end === -1 ? told : told.slice(0, end))
    .join(' ')
    .replaceAll('|', '/')
    .replace(/\b(master|worker) (?=node)/gi, '')
    .replace(/\s+/g, ' ')
    .trim()
}

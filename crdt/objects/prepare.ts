/**
 * From what people send to what is stored: defaults filled in, what only the system may say taken out, and what only the
 * system can know put in (revisions, node ports, generated names).
 *
 * @module
 */
import { withoutCopies, withStringData } from './config.ts'
import type { ContentHashOf } from './config-use.ts'
import { customPart, isDefinedGroup, type Origin } from '../definitions/custom.ts'
import { packedDefinition } from '../definitions/pack.ts'
import { documentKey } from '../key.ts'
import type { FieldError } from '../kind-port.ts'
import { definitionWithoutEffect } from './definition.ts'
import { deletionPart } from './deletion.ts'
import { withKept } from './kept.ts'
import { groupOf, kindOf, rulesOf } from './kinds.ts'
import type { KubeObject, ObjectMeta } from '../object.ts'
import { managersPart } from './managers.ts'
import { generatedName } from './meta.ts'
import { DEFAULT_NAMESPACE } from './namespace.ts'
import { REVISION_ANNOTATION } from './replicaset.ts'
import { withRevisions } from './revision.ts'
import { keepAllocated, nodePortClashes, withNodePorts, withoutStaleNodePorts, type NodePortsInUse } from './service.ts'
import { fillDefaults } from './fill-defaults.ts'
import { isPlain } from './plain.ts'
import { withoutEffect } from './without-effect.ts'

export interface PrepareOptions {
  /** The stored object (with its internal part), when there is one. */
  readonly old?: KubeObject | undefined
  readonly nowMs: number
  /** Node ports of other Services (`View.nodePortsTaken`). */
  readonly nodePortsTaken?: ReadonlySet<number>
  /** What ConfigMaps and Secrets contain now, by the names of their contents (`View.contentHash`). */
  readonly contentHash?: ContentHashOf
  /** The definition of its kind, where it is one that somebody defined. */
  readonly origin?: Origin | undefined
  /** At least 5, for `metadata.generateName`. */
  readonly randomBytes?: Uint8Array
}

/** Kinds without rules come back as they are. Does the same again to its own result. Never throws. */
export function withDefaults<T>(object: T): T {
  if (!isPlain(object) || typeof object['apiVersion'] !== 'string' || typeof object['kind'] !== 'string') return object
  const rules = rulesOf(groupOf(object['apiVersion']), object['kind'])
  return rules === undefined ? object : (fillDefaults(rules.schema, object) as T)
}

/**
 * What Kubernetes completes before it validates: a namespace where none is named, a name where any will do, and no node
 * ports left over from another type of Service.
 */
export function complete(
  sent: KubeObject,
  { old, randomBytes }: Pick<PrepareOptions, 'old' | 'randomBytes'>,
): KubeObject {
  if (!isPlain(sent.metadata)) return sent
  const { name, namespace, generateName } = sent.metadata as ObjectMeta & { generateName?: string }
  const namespaced = kindOf(groupOf(sent.apiVersion), sent.kind)?.namespaced === true
  const metadata = {
    ...sent.metadata,
    ...(namespaced && !namespace ? { namespace: DEFAULT_NAMESPACE } : {}),
    ...(!name && generateName && randomBytes ? { name: generatedName(generateName, randomBytes) } : {}),
  }
  return withoutStaleNodePorts({ ...sent, metadata }, old)
}

/** The object to be stored. Called on a valid object with its name and namespace. */
export function prepare(wanted: KubeObject, options: PrepareOptions): KubeObject {
  if (isCustom(wanted)) return preparedCustom(wanted, options)
  const { shoal: _internal, status: _status, ...said } = withDefaults(wanted)
  const shoal = { ...managersPart(wanted, options.old), ...deletionPart(wanted, options.old) }
  const internal = Object.keys(shoal).length === 0 ? {} : { shoal }
  const object = { ...said, metadata: withoutSystemFields(said.metadata), ...internal } as KubeObject
  switch (`${groupOf(object.apiVersion)}/${object.kind}`) {
    case 'apps/Deployment':
      return withRevisions(object, options)
    case '/Service':
      return withNodePorts(keepAllocated(object, options.old), keyOf(object), options.nodePortsTaken ?? new Set())
    case '/Secret':
      return withKept(withoutCopies(withStringData(object)), options.old)
    case '/ConfigMap':
      return withKept(object, options.old)
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return packedDefinition(object, options.old)
    default:
      return object
  }
}

const isCustom = ({ apiVersion, kind }: KubeObject): boolean =>
  isDefinedGroup(groupOf(apiVersion)) && kindOf(groupOf(apiVersion), kind) === undefined

/** Of a kind that somebody defined: nothing of it is computed but what is of all objects. */
function preparedCustom(wanted: KubeObject, { old, origin }: PrepareOptions): KubeObject {
  const { shoal: _internal, status: _status, ...said } = wanted
  const from = origin && { name: origin.name, uid: origin.uid }
  const internal = { ...managersPart(wanted, old), ...customPart(wanted, old, from) }
  return { ...said, metadata: withoutSystemFields(said.metadata), shoal: internal }
}

/** What speaks against a valid object because of others. `old`: as it is stored; nobody is blamed for what was there before. */
export function clashes(
  wanted: KubeObject,
  old: KubeObject | undefined,
  others: NodePortsInUse,
): readonly FieldError[] {
  return wanted.kind === 'Service' ? nodePortClashes(wanted, { key: keyOf(wanted), old, others }) : []
}

/** Paths of fields that are kept but have no effect in this version, for a `Warning` header. */
export function unsupported(object: KubeObject): string[] {
  const rules = rulesOf(groupOf(object.apiVersion), object.kind)
  if (rules === undefined) return []
  const rest = object.kind === 'CustomResourceDefinition' ? definitionWithoutEffect(object) : []
  return [...withoutEffect(rules.schema, object), ...rest]
}

export function keyOf({ apiVersion, kind, metadata }: KubeObject): string {
  return documentKey({ group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? '', name: metadata.name })
}

const SYSTEM_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]

function withoutSystemFields(metadata: ObjectMeta): ObjectMeta {
  const said = Object.fromEntries(Object.entries(metadata).filter(([name]) => !SYSTEM_FIELDS.includes(name)))
  // Shown with every Deployment; stored, it would be wrong after the next change.
  const { [REVISION_ANNOTATION]: shown, ...annotations } = metadata.annotations ?? {}
  return { ...said, ...(shown === undefined ? {} : { annotations }) } as unknown as ObjectMeta
}

/**
 * ConfigMap and Secret: named texts that pods read, as variables or as files. The values of a Secret are base64 text, and are
 * never repeated in a message.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import type { Findings } from './field-error.ts'
import { OBJECT_BYTES_MAX } from './measure.ts'
import { metadataSchema } from './meta.ts'
import type { TextCheck } from './names.ts'
import { isPlain, own, put, type Plain } from './plain.ts'
import { textOf } from '../json.ts'
import { anything, byDefault, bySystem, fields, flag, mapOf, required, text, type Schema } from './schema.ts'

/** A key becomes the name of a file, so it is no path. */
export const configKey: TextCheck = (key) => {
  if (key.length > 253) return 'must be no more than 253 characters'
  if (key === '.' || key === '..') return `must not be '${key}'`
  if (key.startsWith('..')) return "must not start with '..'"
  return /^[-._a-zA-Z0-9]+$/.test(key)
    ? undefined
    : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
}

const values = (): Schema => mapOf(text(undefined, OBJECT_BYTES_MAX), configKey)

const common = {
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  immutable: flag(),
  data: values(),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
}

export const configMapSchema = fields({ ...common, binaryData: values() })

export const secretSchema = fields({ ...common, stringData: values(), type: byDefault(text(), 'Opaque') })

export function checkConfigMap(configMap: KubeObject, findings: Findings): void {
  checkBase64(configMap, 'binaryData', findings)
  const data = textsOf(configMap, 'data')
  for (const key of Object.keys(textsOf(configMap, 'binaryData'))) {
    if (Object.hasOwn(data, key)) findings.invalid('data', key, 'duplicate of key present in binaryData')
  }
}

/** What a Secret of a type is to hold: one of each list. */
const KEYS_OF_TYPE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'kubernetes.io/tls': [['tls.crt'], ['tls.key']],
  'kubernetes.io/dockerconfigjson': [['.dockerconfigjson']],
  'kubernetes.io/dockercfg': [['.dockercfg']],
  'kubernetes.io/basic-auth': [['username', 'password']],
  'kubernetes.io/ssh-auth': [['ssh-privatekey']],
}

export function checkSecret(secret: KubeObject, findings: Findings): void {
  checkBase64(secret, 'data', findings)
  const has = { ...textsOf(secret, 'data'), ...textsOf(secret, 'stringData') }
  const type = secret['type']
  for (const choices of (typeof type === 'string' ? own(KEYS_OF_TYPE, type) : undefined) ?? []) {
    if (choices.some((key) => Object.hasOwn(has, key))) continue
    findings.required(`data[${choices[0]}]`, `a Secret of type ${String(type)} holds ${choices.join(' or ')}`)
  }
}

/** The value itself is not said: it may be a password that somebody forgot to encode. */
function checkBase64(object: KubeObject, part: string, findings: Findings): void {
  // [CFG1] [CFG5]
  for (const [key, value] of Object.entries(textsOf(object, part))) {
    if (isBase64(value) || (part === 'data' && isSealed(value))) continue
    const instead = part === 'data' ? '; plain text goes into stringData' : '; plain text goes into data'
    findings.say(`${part}[${key}]`, 'Invalid', `Invalid value: must be base64 text${instead}`)
  }
}

/** A value of a Secret as it is stored and gossiped: under the cluster's data key, which only nodes have. */
export function isSealed(value: string): boolean {
  return /^sealed:v1:[\w-]{16}:[\w-]{22,}$/.test(value)
}

/** [SEAL1] Nodes seal, people do not. */
export function checkUnsealed(object: unknown, findings: Findings): void {
  if (!isPlain(object) || object['kind'] !== 'Secret' || !isPlain(object['data'])) return
  for (const [key, value] of Object.entries(object['data'])) {
    if (typeof value === 'string' && isSealed(value))
      findings.say(`data[${key}]`, 'Invalid', 'Invalid value: must be base64 text; this is how a node keeps it')
  }
}

/** Standard base64 with its padding; line breaks are passed over, as Kubernetes does. */
function isBase64(value: string): boolean {
  const plain = value.replace(/[\r\n]/g, '')
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain)
}

/** The texts of one part. What is no text has been found fault with by its shape. */
function textsOf(object: KubeObject, part: string): Readonly<Record<string, string>> {
  const said = object[part]
  if (!isPlain(said)) return {}
  return Object.fromEntries(
    Object.entries(said).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** [CFG3] What may not change. Both are valid by themselves. */
export function checkConfigUpdate(old: KubeObject, wanted: KubeObject, findings: Findings): void {
  if (old.kind === 'Secret' && typeOf(old) !== typeOf(wanted))
    findings.invalid('type', typeOf(wanted), `field is immutable: it is ${typeOf(old)}`)
  if (old['immutable'] !== true) return
  const why = 'field is immutable when `immutable` is set; delete the object and create it again'
  for (const part of ['immutable', 'data', 'binaryData', 'stringData']) {
    if (textOf(old[part] ?? {}) !== textOf(wanted[part] ?? {})) findings.forbidden(part, why)
  }
}

const typeOf = ({ type }: KubeObject & { type?: unknown }): string => (typeof type === 'string' && type) || 'Opaque'

/** [CFG2] `stringData` is for writing alone: its texts become values of `data`. What is no text stays, to be found fault with. */
export function withStringData<T extends Plain>(secret: T): T {
  const { stringData, data, ...rest } = secret
  if (secret['kind'] !== 'Secret' || stringData === undefined) return secret
  if (stringData !== null && !isPlain(stringData)) return secret
  if (data !== undefined && data !== null && !isPlain(data)) return secret
  const merged: Record<string, unknown> = { ...data }
  const faulty: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(stringData ?? {})) {
    const isGood = typeof value === 'string' && configKey(key) === undefined
    put(isGood ? merged : faulty, key, isGood ? Buffer.from(value).toString('base64') : value)
  }
  const isFaulty = Object.keys(faulty).length > 0
  return { ...rest, data: merged, ...(isFaulty ? { stringData: faulty } : {}) } as unknown as T
}

/** Where kubectl remembers what it applied last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const VALUES = ['data', 'stringData', 'binaryData']

/** A manifest as `apply` remembers it: which keys it had says what the next one takes away, the values say nothing. */
export function withoutValues(manifest: Plain): Plain {
  if (manifest['kind'] !== 'Secret' && manifest['kind'] !== 'ConfigMap') return manifest
  return Object.fromEntries(
    Object.entries(manifest).map(([name, part]) =>
      VALUES.includes(name) && isPlain(part) ? [name, emptied(part)] : [name, part],
    ),
  )
}

function emptied(part: Plain): Plain {
  const out: Record<string, unknown> = {}
  for (const key of Object.keys(part)) put(out, key, '')
  return out
}

/** [CFG4] kubectl writes the whole manifest into an annotation: of a Secret its keys alone are kept there. */
export function withoutCopies(secret: KubeObject): KubeObject {
  const copy = secret.metadata.annotations?.[LAST_APPLIED]
  if (copy === undefined) return secret
  const { [LAST_APPLIED]: _, ...others } = secret.metadata.annotations ?? {}
  const kept = keysOfCopy(copy)
  const annotations = kept === undefined ? others : { ...others, [LAST_APPLIED]: kept }
  return { ...secret, metadata: { ...secret.metadata, annotations } }
}

function keysOfCopy(copy: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(copy)
    return isPlain(manifest) ? JSON.stringify(withoutValues({ ...manifest, kind: 'Secret' })) : undefined
  } catch {
    return undefined
  }
}

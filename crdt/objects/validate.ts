/**
 * Whether an object may stand. `validate` is what the gate holds every merged state to: fields and kinds it does not know
 * pass, since a newer node may know them. `checkManifest` is for what people send, and is strict.
 *
 * @module
 */
import { textOf } from '../json.ts'
import { DEFINITIONS } from '../definitions/custom.ts'
import { parseKey, type DocumentKey, type KeyParts } from '../key.ts'
import { checkConfigUpdate, checkUnsealed } from './config.ts'
import { checkDeletion, checkFinalizersUpdate } from './deletion.ts'
import { deploymentSchema, deploymentSpec } from './deployment.ts'
import type { FieldError } from '../kind-port.ts'
import { Findings } from './field-error.ts'
import { apiVersionOf, groupOf, kindOf, rulesOf, type Kind } from './kinds.ts'
import { checkManagers } from './managers.ts'
import { sizeFault } from './measure.ts'
import type { KubeObject } from '../object.ts'
import { checkMetadata, metadataSchema } from './meta.ts'
import { dnsLabel, dnsSubdomain, type TextCheck } from './names.ts'
import { checkPodUpdate } from './pod-document.ts'
import { isPlain } from './plain.ts'
import { fields, required, text } from './schema.ts'
import { checkKnown } from './check-known.ts'
import { checkShape } from './check-shape.ts'
import { fillDefaults } from './fill-defaults.ts'

/** All that is known of a kind that is not. */
const envelopeSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
})

/** Sentences with field paths; empty: valid. Accepts anything, never throws. */
export function validate(key: DocumentKey, object: unknown): readonly FieldError[] {
  const findings = new Findings()
  const parts = parseKey(key)
  if (parts === undefined) findings.say('', 'Invalid', `"${key.slice(0, 80)}" is no document's name`)
  else if (passesSize(measured(parts, object), findings)) check(parts, object, findings)
  return findings.errors
}

/** Like `validate`, and refuses fields that Kubernetes does not have. */
export function checkManifest(key: DocumentKey, object: unknown): readonly FieldError[] {
  const findings = new Findings()
  const parts = parseKey(key)
  const rules = parts && rulesOf(parts.group, parts.kind)
  if (parts !== undefined && rules !== undefined && sizeFault(measured(parts, object)) === undefined) {
    checkKnown(rules.schema, object, '', findings)
    checkUnsealed(object, findings)
  }
  return [...findings.errors, ...validate(key, object)]
}

/**
 * What may not change in an object that exists. Also asked of what is not valid, so that all mistakes are told at once: a spec
 * that is missing is `validate`'s to tell of.
 */
export function validateUpdate(old: KubeObject, wanted: KubeObject): readonly FieldError[] {
  const findings = new Findings()
  checkFinalizersUpdate(old, wanted, findings)
  if (isPlain(old['spec']) && isPlain(wanted['spec'])) checkSpecUpdate(old, wanted, findings)
  if (old.kind === 'ConfigMap' || old.kind === 'Secret') checkConfigUpdate(old, wanted, findings)
  return findings.errors
}

function checkSpecUpdate(old: KubeObject, wanted: KubeObject, findings: Findings): void {
  const selector: unknown = deploymentSpec(wanted).selector
  if (old.kind === 'Deployment' && isPlain(selector) && selectorOf(old) !== selectorOf(wanted))
    findings.invalid('spec.selector', selector, 'field is immutable')
  if (old.kind === 'Pod') checkPodUpdate(old, wanted, findings)
}

const selectorOf = (deployment: KubeObject): string =>
  textOf(deploymentSpec(fillDefaults(deploymentSchema, deployment) as KubeObject).selector)

/** The versions of a definition are longer and deeper than any other object, and have bounds of their own. */
function measured({ group, kind }: KeyParts, object: unknown): unknown {
  if (`${group}/${kind}/` !== DEFINITIONS || !isPlain(object) || !isPlain(object['spec'])) return object
  const { versions: _, ...spec } = object['spec']
  return { ...object, spec }
}

function passesSize(object: unknown, findings: Findings): boolean {
  const fault = sizeFault(object)
  if (fault !== undefined) findings.tooLong('', fault)
  return fault === undefined
}

function check(parts: KeyParts, object: unknown, findings: Findings): void {
  const kind = kindOf(parts.group, parts.kind)
  if (kind?.writable === false)
    return findings.forbidden('', `cannot write a ${parts.kind}: ${kind.writeInstead ?? 'it is derived'}`)
  const rules = rulesOf(parts.group, parts.kind)
  checkShape(required(rules?.schema ?? envelopeSchema), object, '', findings)
  // [OBJ32] What the parts say is looked at where their types hold, whatever else is wrong: people see all at once.
  const isShaped = (part: string): boolean => ![part, ''].some((each) => findings.misshapen.has(each))
  const said = new Findings()
  const shaped = object as KubeObject
  if (['apiVersion', 'kind', 'metadata'].every(isShaped)) {
    checkPlace(parts, kind, shaped, said)
    checkName(shaped.metadata.name ?? '', rules?.checkName ?? dnsSubdomain, said)
    checkMetadata(shaped.metadata, 'metadata', said)
    checkManagers(shaped, said)
    checkDeletion(shaped, said)
  }
  // As Kubernetes does it: what was left unsaid is filled in, then looked at.
  if (rules !== undefined && isShaped('spec')) rules.check?.(fillDefaults(rules.schema, shaped) as KubeObject, said)
  findings.join(said)
}

/** An object says of itself what its key says of it. */
function checkPlace(
  parts: KeyParts,
  kind: Kind | undefined,
  { apiVersion, kind: said, metadata }: KubeObject,
  findings: Findings,
): void {
  if (said !== parts.kind) findings.invalid('kind', said, `must be ${parts.kind}`)
  if (kind !== undefined && apiVersion !== apiVersionOf(kind))
    findings.unsupported('apiVersion', apiVersion, [apiVersionOf(kind)])
  else if (groupOf(apiVersion ?? '') !== parts.group)
    findings.invalid('apiVersion', apiVersion, `must be of the group "${parts.group}"`)
  if (metadata.name !== parts.name) findings.invalid('metadata.name', metadata.name, `must be ${parts.name}`)
  checkNamespace(parts, kind, metadata.namespace ?? '', findings)
}

function checkNamespace(parts: KeyParts, kind: Kind | undefined, said: string, findings: Findings): void {
  const at = 'metadata.namespace'
  if (kind?.namespaced === false && (said !== '' || parts.namespace !== ''))
    return findings.forbidden(at, 'not allowed on this type')
  if (kind?.namespaced === true && parts.namespace === '') return findings.required(at)
  if (said !== parts.namespace)
    return findings.invalid(at, said, `must be ${parts.namespace === '' ? 'left out' : parts.namespace}`)
  const why = said === '' ? undefined : dnsLabel(said)
  if (why !== undefined) findings.invalid(at, said, why)
}

function checkName(name: string, check: TextCheck, findings: Findings): void {
  const why = check(name)
  if (why !== undefined) findings.invalid('metadata.name', name, why)
}

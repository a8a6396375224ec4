/**
 * What all objects share: the envelope `apiVersion`, `kind`, `metadata`, and the rules for names, labels and annotations.
 *
 * @module
 */
import type { ObjectMeta } from '../object.ts'
import type { Findings } from './field-error.ts'
import { qualifiedName } from './names.ts'
import { anything, bySystem, fields, flag, later, listOf, mapOf, required, text } from './schema.ts'
import { labelMapSchema } from './selector.ts'

/** Labels Shoal itself puts on containers to find them again: nobody else may wear them. */
export const RESERVED_LABEL_PREFIX = 'shoal.dev/'

/** All annotations of an object together, as in Kubernetes. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024

/** `ownerReferences` and `finalizers` of an object. */
const REFERENCES_MAX = 64

const ownerReference = fields({
  apiVersion: required(text()),
  kind: required(text()),
  name: required(text()),
  uid: required(text()),
  controller: flag(),
  blockOwnerDeletion: flag(),
})

const metadataFields = {
  name: text(),
  generateName: text(),
  namespace: text(),
  labels: labelMapSchema,
  annotations: mapOf(text(undefined, ANNOTATIONS_BYTES_MAX), qualifiedName),
  ownerReferences: listOf(ownerReference, { keys: ['uid'], itemsMax: REFERENCES_MAX }),
  finalizers: listOf(text(qualifiedName), { itemsMax: REFERENCES_MAX }),
  uid: bySystem(text()),
  resourceVersion: bySystem(text()),
  generation: bySystem(anything()),
  creationTimestamp: bySystem(text()),
  deletionTimestamp: bySystem(text()),
  deletionGracePeriodSeconds: bySystem(anything()),
  managedFields: bySystem(anything()),
  selfLink: bySystem(text()),
}

/** Of a template: pods get names of their own, and end when they are told to. */
export const templateMetadataSchema = fields({ ...metadataFields, finalizers: later(metadataFields.finalizers) })

export const metadataSchema = fields({ ...metadataFields, name: required(text()) })

/** The rules a shape cannot say. Called on metadata whose shape is good. */
export function checkMetadata(metadata: Partial<ObjectMeta>, at: string, findings: Findings): void {
  const reserved = Object.keys(metadata.labels ?? {}).find((key) => key.startsWith(RESERVED_LABEL_PREFIX))
  if (reserved !== undefined) {
    findings.forbidden(
      `${at}.labels`,
      `labels under ${RESERVED_LABEL_PREFIX} are set by Shoal alone; remove ${reserved.slice(0, 80)}`,
    )
  }
  let bytes = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) bytes += key.length + Buffer.byteLength(value)
  if (bytes > ANNOTATIONS_BYTES_MAX)
    findings.tooLong(`${at}.annotations`, `must have at most ${ANNOTATIONS_BYTES_MAX} bytes`)
}

/** A generated name is cut so that the random end still fits into a label. */
const GENERATED_BASE_MAX = 58
const GENERATED_SUFFIX_LENGTH = 5

/** Without vowels and what looks like them, as Kubernetes does: no generated name says anything. */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** Bytes as text of Kubernetes' safe alphabet, one character each. */
export function safeText(bytes: Uint8Array, length: number): string {
  let out = ''
  for (const byte of bytes.subarray(0, length)) out += SAFE_ALPHABET[byte % SAFE_ALPHABET.length]
  return out
}

export function generatedName(base: string, randomBytes: Uint8Array): string {
  return base.slice(0, GENERATED_BASE_MAX) + safeText(randomBytes, GENERATED_SUFFIX_LENGTH)
}

/**
 * ServiceAccount: whom pods are to a registry. One called `default` is in every namespace, with or without a document.
 *
 * @module
 */
import { documentKey, type DocumentKey } from '../key.ts'
import { metadataSchema } from './meta.ts'
import { pullSecrets } from './pod-template.ts'
import { anything, bySystem, fields, flag, listOf, required, text } from './schema.ts'

export const DEFAULT_ACCOUNT = 'default'

/** Of Secrets that older versions of Kubernetes made tokens in. */
const objectReference = fields({
  apiVersion: text(),
  fieldPath: text(),
  kind: text(),
  name: text(),
  namespace: text(),
  resourceVersion: text(),
  uid: text(),
})

export const serviceAccountSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  automountServiceAccountToken: flag(),
  imagePullSecrets: pullSecrets,
  secrets: listOf(objectReference, { keys: ['name'], itemsMax: 32 }),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

export const serviceAccountKey = (namespace: string, name: string): DocumentKey =>
  documentKey({ group: '', kind: 'ServiceAccount', namespace, name })

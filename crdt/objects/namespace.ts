/**
 * Namespace: a room for names. `default` is always there, with or without a document.
 *
 * @module
 */
import { documentKey, type DocumentKey } from '../key.ts'
import { metadataSchema } from './meta.ts'
import { anything, bySystem, fields, listOf, required, text } from './schema.ts'

export const DEFAULT_NAMESPACE = 'default'

export const namespaceKey = (name: string): DocumentKey =>
  documentKey({ group: '', kind: 'Namespace', namespace: '', name })

export const namespaceSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: fields({ finalizers: listOf(text()) }),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

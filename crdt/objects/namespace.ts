/**
 * Namespace: a room for names. `default` is always there, with or without a document.
 *
 * @module
 */
import { metadataSchema } from './meta.ts'
import { anything, bySystem, fields, listOf, required, text } from './schema.ts'

export const DEFAULT_NAMESPACE = 'default'

export const namespaceSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: fields({ finalizers: listOf(text()) }),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

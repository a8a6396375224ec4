/**
 * By which fields the items of a list are told apart when two edits of it are merged.
 *
 * @module
 */
import type { Schema } from './schema.ts'

/** Paths to lists that merge by key: `/spec/template/spec/containers` -> `['name']`; `*` stands for one item. */
export function listKeysOf(schema: Schema, pointer = ''): [string, readonly string[]][] {
  switch (schema.is) {
    case 'list':
      return schema.keys.length === 0 ? [] : [[pointer, schema.keys], ...listKeysOf(schema.of, `${pointer}/*`)]
    case 'map':
      return listKeysOf(schema.of, `${pointer}/*`)
    case 'fields':
      return Object.entries(schema.fields).flatMap(([name, field]) => listKeysOf(field, `${pointer}/${name}`))
    default:
      return []
  }
}

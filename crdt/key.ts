/**
 * Names of documents: `group/Kind/namespace/name`, with `core` for the core group and an empty namespace for what has none.
 *
 * `apps/Deployment/default/web`, `core/Namespace//default`.
 *
 * @module
 */
export type DocumentKey = string

export interface KeyParts {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export function documentKey({ group, kind, namespace, name }: KeyParts): DocumentKey {
  return `${group === '' ? 'core' : group}/${kind}/${namespace}/${name}`
}

export const namespaceKey = (name: string): DocumentKey =>
  documentKey({ group: '', kind: 'Namespace', namespace: '', name })

/** The parts of a key, or undefined where it is none. Group `''` is the core group. */
export function parseKey(key: DocumentKey): KeyParts | undefined {
  const parts = key.split('/')
  if (parts.length !== 4) return undefined
  const [group, kind, namespace, name] = parts as [string, string, string, string]
  if (group === '' || kind === '' || name === '') return undefined
  return { group: group === 'core' ? '' : group, kind, namespace, name }
}

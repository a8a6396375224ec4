/**
 * Path patterns of a kind as a tree, walked in step with an object: `*` stands for any one segment.
 *
 * @module
 */
import type { ListKeys } from './kind-port.ts'

export interface PatternNode {
  readonly exact: Map<string, PatternNode>
  any: PatternNode | undefined
  /** Key fields of the list here; `[]`: one leaf, whatever it is. */
  keyFields: readonly string[] | undefined
}

/** Whatever lies this deep in the internal part is one leaf: `shoal.revisions[hash].template`. */
const INTERNAL = '/shoal/*/*/*'

const trees = new WeakMap<ListKeys, PatternNode>()

export function patternTree(listKeys: ListKeys): PatternNode {
  const known = trees.get(listKeys)
  if (known !== undefined) return known
  const root = emptyNode()
  for (const [path, keyFields] of [...listKeys, [INTERNAL, []] as const]) insert(root, path, keyFields)
  trees.set(listKeys, root)
  return root
}

export function step(node: PatternNode | undefined, segment: string): PatternNode | undefined {
  return node?.exact.get(segment) ?? node?.any
}

function insert(root: PatternNode, path: string, keyFields: readonly string[]): void {
  let node = root
  for (const segment of path.split('/').slice(1)) {
    if (segment === '*') node = node.any ??= emptyNode()
    else {
      const next = node.exact.get(segment) ?? emptyNode()
      node.exact.set(segment, next)
      node = next
    }
  }
  node.keyFields = keyFields
}

function emptyNode(): PatternNode {
  return { exact: new Map(), any: undefined, keyFields: undefined }
}

/**
 * What was applied once and is in no manifest any more: `--prune` takes it away.
 *
 * @module
 */
import type { Item } from './applying.ts'
import type { Client } from './client.ts'
import { CommandFailure } from './failure.ts'
import { pathOf, type KindInfo, type Kinds } from './kinds.ts'
import { LAST_APPLIED } from './last-applied.ts'
import type { ObjectList } from './objects.ts'

export interface PruneOptions {
  readonly prune?: boolean
  readonly selector?: string
}

export type Doomed = Pick<Item, 'kind' | 'namespace' | 'name'>

/** [CLI124] Without labels it would take away what other manifests brought. */
export function assertPrunable({ prune, selector }: PruneOptions): void {
  if (prune === true && selector === undefined)
    throw new CommandFailure('--prune takes away what has certain labels: say which, as `--prune -l app=web`')
  if (prune !== true && selector !== undefined)
    throw new CommandFailure('-l says what --prune may take away: say both, or neither')
}

/** [CLI124] Objects with these labels that were applied, in the namespaces of the manifests, and that these do not name. */
export async function doomed(
  client: Client,
  { kinds, items, selector }: { readonly kinds: Kinds; readonly items: readonly Item[]; readonly selector: string },
): Promise<readonly Doomed[]> {
  const named = new Set(items.map(idOf))
  const namespaces = [...new Set(items.flatMap(({ kind, namespace }) => (kind.namespaced ? [namespace] : [])))]
  const writable = kinds.all.filter((kind) => kind.writable && kind.namespaced)
  const lists = await Promise.all(
    namespaces.flatMap((namespace) => writable.map((kind) => applied(client, { kind, namespace, selector }))),
  )
  return lists.flat().filter((each) => !named.has(idOf(each)))
}

async function applied(
  client: Client,
  { kind, namespace, selector }: { kind: KindInfo; namespace: string; selector: string },
): Promise<readonly Doomed[]> {
  const { items } = await client.get<ObjectList>(pathOf(kind, namespace), { labelSelector: selector })
  return items
    .filter(({ metadata }) => metadata.annotations?.[LAST_APPLIED] !== undefined && !metadata.ownerReferences?.length)
    .map(({ metadata }) => ({ kind, namespace, name: metadata.name }))
}

const idOf = ({ kind, namespace, name }: Doomed): string => `${kind.group}/${kind.kind}/${namespace}/${name}`

/**
 * Which columns a kind has in `get`: the ones kubectl shows, with what only Shoal knows beside them.
 *
 * @module
 */
import { columnsOf as known, customColumns, textAt } from '../../crdt/tables.ts'
import type { Column } from '../../crdt/tables.ts'
import type { KindInfo } from '../kinds.ts'

/** Field that `get` puts on a node before it prints it: how many pods there are. No part of the object. */
export const POD_COUNT = 'podCount'

const text = (name: string, cell: Column['cell'], priority: Column['priority'] = 0): Column => ({
  name,
  type: 'string',
  priority,
  cell,
})

const named = (kind: string, ...names: readonly string[]): readonly Column[] =>
  names.flatMap((name) => known(kind).filter((column) => column.name === name))

const OWN: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    ...named('Pod', 'Name', 'Ready', 'Status', 'Restarts', 'Age'),
    // Where it runs is what people of a fleet ask first: not only under `wide`.
    ...named('Pod', 'Node').map((column): Column => ({ ...column, priority: 0 })),
    ...named('Pod', 'IP'),
    text('Runtime', ({ metadata }) => metadata.annotations?.['shoal.dev/runtime'] ?? '', 1),
  ],
  Node: [
    ...named('Node', 'Name', 'Status'),
    // [CLI64] How many there are, of how many there may be.
    text('Pods', (thing) => `${textAt(thing, POD_COUNT) || '?'}/${textAt(thing, 'status', 'allocatable', 'pods')}`),
    ...named('Node', 'Age', 'Version', 'Internal-IP'),
    text(
      'Platform',
      (thing) =>
        `${textAt(thing, 'status', 'nodeInfo', 'operatingSystem')}/${textAt(thing, 'status', 'nodeInfo', 'architecture')}`,
      1,
    ),
    text('Runtime', (thing) => textAt(thing, 'status', 'nodeInfo', 'containerRuntimeVersion'), 1),
  ],
  Event: [
    ...named('Event', 'Last Seen', 'Type', 'Reason', 'Object'),
    text('Node', (thing) => textAt(thing, 'source', 'host')),
    ...named('Event', 'Message'),
  ],
}

export function columnsOf(
  { kind, columns: said }: Pick<KindInfo, 'kind' | 'columns'>,
  { wide, namespaces }: { wide: boolean; namespaces: boolean },
): readonly Column[] {
  const columns = (said === undefined ? (OWN[kind] ?? known(kind)) : customColumns(said)).filter(
    (column) => wide || column.priority === 0,
  )
  const namespace = text('Namespace', ({ metadata }) => metadata.namespace ?? '')
  return namespaces ? [namespace, ...columns] : columns
}

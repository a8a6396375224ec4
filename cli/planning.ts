/**
 * What an `apply` of manifests would do, object by object: worked out from what is there and what the node says it would make
 * of it. Pure.
 *
 * @module
 */
import type { Item } from './applying.ts'
import { differences, type Difference } from './differences.ts'
import { LAST_APPLIED } from './last-applied.ts'
import type { Thing } from './objects.ts'
import { REVISION } from './revisions.ts'

export interface Change {
  readonly item: Pick<Item, 'kind' | 'namespace' | 'name'>
  readonly is: 'new' | 'changed' | 'unchanged' | 'pruned'
  readonly fields: readonly Difference[]
}

/** Where the slots of a Deployment or Pod would be, as the node answers. */
export interface Forecast {
  readonly slots: readonly { readonly index: number; readonly node?: string; readonly is: 'kept' | 'won' | 'open' }[]
  readonly declines: readonly { readonly node: string; readonly why: string }[]
}

/** `before`: undefined where it is not there yet. `after`: as the node would show it. */
export function changeOf(item: Item, before: Thing | undefined, after: Thing): Change {
  const fields = differences(
    before === undefined ? undefined : written(before),
    written(before === undefined ? (item.object as unknown as Thing) : after),
  ).map((one) => (item.kind.kind === 'Secret' ? hidden(one) : one))
  const is = before === undefined ? 'new' : fields.length === 0 ? 'unchanged' : 'changed'
  return { item, is, fields }
}

/** What people write, without what the system says and where it is. */
function written({ metadata, ...thing }: Thing): unknown {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, ...rest } = thing
  const { labels, annotations } = metadata
  const { [LAST_APPLIED]: _copy, [REVISION]: _number, ...said } = annotations ?? {}
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(said).length === 0 ? {} : { annotations: said }),
    ...rest,
  }
}

/** [CLI122] That a value of a Secret differs, and not how. */
function hidden(one: Difference): Difference {
  if (!/^(data|stringData)\b/.test(one.path)) return one
  const covered = (value: unknown, word: string): unknown => (value === undefined ? undefined : `(${word})`)
  return { ...one, before: covered(one.before, 'hidden'), after: covered(one.after, 'hidden, another') }
}

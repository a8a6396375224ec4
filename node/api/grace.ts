/**
 * `gracePeriodSeconds` of a delete. How long a pod may take to end is no part of what is kept of it: the node that has it is
 * told, and one that cannot be told goes by the pod's own grace.
 *
 * @module
 */
import { GRACE_SECONDS_MAX, type KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { JsonObject } from './body.ts'
import type { ApiRequest } from './message.ts'
import { invalidOption } from './status.ts'

/** [GRACE1] Of the body, else of the query, as Kubernetes takes both; undefined: the pod's own. */
export function graceMsOf({ query }: ApiRequest, options: JsonObject): number | undefined {
  const asked = query.get('gracePeriodSeconds')
  const said = options['gracePeriodSeconds'] ?? (asked === null || asked === '' ? undefined : Number(asked))
  if (said === undefined) return undefined
  if (typeof said === 'number' && Number.isSafeInteger(said) && said >= 0 && said <= GRACE_SECONDS_MAX)
    return said * 1_000
  const message = `Invalid value: ${JSON.stringify(said).slice(0, 80)}: must be a whole number from 0 to ${GRACE_SECONDS_MAX}`
  throw invalidOption('DeleteOptions', { reason: 'FieldValueInvalid', field: 'gracePeriodSeconds', message })
}

/** [GRACE2] Resolves with what the client should know of nodes that could not be told. */
export async function hasten(
  backend: ApiBackend,
  { metadata: { uid } }: KubeObject,
  graceMs: number | undefined,
): Promise<readonly string[]> {
  if (graceMs === undefined) return []
  const rows = backend.view.pods().filter(({ fact }) => fact.uid === uid || fact.ofPod === uid)
  const said = await Promise.all(
    rows.map(async ({ node, fact }) => {
      const name = backend.view.nodes().find(({ id }) => id === node)?.name ?? node
      const warning = `node ${name} could not be told of gracePeriodSeconds: the pod ends by its own grace once the node hears of this`
      return backend.hasten({ node, uid: fact.uid }, graceMs).then(
        () => [],
        () => [warning],
      )
    }),
  )
  return said.flat()
}

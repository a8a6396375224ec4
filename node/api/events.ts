/**
 * Events live at the nodes that said them, in bounded rings, and are gathered when somebody asks.
 *
 * @module
 */
import type { ApiBackend } from './backend.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { json } from './message.ts'
import { selection } from './selection.ts'

/** An `EventList` of one namespace or all, oldest first. */
export async function listEvents(
  request: ApiRequest,
  backend: ApiBackend,
  namespace: string | undefined,
): Promise<ApiResponse> {
  const matches = selection(request.query)
  const { rows, missing } = await backend.events()
  const items = rows
    .filter((event) => namespace === undefined || event.metadata.namespace === namespace)
    .filter(matches)
    .toSorted((one, other) => (one.lastTimestamp < other.lastTimestamp ? -1 : 1))
  const list = { kind: 'EventList', apiVersion: 'v1', metadata: {}, items }
  const warnings = missing.length === 0 ? [] : [`without the events of ${missing.join(', ')}: no answer from there`]
  return json(200, list, { warnings })
}

/**
 * The deletion of a member that is gone. It is no document of its own: that it was deleted is written into the document of its
 * name, and no node shows or counts it until it is back (`crdt/view/departures.ts`).
 *
 * @module
 */
import { withDeparted, type Verdict } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { json } from './message.ts'
import type { ApiRequest } from './message.ts'
import { ApiError, conflict, refused } from './status.ts'
import type { Target } from './target.ts'
import type { Written } from './warnings.ts'
import { condition, untilUndisturbed } from './write.ts'

/** [DEP3] One that answers would take it back at once, and one that has only just fallen silent may as well. */
const REFUSED: Partial<Record<Verdict, string>> = {
  alive: 'its agent answers, and would be back at once: drain it, run `shoal down` there, and delete it then',
  unreachable: 'it has not answered for a few seconds only: delete it when it is lost',
}

export function assertIsAway(backend: ApiBackend, at: Target): void {
  const row = backend.view.nodes().find(({ name }) => name === at.name)
  const why = row && REFUSED[row.verdict]
  if (why !== undefined) throw conflict(at.resource, at.name, why)
}

export async function depart(request: ApiRequest, backend: ApiBackend, at: Target): Promise<Written[]> {
  const written: Written[] = []
  await untilUndisturbed(async () => {
    const row = backend.view.nodes().find(({ name }) => name === at.name)
    if (row === undefined) throw new ApiError('NotFound', `nodes "${at.name}" was deleted meanwhile`)
    const stored = backend.view.stored(at.key)?.object
    const outcome = await backend.write({
      type: 'put',
      key: at.key,
      object: withDeparted(stored, { name: at.name, id: row.id, nowMs: backend.now() }),
      by: request.by,
      ...condition(stored),
    })
    if (!outcome.ok) throw refused(at.resource, at.name, outcome.refusal)
    written.push(outcome)
    return json(200, {})
  })
  return written
}

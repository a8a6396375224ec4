/**
 * DELETE of one object. A namespace takes along what is in it.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { isObject, parseObject, textOf } from './body.ts'
import { isDryRun } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { RESOURCES } from './served.ts'
import { ApiError, conflict, qualified, refused } from './status.ts'
import { assertWritable, existing, target } from './target.ts'
import type { Target } from './target.ts'
import { durability, durabilityWarnings, type Written } from './warnings.ts'

export async function remove(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const options = request.body.length === 0 ? {} : parseObject(request.body)
  const faces = existing(backend, at)
  assertWritable(at, faces)
  const { shown, stored } = faces
  if (stored === undefined)
    throw new ApiError('Forbidden', `${qualified(at.resource)} "${at.name}" is always there: it cannot be deleted`)
  const uid = isObject(options['preconditions']) ? options['preconditions']['uid'] : undefined
  if (uid !== undefined && uid !== shown.metadata.uid) {
    throw conflict(
      at.resource,
      at.name,
      `the UID in the precondition (${textOf(uid)}) is not that of the object (${shown.metadata.uid})`,
    )
  }
  if (isDryRun(request, options)) return deleted(at, shown, [])
  const outcomes: Written[] = []
  for (const inside of contents(backend, at)) outcomes.push(await removeOne(request, backend, inside))
  outcomes.push(await removeOne(request, backend, { at, uid: shown.metadata.uid }))
  return deleted(at, shown, outcomes)
}

interface Removal {
  readonly at: Target
  readonly uid: string | undefined
}

/** [API27] A namespace goes with everything in it, and last: whoever is interrupted can delete it again. */
function contents(backend: ApiBackend, { resource, name }: Target): readonly Removal[] {
  if (resource.kind !== 'Namespace') return []
  return RESOURCES.filter((each) => each.namespaced && each.writable).flatMap((each) =>
    backend.view
      .list(each.group, each.kind, { namespace: name })
      .map(({ metadata }) => ({ at: target(each, name, metadata.name), uid: metadata.uid })),
  )
}

async function removeOne(request: ApiRequest, backend: ApiBackend, { at, uid }: Removal): Promise<Written> {
  const outcome = await backend.write({
    type: 'remove',
    key: at.key,
    by: request.by,
    ...(uid === undefined ? {} : { ifUid: uid }),
  })
  if (!outcome.ok) throw refused(at.resource, at.name, outcome.refusal)
  return outcome
}

function deleted({ resource, name }: Target, shown: KubeObject, outcomes: readonly Written[]): ApiResponse {
  const details = {
    name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
    uid: shown.metadata.uid,
  }
  return json(
    200,
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
    {
      warnings: [...new Set(outcomes.flatMap(durabilityWarnings))],
      headers: durability(outcomes),
    },
  )
}

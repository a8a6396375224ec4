/**
 * DELETE of one object: what it may be asked of, and what is answered.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { excerpt, isObject, parseObject, type JsonObject } from './body.ts'
import { faceOf } from './custom/faces.ts'
import { deleteObject, type Propagation } from './deleting.ts'
import { assertIsAway, depart } from './departing.ts'
import { endPod } from './ending.ts'
import { graceMsOf, hasten } from './grace.ts'
import { isDryRun } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { ApiError, conflict, detailsOf, invalidOption, qualified } from './status.ts'
import { existing, isRemnant } from './target.ts'
import type { Target } from './target.ts'
import { durability, durabilityWarnings, type Written } from './warnings.ts'

export async function remove(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const options = request.body.length === 0 ? {} : parseObject(request.body)
  const propagation = propagationOf(request, options)
  const graceMs = graceMsOf(request, options)
  const faces = existing(backend, at)
  const { shown, stored } = faces
  const isDerivedPod = at.resource.kind === 'Pod' && stored === undefined
  const isNode = at.resource.kind === 'Node'
  if (isNode) assertIsAway(backend, at)
  if (stored === undefined && !isDerivedPod && !isNode)
    throw new ApiError('Forbidden', `${qualified(at.resource)} "${at.name}" is always there: it cannot be deleted`)
  const uid = isObject(options['preconditions']) ? options['preconditions']['uid'] : undefined
  if (uid !== undefined && uid !== shown.metadata.uid) {
    throw conflict(
      at.resource,
      at.name,
      `the UID in the precondition (${excerpt(uid)}) is not that of the object (${shown.metadata.uid})`,
    )
  }
  if (isDryRun(request, options)) return deleted(at, shown, [])
  // [API108] It was deleted before, and its node knows, or will know when it is back.
  if (isRemnant(at, faces)) return deleted(at, shown, [], await hasten(backend, shown, graceMs))
  // [API64] It is given up, and its Deployment gets another.
  if (isDerivedPod) {
    const ended = await endPod({ request, backend, at, how: 'delete' })
    return deleted(at, shown, ended, await hasten(backend, shown, graceMs))
  }
  if (isNode) return deleted(at, shown, await depart(request, backend, at))
  const { outcomes, waiting } = await deleteObject({ request, backend, at, propagation, uid: shown.metadata.uid })
  const isPod = at.resource.kind === 'Pod'
  const isOrphaning = at.resource.kind === 'Deployment' && propagation === 'Orphan'
  const warnings = isPod ? await hasten(backend, shown, graceMs) : isOrphaning ? [NO_ORPHANS] : []
  if (waiting === undefined) return deleted(at, shown, outcomes, warnings)
  return json(200, faceOf(at.resource, waiting), {
    warnings: [...new Set([...outcomes.flatMap(durabilityWarnings), ...warnings])],
    headers: durability(outcomes),
  })
}

/** [API109] */
const NO_ORPHANS = 'propagationPolicy "Orphan" has no effect: the pods of a Deployment end with it'

const PROPAGATIONS: readonly Propagation[] = ['Foreground', 'Background', 'Orphan']

/** [API106] Of the body and of the query, as Kubernetes takes both. */
function propagationOf({ query }: ApiRequest, { propagationPolicy = null }: JsonObject): Propagation | undefined {
  const all = [propagationPolicy, query.get('propagationPolicy')]
  const said = all.filter((each) => each !== null && each !== '')
  const odd = said.find((each) => !PROPAGATIONS.includes(each as Propagation))
  if (odd === undefined) return said[0] as Propagation | undefined
  const values = PROPAGATIONS.map((each) => `"${each}"`).join(', ')
  const message = `Unsupported value: ${excerpt(odd)}: supported values: ${values}`
  throw invalidOption('DeleteOptions', { reason: 'FieldValueNotSupported', field: 'propagationPolicy', message })
}

function deleted(
  { resource, name }: Target,
  shown: KubeObject,
  outcomes: readonly Written[],
  warnings: readonly string[] = [],
): ApiResponse {
  const details = { ...detailsOf(resource, name), uid: shown.metadata.uid }
  return json(
    200,
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
    {
      warnings: [...new Set([...outcomes.flatMap(durabilityWarnings), ...warnings])],
      headers: durability(outcomes),
    },
  )
}

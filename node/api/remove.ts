/**
 * DELETE of one object. A namespace takes along what is in it.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend, WriteOutcome } from './backend.ts'
import { excerpt, isObject, parseObject, type JsonObject } from './body.ts'
import { faceOf } from './custom/faces.ts'
import { emptied, marked, orphaned } from './custom/removing.ts'
import { assertIsAway, depart } from './departing.ts'
import { endPod } from './ending.ts'
import { graceMsOf, hasten } from './grace.ts'
import { isDryRun } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { resourcesOf } from './served.ts'
import { ApiError, conflict, invalidOption, qualified, refused } from './status.ts'
import { existing, isRemnant, target } from './target.ts'
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
  const waiting = (await marked(request, backend, at)) ?? (await emptied(request, backend, at))
  if (waiting?.ok === true) return json(200, faceOf(at.resource, waiting.object ?? shown), { warnings: durabilityWarnings(waiting), headers: durability([waiting]) }) // prettier-ignore
  if (propagation === 'Orphan' && at.resource.kind !== 'Deployment')
    await orphaned(request, backend, shown.metadata.uid ?? '')
  const outcomes: Written[] = []
  for (const inside of contents(backend, at)) {
    const outcome = await tryRemove(request, backend, inside)
    // What somebody else deleted meanwhile is gone all the same.
    if (outcome.ok) outcomes.push(outcome)
    else if (outcome.refusal.code !== 'not-found') throw refused(inside.at.resource, inside.at.name, outcome.refusal)
  }
  const outcome = await tryRemove(request, backend, { at, uid: shown.metadata.uid })
  if (!outcome.ok) throw refused(at.resource, at.name, outcome.refusal)
  outcomes.push(outcome)
  const isOrphaning = at.resource.kind === 'Deployment' && propagation === 'Orphan'
  const warnings = at.resource.kind === 'Pod' ? await hasten(backend, shown, graceMs) : isOrphaning ? [NO_ORPHANS] : []
  return deleted(at, shown, outcomes, warnings)
}

/** [API109] */
const NO_ORPHANS = 'propagationPolicy "Orphan" has no effect: the pods of a Deployment end with it'

const PROPAGATIONS = ['Foreground', 'Background', 'Orphan']

/** [API106] Of the body and of the query, as Kubernetes takes both. */
function propagationOf({ query }: ApiRequest, { propagationPolicy = null }: JsonObject): unknown {
  const said = [propagationPolicy, query.get('propagationPolicy')]
  const odd = said.find((each) => each !== null && each !== '' && !PROPAGATIONS.includes(each as string))
  if (odd === undefined) return said.find((each) => each !== null && each !== '')
  const values = PROPAGATIONS.map((each) => `"${each}"`).join(', ')
  const message = `Unsupported value: ${excerpt(odd)}: supported values: ${values}`
  throw invalidOption('DeleteOptions', { reason: 'FieldValueNotSupported', field: 'propagationPolicy', message })
}

interface Removal {
  readonly at: Target
  readonly uid: string | undefined
}

/**
 * [API27] A namespace goes with everything in it, and last: whoever is interrupted can delete it again. Pods that nobody wrote
 * are no part of that: they end with their Deployments.
 */
function contents(backend: ApiBackend, { resource, name }: Target): readonly Removal[] {
  if (resource.kind !== 'Namespace') return []
  return resourcesOf(backend.view)
    .filter((each) => each.namespaced && each.writable)
    .flatMap((each) =>
      backend.view
        .list(each.group, each.kind, { namespace: name })
        .map(({ metadata }) => ({ at: target(each, name, metadata.name), uid: metadata.uid }))
        .filter(({ at }) => backend.view.stored(at.key) !== undefined),
    )
}

function tryRemove(request: ApiRequest, backend: ApiBackend, { at, uid }: Removal): Promise<WriteOutcome> {
  return backend.write({
    type: 'remove',
    key: at.key,
    by: request.by,
    ...(uid === undefined ? {} : { ifUid: uid }),
  })
}

function deleted(
  { resource, name }: Target,
  shown: KubeObject,
  outcomes: readonly Written[],
  warnings: readonly string[] = [],
): ApiResponse {
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
      warnings: [...new Set([...outcomes.flatMap(durabilityWarnings), ...warnings])],
      headers: durability(outcomes),
    },
  )
}

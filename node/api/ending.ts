/**
 * The end of one pod of a Deployment, by DELETE or by its `eviction`. Such a pod is no document: that it is to end is written
 * into its Deployment (`END_ANNOTATION`), and the node that holds its claim obeys.
 *
 * @module
 */
import { END_ANNOTATION, type KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { isObject, type JsonObject } from './body.ts'
import { editable, metadataOf, plain } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest } from './message.ts'
import { ApiError, qualified, refused } from './status.ts'
import { existing, ownerOf } from './target.ts'
import type { Target } from './target.ts'
import type { Written } from './warnings.ts'
import { condition, untilUndisturbed } from './write.ts'

/** [API66] A Deployment keeps so many of them at a time, which are forgotten with their pods. */
const ENDS_MAX = 256

export async function endPod(ending: {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly at: Target
  readonly how: 'evict' | 'delete'
}): Promise<Written[]> {
  const { request, backend, at, how } = ending
  const written: Written[] = []
  await untilUndisturbed(async () => {
    const { shown } = existing(backend, at)
    const owner = ownerOf(at, shown)
    const stored = owner && backend.view.stored(owner.key)?.object
    if (!backend.view.pods().some(({ fact }) => fact.uid === shown.metadata.uid))
      throw new ApiError('Conflict', `${qualified(at.resource)} "${at.name}" waits for a node: there is nothing to end`)
    if (owner === undefined || stored === undefined)
      throw new ApiError('Conflict', `${qualified(at.resource)} "${at.name}" is being stopped already`)
    const object = withEnd(stored, { uid: shown.metadata.uid ?? '', how, backend, owner: owner.name })
    const outcome = await backend.write({
      type: 'put',
      key: owner.key,
      object: object as unknown as KubeObject,
      by: request.by,
      ...condition(stored),
    })
    if (!outcome.ok) throw refused(owner.resource, owner.name, outcome.refusal)
    written.push(outcome)
    return json(200, {})
  })
  return written
}

/** [END1] With what is asked of this pod, and without what was asked of pods that are gone. */
function withEnd(
  stored: KubeObject,
  { uid, how, backend, owner }: { uid: string; how: 'evict' | 'delete'; backend: ApiBackend; owner: string },
): JsonObject {
  const object = editable(plain(stored))
  const metadata = metadataOf(object)
  const there = new Set(backend.view.pods().map(({ fact }) => fact.uid))
  const before = isObject(metadata['annotations']) ? metadata['annotations'] : {}
  const kept = Object.entries(before).filter(
    ([key]) => !key.startsWith(END_ANNOTATION) || there.has(key.slice(END_ANNOTATION.length)),
  )
  const ends = kept.filter(([key]) => key.startsWith(END_ANNOTATION))
  if (ends.length >= ENDS_MAX) {
    const why = `${ends.length} pods of Deployment ${owner} are being ended already: ask again when some have gone`
    throw new ApiError('TooManyRequests', why, { retryAfterSeconds: 5 })
  }
  // A delete is not taken back by an eviction.
  const said = before[`${END_ANNOTATION}${uid}`] === 'delete' ? 'delete' : how
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...Object.fromEntries(kept), [`${END_ANNOTATION}${uid}`]: said } },
  }
}

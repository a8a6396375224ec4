/**
 * `shoal apply`: a manifest creates what is not there, and is merged with what is. Three ways: fields that the last apply
 * had and this one has not are removed, fields of this one win, fields of others stay. The node merges, since it
 * knows which lists go by key; the last apply is remembered where kubectl remembers it, so that both may take turns.
 *
 * @module
 */
import { LAST_APPLIED, withoutValues } from '../../crdt/index.ts'
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { JsonObject } from './body.ts'
import { isObject, parseObject } from './body.ts'
import { storedOf } from './custom/faces.ts'
import { editable, metadataOf, placed, plain, typed } from './incoming.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { depthOf } from './served.ts'
import { notFound } from './status.ts'
import { assertWritable, keysOf } from './target.ts'
import type { Target } from './target.ts'
import { threeWay } from './three-way.ts'
import { untilUndisturbed, write } from './write.ts'

export async function apply(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const manifest = remembering(placed(typed(parseObject(request.body, depthOf(at.resource)), at.resource), at), at)
  return untilUndisturbed(() => {
    const stored = storedOf(backend, at)
    const shown = backend.view.get(at.key)
    // Who was deleted may be made again while the last of it is being stopped.
    if (shown?.metadata.ownerReferences !== undefined) assertWritable(at, { shown, stored })
    if (shown === undefined && !at.resource.verbs.includes('create')) throw notFound(at.resource, at.name)
    if (stored === undefined) return write({ request, backend, at, object: editable(manifest, at.resource) })
    return write({ request, backend, at, object: merged({ at, stored, manifest }), old: stored })
  })
}

function merged(merge: { at: Target; stored: KubeObject; manifest: JsonObject }): JsonObject {
  const { at, stored, manifest } = merge
  const value = threeWay({
    original: lastApplied(stored, at),
    modified: editable(manifest, at.resource),
    current: editable(plain(stored), at.resource),
    keys: keysOf(at),
    mode: 'apply',
  })
  return value as JsonObject
}

function lastApplied(stored: KubeObject, at: Target): JsonObject {
  try {
    const value: unknown = JSON.parse(stored.metadata.annotations?.[LAST_APPLIED] ?? '{}')
    return isObject(value) ? editable(value, at.resource) : {}
  } catch {
    // Somebody wrote the annotation by hand: as if nothing had been applied, so nothing is removed.
    return {}
  }
}

function remembering(manifest: JsonObject, at: Target): JsonObject {
  const metadata = metadataOf(manifest)
  const annotations = isObject(metadata['annotations']) ? { ...metadata['annotations'] } : {}
  delete annotations[LAST_APPLIED]
  const bare = editable({ ...manifest, metadata: { ...metadata, annotations } }, at.resource)
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: JSON.stringify(withoutValues(bare)) } },
  }
}

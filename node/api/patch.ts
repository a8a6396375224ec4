/**
 * The kinds of PATCH, told apart by content type. Each is a function from the object as shown to the object as wanted;
 * what of the difference reaches the document is `edits.ts`' business.
 *
 * @module
 */
import { applyPatch } from 'rfc6902'
import type { Operation } from 'rfc6902'
import type { Json, JsonObject } from './body.ts'
import { excerpt, isObject, parseBody, parseObject } from './body.ts'
import type { ListKeys } from './list-keys.ts'
import type { Resource } from './served.ts'
import { ApiError } from './status.ts'
import { strategicMerge } from './strategic.ts'

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply' | 'server-side-apply'

const TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'server-side-apply',
  /** Ours: the manifest itself, merged with the last one applied. Creates what is not there. */
  'application/vnd.shoal.apply+json': 'apply',
}

const CUSTOM_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']

/** Operations of one JSON patch; kubectl's own have one or two. */
const OPERATIONS_MAX = 1_000

/** [CRD13] Of a kind that somebody defined nobody knows how strategic merge patches would merge it. */
export function patchType(contentType: string | undefined, { custom }: Pick<Resource, 'custom'> = {}): PatchType {
  const bare = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const type = TYPES[bare]
  if (type === 'strategic' && custom !== undefined)
    throw new ApiError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${CUSTOM_TYPES.join(', ')}`,
    )
  if (type !== undefined) return type
  throw new ApiError(
    'UnsupportedMediaType',
    `a patch of type ${excerpt(bare)} is not taken: use one of ${Object.keys(TYPES).join(', ')}`,
  )
}

export interface Patching {
  readonly target: JsonObject
  readonly body: Uint8Array
  readonly keys: ListKeys
  /** How deep the body may be nested. */
  readonly depthMax?: number
}

export function patched(
  type: Exclude<PatchType, 'apply' | 'server-side-apply'>,
  { target, body, keys, depthMax }: Patching,
): JsonObject {
  switch (type) {
    case 'json':
      return jsonPatch(target, parseBody(body, depthMax))
    case 'merge':
      return mergePatch(target, parseObject(body, depthMax))
    case 'strategic':
      return strategicMerge({ target, patch: parseObject(body, depthMax), keys })
  }
}

/** RFC 7386. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = { ...target }
  for (const [name, value] of Object.entries(patch)) {
    const before = merged[name]
    if (value === null) delete merged[name]
    else if (isObject(value)) merged[name] = mergePatch(isObject(before) ? before : {}, value)
    else merged[name] = value
  }
  return merged
}

/** RFC 6902. All operations or none. */
function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw new ApiError('BadRequest', 'a JSON patch is a list of operations')
  if (patch.length > OPERATIONS_MAX) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `the JSON patch has ${patch.length} operations, at most ${OPERATIONS_MAX} are taken`,
    )
  }
  for (const [at, operation] of patch.entries()) assertOperation(operation, at)
  const copy = structuredClone(target)
  const failed = patch.findIndex((operation) => !isDone(copy, operation as unknown as Operation))
  if (failed === -1) return copy
  const { op, path } = patch[failed] as JsonObject
  throw new ApiError(
    'Invalid',
    `operation ${failed} of the JSON patch (${excerpt(op)} ${excerpt(path)}) does not hold for the object as it is now`,
  )
}

/** It throws where something is to be put below a text or a number. */
function isDone(target: JsonObject, operation: Operation): boolean {
  try {
    return applyPatch(target, [operation])[0] === null
  } catch {
    return false
  }
}

const REACHES_PROTOTYPE = /(^|\/)(__proto__|constructor|prototype)(\/|$)/

/** RFC 6901: `~0` is `~` and `~1` is `/`. */
const BAD_ESCAPE = /~(?![01])/

function assertOperation(operation: Json, at: number): void {
  if (!isObject(operation) || typeof operation['op'] !== 'string' || typeof operation['path'] !== 'string') {
    throw new ApiError('BadRequest', `operation ${at} of the JSON patch needs "op" and "path"`)
  }
  for (const pointer of [operation['path'], operation['from']]) {
    if (typeof pointer !== 'string') continue
    if (pointer !== '' && !pointer.startsWith('/'))
      throw new ApiError(
        'BadRequest',
        `operation ${at} of the JSON patch: ${excerpt(pointer)} is no JSON pointer, it must start with "/"`,
      )
    if (BAD_ESCAPE.test(pointer))
      throw new ApiError(
        'BadRequest',
        `operation ${at} of the JSON patch: in the path ${excerpt(pointer)} a "~" is not followed by 0 or 1`,
      )
    if (REACHES_PROTOTYPE.test(pointer))
      throw new ApiError('BadRequest', `operation ${at} of the JSON patch: the path ${excerpt(pointer)} is not taken`)
  }
}

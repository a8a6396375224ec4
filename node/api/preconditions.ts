/**
 * What a client says of the object it means: which one, and as it was when it was read.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { Json } from './body.ts'
import { textOf } from './body.ts'
import { conflict } from './status.ts'
import type { Target } from './target.ts'

/** [API105] Who names a uid means that one object, not another that has its name by now. */
export function assertSameUid({ resource, name }: Target, { metadata }: KubeObject, uid: Json | undefined): void {
  if (uid === undefined || uid === '' || uid === metadata.uid) return
  const why = `Precondition failed: UID in precondition: ${textOf(uid).slice(0, 100)}, UID in object meta: ${metadata.uid ?? ''}`
  throw conflict(resource, name, why)
}

/** [API21] Status may have moved on since the client read the object; what people want may not. */
export function assertCurrent(backend: ApiBackend, at: Target, version: Json | undefined): void {
  if (version === undefined || version === '' || backend.view.isCurrent(at.key, textOf(version))) return
  const why = 'the object has been modified; please apply your changes to the latest version and try again'
  throw conflict(at.resource, at.name, why)
}

/**
 * How a pod is stopped: what serves first, all at once; then its sidecars, one after the other, the last to start first. The
 * grace is counted over all of it.
 *
 * @module
 */
import type { Runtime } from '../runtime/runtime.ts'
import type { Clock } from '../world/world.ts'
import type { Role } from './restarts.ts'

/** What a sidecar gets where the others have used up the grace, as with the kubelet. */
export const SIDECAR_GRACE_MS_MIN = 2_000

export interface StopOrder {
  readonly uid: string
  readonly graceMs: number
  /** In the order in which they were started. */
  readonly containers: readonly { readonly name: string; readonly role: Role }[]
}

/** Resolves when all have ended. */
export async function stopPod(
  { runtime, clock }: { runtime: Pick<Runtime, 'stop'>; clock: Clock },
  { uid, graceMs, containers }: StopOrder,
): Promise<void> {
  const sidecars = containers.filter(({ role }) => role === 'sidecar').map(({ name }) => name)
  if (sidecars.length === 0) return runtime.stop(uid, graceMs)
  const endsMs = clock.mono() + graceMs
  const others = containers.filter(({ role }) => role !== 'sidecar').map(({ name }) => name)
  await runtime.stop(uid, graceMs, others)
  const sidecarsEndMs = Math.max(endsMs, clock.mono() + Math.min(graceMs, SIDECAR_GRACE_MS_MIN))
  for (const name of sidecars.reverse()) await runtime.stop(uid, Math.max(0, sidecarsEndMs - clock.mono()), [name])
  await runtime.stop(uid, 0) // and what held them together
}

/**
 * How a pod is stopped: what serves first, all at once; then its sidecars, one after the other, the last to start first. Each
 * has its hook run and is then told to end. The grace is counted over all of it.
 *
 * @module
 */
import type { Runtime } from '../runtime/runtime.ts'
import type { Clock } from '../world/world.ts'
import type { Role } from './restarts.ts'

/** What a container gets where a hook, or the others, have used up the grace, as with the kubelet. */
export const LAST_GRACE_MS = 2_000

export interface StopOrder {
  readonly uid: string
  readonly graceMs: number
  /** In the order in which they were started. */
  readonly containers: readonly StopContainer[]
}

export interface StopContainer {
  readonly name: string
  readonly role: Role
  /** Its hook, given so long; resolves with what went wrong. */
  readonly preStop?: (timeoutMs: number) => Promise<string | undefined>
}

interface StopPort {
  readonly runtime: Pick<Runtime, 'stop'>
  readonly clock: Clock
}

/** Resolves when all have ended, with what their hooks complained of. */
export async function stopPod(port: StopPort, { uid, graceMs, containers }: StopOrder): Promise<readonly string[]> {
  const sidecars = containers.filter(({ role }) => role === 'sidecar')
  if (sidecars.length === 0 && containers.every(({ preStop }) => preStop === undefined)) {
    await port.runtime.stop(uid, graceMs)
    return []
  }
  const endsMs = port.clock.mono() + graceMs
  const others = containers.filter(({ role }) => role !== 'sidecar')
  const complaints = await Promise.all(others.map((container) => stopContainer(port, { uid, container, endsMs })))
  const sidecarsEndMs = Math.max(endsMs, port.clock.mono() + lastGraceMs(graceMs))
  for (const container of sidecars.reverse()) {
    complaints.push(await stopContainer(port, { uid, container, endsMs: sidecarsEndMs }))
  }
  await port.runtime.stop(uid, 0) // and what held them together
  return complaints.filter((complaint) => complaint !== undefined)
}

/** [HOOK4] The hook first, then SIGTERM, SIGKILL when the grace is over. */
export async function stopContainer(
  { runtime, clock }: StopPort,
  { uid, container, endsMs }: { uid: string; container: StopContainer; endsMs: number },
): Promise<string | undefined> {
  const { name, preStop } = container
  const leftMs = (): number => Math.max(0, endsMs - clock.mono())
  const beforeMs = leftMs()
  if (preStop === undefined || beforeMs === 0) {
    await runtime.stop(uid, beforeMs, [name])
    return undefined
  }
  const complaint = await preStop(beforeMs)
  await runtime.stop(uid, Math.max(leftMs(), lastGraceMs(beforeMs)), [name])
  return complaint === undefined ? undefined : `preStop hook of ${name}: ${complaint}`
}

/** A grace of nothing stays nothing. */
function lastGraceMs(graceMs: number): number {
  return Math.min(graceMs, LAST_GRACE_MS)
}

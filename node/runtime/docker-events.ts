/**
 * The engine's event stream, for as long as it is wanted. It breaks when the engine restarts and keeps little history, so a
 * new connection does not ask what was missed: all pods are told of, and the agent looks.
 *
 * @module
 */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { LABEL } from './docker-container.ts'
import { QUESTION_MS_MAX, type Engine } from './docker-engine.ts'

/** A restart of the engine takes 0.3 s; one that stays away is asked every 5 s. */
const BACK_OFF_MS_MIN = 100
const BACK_OFF_MS_MAX = 5_000

export interface EventSource {
  readonly home: string
  engine(): Promise<Engine>
  /** Uids of all pods that are or were known: what is told of after each connection. */
  uids(): Promise<Iterable<string>>
}

/** Calls back until the signal aborts. */
export async function followEvents(
  source: EventSource,
  on: { event(uid: string): void; trouble(reason: string): void },
  signal: AbortSignal,
): Promise<void> {
  for (let backOffMs = BACK_OFF_MS_MIN; !signal.aborted; backOffMs = Math.min(2 * backOffMs, BACK_OFF_MS_MAX)) {
    try {
      const stream = await openEvents(source, signal)
      for (const uid of await source.uids()) if (!signal.aborted) on.event(uid)
      backOffMs = BACK_OFF_MS_MIN
      for await (const line of createInterface({ input: stream })) {
        const uid = podOf(line)
        if (uid !== undefined && !signal.aborted) on.event(uid)
      }
      if (!signal.aborted) on.trouble('the event stream of the engine ended; it is opened again')
    } catch (error) {
      if (!signal.aborted) on.trouble((error as Error).message)
    }
    await pause(backOffMs, undefined, { signal, ref: false }).catch(() => {})
  }
}

async function openEvents(source: EventSource, signal: AbortSignal): Promise<Readable> {
  const engine = await source.engine()
  const filters = {
    type: ['container' as const],
    // Nobody but the agent starts what is ours, and it looks afterwards by itself.
    event: ['die', 'destroy'],
    label: [`${LABEL.home}=${source.home}`],
  }
  const stream = (await engine.call('watch events', QUESTION_MS_MAX, (docker) =>
    docker.getEvents({ filters }),
  )) as Readable
  if (signal.aborted) stream.destroy()
  signal.addEventListener('abort', () => stream.destroy(), { once: true })
  stream.on('error', () => {}) // comes out of the lines as their end
  return stream
}

function podOf(line: string): string | undefined {
  try {
    const event = JSON.parse(line) as { Actor?: { Attributes?: Record<string, string> } }
    return event.Actor?.Attributes?.[LABEL.podUid]
  } catch {
    return undefined
  }
}

/**
 * One client's connection. Backends are tried in order until one takes it; not a byte is taken from the client before that,
 * so that a refusal costs the client a moment and nothing else. Then the two are joined, and from there on what happens to
 * one happens to the other: bytes that a backend may have acted upon are never sent to a second one.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../world/world.ts'
import type { Backend } from './backends.ts'
import { EndpointError } from './forward-protocol.ts'
import type { Reach } from './reach.ts'
import { reset, splice } from './splice.ts'

/** Longest search for a backend: by then a client has usually given up. */
const SEARCH_MS_MAX = 10_000

export interface Forwarding {
  readonly client: Duplex
  /** Best first. */
  readonly candidates: readonly Backend[]
  readonly reach: Pick<Reach, 'connect'>
  readonly clock: Pick<Clock, 'mono'>
  /** Told of each backend that was tried. */
  onTried(backend: Backend, failure: EndpointError | undefined): void
  /** Told when the connection stands; `end` breaks it. */
  onJoined(backend: Backend, end: () => void): void
}

/** `no-backend`: nobody took it; the client is as it was. */
export type Outcome = 'served' | 'no-backend' | 'client-left'

/** Resolves when the connection is over, or nobody took it. Never rejects. */
export async function forward(forwarding: Forwarding): Promise<Outcome> {
  const { client, onJoined } = forwarding
  const found = await firstThatTakes(forwarding)
  if (client.destroyed) {
    if (found !== undefined) reset(found.stream)
    return 'client-left'
  }
  if (found === undefined) return 'no-backend'
  onJoined(found.backend, () => {
    reset(client)
    reset(found.stream)
  })
  await splice(client, found.stream)
  return 'served'
}

async function firstThatTakes({
  client,
  candidates,
  reach,
  clock,
  onTried,
}: Forwarding): Promise<{ backend: Backend; stream: Duplex } | undefined> {
  const untilMs = clock.mono() + SEARCH_MS_MAX
  for (const backend of candidates) {
    if (client.destroyed || clock.mono() >= untilMs) return undefined
    try {
      const stream = await reach.connect(backend)
      onTried(backend, undefined)
      return { backend, stream }
    } catch (error) {
      onTried(backend, error instanceof EndpointError ? error : new EndpointError('unreachable', String(error)))
    }
  }
  return undefined
}

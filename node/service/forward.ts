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
  /** Of this moment, best first: an attempt may take a second, and whom it was to try next may be ending by then. */
  readonly candidates: () => readonly Backend[]
  readonly reach: Pick<Reach, 'connect'>
  readonly clock: Pick<Clock, 'mono'>
  /** Told of each backend that was tried. */
  onTried(backend: Backend, failure: EndpointError | undefined): void
  /** Told when the connection stands; `end` breaks it. */
  onJoined(backend: Backend, end: () => void): void
}

/** `no-backend`: nobody took it; the client is as it was. `silent`: and one that was thought well of did not answer in time. */
export type Outcome = 'served' | 'no-backend' | 'silent' | 'client-left'

/** Resolves when the connection is over, or nobody took it. Never rejects. */
export async function forward(forwarding: Forwarding): Promise<Outcome> {
  const { client, onJoined } = forwarding
  let isSilent = false
  const found = await firstThatTakes({
    ...forwarding,
    onTried: (backend, failure) => {
      if (failure?.code === 'timeout' && backend.standing === 'sure') isSilent = true
      forwarding.onTried(backend, failure)
    },
  })
  if (client.destroyed) {
    if (found !== undefined) reset(found.stream)
    return 'client-left'
  }
  if (found === undefined) return isSilent ? 'silent' : 'no-backend'
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
  const tried = new Set<string>()
  while (!client.destroyed && clock.mono() < untilMs) {
    const backend = candidates().find(({ id }) => !tried.has(id))
    if (backend === undefined) return undefined
    tried.add(backend.id)
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

/**
 * Dials a peer at all its addresses, a short moment apart, and keeps the first that answers. What went wrong is told in one of
 * our words, since "nobody listens" (the machine lives) and "silence" (it may not) mean different things above.
 *
 * @module
 */
import './node20.ts'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { CLOSED_UNANSWERED } from './first-frame.ts'
import { reasonOf } from './reason.ts'
import { NetError } from './transport.ts'
import type { PeerId } from './transport.ts'

/** From the first dial to a connection with both sides admitted. A handshake takes 20 ms; the rest is the way. */
export const CONNECT_MS_MAX = 3000

/** Between two addresses: a good one is done by then, a dead one holds nobody up for long. */
const STAGGER_MS = 150

/** Addresses tried of one peer; more are a mistake or an attempt to make us scan. */
const ADDRESSES_MAX = 16

/** Said by the dialler of a listener whose papers are wrong; libp2p passes on the sentence only. */
export const NO_MEMBER = 'is no member of this cluster'

export type Dialer = (address: Multiaddr, options: { signal: AbortSignal }) => Promise<Connection>

/** The peer all these addresses lead to, by their `/p2p/` part. */
export const peerOf = (addresses: readonly string[]): PeerId => {
  const peers = new Set(addresses.map(peerIn))
  const [peer] = peers
  if (peer === undefined || peers.size > 1) {
    const found = peers.size > 1 ? `lead to ${peers.size} peers` : 'are none'
    throw new NetError('protocol', `The addresses to dial ${found}: give one peer's, each ending in /p2p/<its id>`)
  }
  return peer
}

const peerIn = (address: string): PeerId => {
  const peer = parse(address)
    .getComponents()
    .findLast((component) => component.name === 'p2p')?.value
  if (peer !== undefined) return peer
  // without it we would show our certificate to whoever listens there now
  throw new NetError(
    'protocol',
    `${address} does not say whom to expect: append /p2p/<peer id>, as \`shoal peers\` shows it`,
  )
}

const parse = (address: string): Multiaddr => {
  try {
    return multiaddr(address)
  } catch {
    throw new NetError('protocol', `"${address}" is no multiaddr: write it as /ip4/10.0.0.7/tcp/7946/p2p/12D3Koo...`)
  }
}

/** @throws NetError */
export const dialAny = async (dial: Dialer, addresses: readonly string[], timeoutMs: number): Promise<Connection> => {
  const attempts = addresses.slice(0, ADDRESSES_MAX).map((address, index) => attempt(dial, address, index * STAGGER_MS))
  const timer = setTimeout(() => attempts.forEach(({ giveUp }) => giveUp('timeout')), timeoutMs)
  try {
    const winner = await Promise.any(attempts.map(({ connection }) => connection))
    // two addresses may answer at once; one connection is enough
    for (const { connection } of attempts)
      void connection.then(
        (late) => late !== winner && late.abort(new Error('late')),
        () => {},
      )
    return winner
  } catch (error) {
    throw worst(error instanceof AggregateError ? error.errors : [error])
  } finally {
    clearTimeout(timer)
    for (const { giveUp } of attempts) giveUp('late')
  }
}

interface Attempt {
  readonly connection: Promise<Connection>
  /** Without effect once the dial has ended: its signal would destroy the socket that was won with it. */
  giveUp(reason: 'timeout' | 'late'): void
}

const attempt = (dial: Dialer, address: string, delayMs: number): Attempt => {
  const controller = new AbortController()
  let isOver = false
  const dialled = async (): Promise<Connection> => {
    await pause(delayMs, controller.signal)
    controller.signal.throwIfAborted()
    return await dial(parse(address), { signal: controller.signal })
  }
  const connection = dialled()
    .catch((error: unknown) => {
      throw explain(error, address, controller.signal.reason === 'timeout')
    })
    .finally(() => {
      isOver = true
    })
  return {
    connection,
    giveUp: (reason) => {
      if (!isOver) controller.abort(reason)
    },
  }
}

const pause = (delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (delayMs === 0) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    signal.addEventListener('abort', done)
  })

const explain = (error: unknown, address: string, isTimeout: boolean): NetError => {
  if (error instanceof NetError) return error
  const text = reasonOf(error)
  if (isTimeout)
    return new NetError('timeout', `${address} did not answer in time: is the machine up, and the port open?`)
  if (text.includes('ECONNREFUSED')) {
    return new NetError(
      'refused',
      `Nobody listens at ${address}: the machine is up, the node is not (start it there with shoal up)`,
    )
  }
  // [DIAL5] Somebody took the connection and then was gone: a machine that answers, so nothing is proved yet.
  if (text.includes('ECONNRESET') || text.includes('Unexpected EOF')) {
    return new NetError('protocol', `${address} broke off the connection: is the node there starting or ending?`)
  }
  if (text.includes(CLOSED_UNANSWERED)) {
    return new NetError(
      'not-admitted',
      `${address} closed without a word: it does not take this node for a member (its log says why), or it ended just then`,
    )
  }
  if (text.includes(NO_MEMBER)) return new NetError('not-admitted', `${address} ${text}`)
  return new NetError('unreachable', `${address} could not be reached: ${text}`)
}

/** Several addresses failed: the answer that says most about the peer. */
const worst = (errors: readonly unknown[]): NetError => {
  const known = errors.filter((error) => error instanceof NetError)
  for (const code of [
    'other-cluster',
    'bad-ticket',
    'not-admitted',
    'protocol',
    'refused',
    'unreachable',
    'timeout',
  ] as const) {
    const found = known.find((error) => error.code === code)
    if (found !== undefined) return found
  }
  return new NetError('unreachable', `The peer could not be dialled: ${reasonOf(errors[0])}`)
}

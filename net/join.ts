/**
 * How a node without a cluster gets into one: dials the member its ticket names, claims it, and comes back with everything that
 * makes it a member. Nothing is kept here; the caller writes it down and starts a `Swarm` with it.
 *
 * @module
 */
import { multiaddr } from '@multiformats/multiaddr'
import { joinFrame, readJoined } from './admission.ts'
import type { Joined } from './admission.ts'
import { CONNECT_MS_MAX, dialAny, peerOf } from './dial.ts'
import { createHost } from './host.ts'
import type { Identity } from './identity.ts'
import { reasonOf } from './reason.ts'
import { parseTicket } from './ticket.ts'
import type { Ticket } from './ticket.ts'
import { NetError } from './transport.ts'

export interface JoinOptions {
  identity: Identity
  /** The whole line: `<multiaddr>/p2p/<id>/ticket/<text>`. */
  ticket: string
  nowMs: number
  timeoutMs?: number
}

/** @throws NetError `bad-ticket`, `other-cluster`, `refused`, `timeout`, `unreachable` or `protocol`. */
export const join = async ({
  identity,
  ticket: line,
  nowMs,
  timeoutMs = CONNECT_MS_MAX,
}: JoinOptions): Promise<Joined> => {
  const ticket = parseTicket(line, nowMs)
  peerOf([ticket.address])
  let outcome: Joined | NetError | undefined
  const host = await createHost({
    identity,
    words: {
      ask: () => joinFrame(ticket, identity.node),
      accept: (_peer, reply) => {
        // libp2p would pass on the sentence of an error only, so it is kept here
        outcome = attempt(() => readJoined(reply, ticket, identity.node))
        if (outcome instanceof NetError) throw outcome
      },
      answer: () => {
        throw new Error('a newcomer admits nobody')
      },
    },
  })
  try {
    await dialAny(
      (address, { signal }) => host.dial(multiaddr(address.toString()), { signal }),
      [ticket.address],
      timeoutMs,
    )
  } catch (error) {
    if (outcome === undefined) throw asTicketError(error, ticket)
  } finally {
    await host.stop()
  }
  if (outcome === undefined) throw new NetError('protocol', `${ticket.address} did not answer the join`)
  if (outcome instanceof NetError) throw outcome
  return outcome
}

const attempt = (read: () => Joined): Joined | NetError => {
  try {
    return read()
  } catch (error) {
    return error instanceof NetError ? error : new NetError('protocol', reasonOf(error))
  }
}

/** The member says nothing to whom it refuses; its log names the reason. */
const asTicketError = (error: unknown, ticket: Ticket): unknown => {
  if (!(error instanceof NetError) || error.code !== 'not-admitted') return error
  const reasons =
    'it may be used up, expired by the clock there, made by a member it does not know, or asked for too often'
  return new NetError('bad-ticket', `${ticket.address} did not accept the ticket: ${reasons}. The log there says which`)
}

/**
 * Two neighbours may open a link to each other at the same moment, and one may come back while the other still holds the link it
 * lost. Both must settle on the same one, each alone. Pure.
 *
 * An opener says which link with this neighbour it knew last (`after`) and which start of its process it is (`boot`):
 * - it has started anew, or it knew our link and opens another: ours is dead, the new one replaces it;
 * - it did not know our link: the two crossed, and the one opened by the lower peer id stays.
 *
 * @module
 */
import type { PeerId } from './transport.ts'

/** Hex, chosen by the opener. */
export type LinkId = string

export interface Held {
  readonly id: LinkId
  readonly opener: PeerId
  /** The neighbour's start it belongs to; undefined while our own opening is unanswered. */
  readonly boot: string | undefined
}

export interface Offer {
  readonly id: LinkId
  readonly opener: PeerId
  readonly boot: string
  readonly after: LinkId
}

/** What we do with a link offered to us while we hold, or are opening, another. */
export const settle = (held: Held | undefined, offer: Offer): 'take' | 'refuse' => {
  if (held === undefined) return 'take'
  if (held.boot !== undefined && held.boot !== offer.boot) return 'take'
  if (offer.after === held.id) return 'take'
  // opened twice by one side: it forgets its first when it opens its second
  if (held.opener === offer.opener) return 'take'
  return offer.opener < held.opener ? 'take' : 'refuse'
}

/**
 * Bad weather on all cables: packets get lost and are sent again, gossip gets lost, comes twice or out of order (F15 to F17).
 *
 * @module
 */
import type { Weather } from '../cluster.ts'
import { nemesis } from '../fault.ts'

export const loss = nemesis<Partial<Weather>>({
  kind: 'loss',
  lastsMs: [2_000, 60_000],
  draw: ({ chance }) => ({
    loss: chance.pick([0, 0.01, 0.1, 0.3]),
    gossipLoss: chance.pick([0, 0.05, 0.5]),
    gossipTwice: chance.pick([0, 0.25]),
    gossipLate: chance.pick([0, 0.25]),
  }),
  async begin({ cluster }, weather, id) {
    cluster.more?.weather(id, weather)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

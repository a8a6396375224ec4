/**
 * Cables of some machines are worn, or a card is: now and then a bit flips, and nothing on the way sees it (F18). Connections
 * between nodes are encrypted, and end, and with them the requests to services that go through them.
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const noise = nemesis<{ readonly machines: readonly string[]; readonly share: number }>({
  kind: 'noise',
  lastsMs: [2_000, 60_000],
  draw: ({ chance, machines }) => ({
    machines: chance.sample(machines, chance.between(1, machines.length)),
    share: chance.pick([0.001, 0.01, 0.05]),
  }),
  async begin({ cluster }, { machines, share }, id) {
    cluster.more?.noise(id, machines, share)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

/**
 * Something on the way between some machines, a firewall or a NAT, starts again: it has forgotten all connections, which are reset
 * with what is on the way in them, and for a moment it lets nothing through (F21).
 *
 * @module
 */
import type { OneWay } from '../cluster.ts'
import { nemesis } from '../fault.ts'

export const resets = nemesis<{ readonly ways: readonly OneWay[] }>({
  kind: 'resets',
  lastsMs: [300, 2_000],
  draw({ chance, machines }) {
    const shuffled = chance.sample(machines, machines.length)
    const here = chance.between(1, Math.max(1, machines.length - 1))
    const [inside, outside] = [shuffled.slice(0, here), shuffled.slice(here)]
    const ways = inside.flatMap((one) =>
      outside.flatMap((other) => [
        { from: one, to: other },
        { from: other, to: one },
      ]),
    )
    return { ways }
  },
  async begin({ cluster }, { ways }, id) {
    await cluster.cutWays(id, ways)
    cluster.more?.reset(ways)
  },
  end: ({ cluster }, _, id) => cluster.mendNetwork(id),
})

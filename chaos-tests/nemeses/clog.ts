/**
 * Links of some machines are clogged: all of it arrives, much later (F16, F22).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const clog = nemesis<{ readonly machines: readonly string[]; readonly delayMs: number }>({
  kind: 'clog',
  lastsMs: [500, 30_000],
  draw: ({ chance, machines }) => ({
    machines: chance.sample(machines, chance.between(1, machines.length)),
    delayMs: chance.pick([50, 250, 1_000, 2_500]),
  }),
  async begin({ cluster }, { machines, delayMs }, id) {
    cluster.more?.clog(id, machines, delayMs)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

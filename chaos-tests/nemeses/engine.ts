/**
 * The container engine of one machine hangs, restarts, gets slow, or loses what it should tell (F35). Containers run on.
 *
 * @module
 */
import type { EngineTrouble } from '../cluster.ts'
import { nemesis } from '../fault.ts'

export const engine = nemesis<{ readonly machine: string; readonly trouble: EngineTrouble }>({
  kind: 'engine',
  lastsMs: [500, 40_000],
  draw: ({ chance, machines }) => ({
    machine: chance.pick(machines),
    trouble: chance.pick<EngineTrouble>([
      { hangs: true },
      { isDown: true },
      { slow: chance.pick([2, 10]) },
      { eventsLost: chance.pick([0.2, 1]) },
      { eventsLateMs: chance.pick([500, 5_000]) },
    ]),
  }),
  async begin({ cluster }, { machine, trouble }, id) {
    cluster.more?.engine(id, machine, trouble)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

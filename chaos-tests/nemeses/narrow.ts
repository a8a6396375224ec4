/**
 * The line of one machine carries some kilobytes a second, both ways, for all that it says and hears (F19).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const narrow = nemesis<{ readonly machine: string; readonly bytesPerSecond: number }>({
  kind: 'narrow',
  lastsMs: [5_000, 60_000],
  draw: ({ chance, machines }) => ({
    machine: chance.pick(machines),
    bytesPerSecond: chance.pick([2_000, 8_000, 32_000]),
  }),
  async begin({ cluster }, { machine, bytesPerSecond }, id) {
    cluster.more?.narrow(id, [machine], bytesPerSecond)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

/**
 * Somebody sets the clock of a machine on or back, and later right again (F32).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const clock = nemesis<{ readonly machine: string; readonly byMs: number }>({
  kind: 'clock',
  lastsMs: [1_000, 60_000],
  draw: ({ chance, machines }) => ({
    machine: chance.pick(machines),
    byMs: chance.pick([-1, 1]) * chance.pick([20, 500, 5_000, 30_000]),
  }),
  async begin({ cluster }, { machine, byMs }) {
    cluster.more?.jumpClock(machine, byMs)
  },
  async end({ cluster }, { machine, byMs }) {
    cluster.more?.jumpClock(machine, -byMs)
  },
})

/**
 * The clock of a machine is set to and fro, by 2 s, again and again: two programs that each set it disagree (F32).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const strobe = nemesis<{ readonly machine: string; readonly byMs: number; readonly everyMs: number }>({
  kind: 'strobe',
  lastsMs: [2_000, 30_000],
  draw: ({ chance, machines }) => ({
    machine: chance.pick(machines),
    byMs: chance.pick([-2_000, 2_000]),
    everyMs: chance.pick([100, 1_000]),
  }),
  async begin(stage, { machine, byMs, everyMs }, id) {
    const { cluster } = stage
    for (let step = 0; stage.isOn(id) || step % 2 === 1; step++) {
      cluster.more?.jumpClock(machine, step % 2 === 0 ? byMs : -byMs)
      await cluster.runFor(everyMs)
    }
  },
  async end() {},
})

/**
 * A bit of what a machine keeps flips on its disk, and is read when its node starts again (F29).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const rot = nemesis<{ readonly machine: string; readonly file: string }>({
  kind: 'rot',
  lastsMs: [50, 10_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines), file: chance.pick(['log', 'snapshot']) }),
  async begin({ cluster, downs }, { machine, file }, id) {
    downs.hold(machine, id)
    await cluster.killAgent(machine)
    cluster.more?.flipBit(machine, file)
  },
  end: (stage, { machine }, id) => stage.bringBack(machine, id),
})

/**
 * A machine loses power at the worst moment: amid an append to its log, or when its snapshot is written and its log is not yet
 * emptied (F30, F31).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const torn = nemesis<{ readonly machine: string; readonly at: 'append' | 'snapshot' }>({
  kind: 'torn',
  lastsMs: [2_000, 30_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines), at: chance.pick(['append', 'snapshot']) }),
  async begin({ cluster, downs }, { machine, at }, id) {
    downs.hold(machine, id)
    cluster.more?.cutPowerAt(id, machine, at)
  },
  async end({ cluster, downs }, { machine }, id) {
    cluster.more?.mend(id)
    if (downs.release(machine, id)) await cluster.restart(machine)
  },
})

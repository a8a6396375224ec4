/**
 * A machine loses power at the worst moment: amid an append to its log, or when its snapshot is written and its log is not yet
 * emptied (F29, F30).
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
  async end(stage, { machine }, id) {
    stage.cluster.more?.mend(id)
    await stage.bringBack(machine, id)
  },
})

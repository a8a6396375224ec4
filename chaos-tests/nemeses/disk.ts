/**
 * The disk of one machine goes bad: it is full, its syncs fail, or it is slow (F27, F28, F31). A node whose disk fails ends, and
 * its service manager starts it again until it holds.
 *
 * @module
 */
import type { DiskTrouble } from '../cluster.ts'
import { nemesis } from '../fault.ts'

export const disk = nemesis<{ readonly machine: string; readonly trouble: DiskTrouble }>({
  kind: 'disk',
  lastsMs: [500, 20_000],
  draw: ({ chance, machines }) => ({
    machine: chance.pick(machines),
    trouble: chance.pick<DiskTrouble>([
      { isFull: true },
      { syncFails: chance.pick([0.05, 0.5, 1]) },
      { slowMs: chance.pick([5, 50, 500]) },
    ]),
  }),
  async begin({ cluster }, { machine, trouble }, id) {
    cluster.more?.disk(id, machine, trouble)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

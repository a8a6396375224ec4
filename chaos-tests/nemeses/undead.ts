/**
 * Processes of one machine's containers hang in its kernel: they can be neither stopped nor removed (F39).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const undead = nemesis<{ readonly machine: string }>({
  kind: 'undead',
  lastsMs: [2_000, 40_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster }, { machine }, id) {
    cluster.more?.engine(id, machine, { clings: true })
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

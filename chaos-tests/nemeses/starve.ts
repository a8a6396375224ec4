/**
 * The agent gets a small share of a core, since others take the rest of its machine: what it does it does late (F23).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const starve = nemesis<{ readonly machine: string; readonly share: number }>({
  kind: 'starve',
  lastsMs: [2_000, 30_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines), share: chance.between(2, 20) / 100 }),
  async begin({ cluster }, { machine, share }, id) {
    cluster.more?.starve(id, machine, share)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

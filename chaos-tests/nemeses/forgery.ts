/**
 * A member says something in the name of another: hostile, or broken (P8).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const forgery = nemesis<{ readonly machine: string; readonly victim: string }>({
  kind: 'forgery',
  lastsMs: [1_000, 1_000],
  draw({ chance, machines }) {
    const [machine = '', victim = machine] = chance.sample(machines, 2)
    return { machine, victim }
  },
  async begin({ cluster }, { machine, victim }) {
    // One that is alone has nobody to speak for.
    if (machine !== victim) cluster.more?.forge(machine, victim)
  },
  async end() {},
})

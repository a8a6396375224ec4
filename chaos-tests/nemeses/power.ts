/**
 * A machine loses power, agent and containers with it and what was not synced, and boots again (F2, F30).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const power = nemesis<{ readonly machine: string }>({
  kind: 'power',
  lastsMs: [2_000, 60_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster, downs }, { machine }, id) {
    downs.hold(machine, id)
    await cluster.cutPower(machine)
  },
  end: (stage, { machine }, id) => stage.bringBack(machine, id),
})

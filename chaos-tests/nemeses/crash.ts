/**
 * The agent is killed and comes back; its containers run on (F1, F6 of the catalogue).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const crash = nemesis<{ readonly machine: string }>({
  kind: 'crash',
  lastsMs: [50, 40_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster, downs }, { machine }, id) {
    downs.hold(machine, id)
    await cluster.killAgent(machine)
  },
  end: (stage, { machine }, id) => stage.bringBack(machine, id),
})

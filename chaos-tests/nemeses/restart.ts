/**
 * The agent is told to end, as for an update, and started again; its containers run on (F45).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const restart = nemesis<{ readonly machine: string }>({
  kind: 'restart',
  lastsMs: [500, 10_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster, downs }, { machine }, id) {
    downs.hold(machine, id)
    await cluster.stopAgent(machine)
  },
  end: (stage, { machine }, id) => stage.bringBack(machine, id),
})

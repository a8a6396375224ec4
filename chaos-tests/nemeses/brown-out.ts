/**
 * The power of a machine fails again and again, each time amid a write, and comes back at once (F2, F29).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

/** What a machine takes to come back; and looks for whether it is gone. */
const BACK_MS = 500

export const brownOut = nemesis<{ readonly machine: string }>({
  kind: 'brown-out',
  lastsMs: [3_000, 15_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster, downs, restart }, { machine }, id) {
    downs.hold(machine, id)
    while (downs.isHeldBy(machine, id)) {
      if (cluster.stateOf(machine) === 'off' && downs.isHeldOnlyBy(machine, id)) await restart(machine)
      if (downs.isHeldBy(machine, id)) cluster.more?.cutPowerAt(id, machine, 'append')
      await cluster.runFor(BACK_MS)
    }
  },
  async end(stage, { machine }, id) {
    stage.cluster.more?.mend(id)
    await stage.bringBack(machine, id)
  },
})

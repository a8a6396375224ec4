/**
 * A machine is rebooted in good order: its agent is ended first, then all that runs on it, then the machine itself, which comes
 * up again later (F2, F6).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const reboot = nemesis<{ readonly machine: string; readonly afterMs: number }>({
  kind: 'reboot',
  lastsMs: [8_000, 60_000],
  // A service manager gives what it ends up to some seconds each.
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines), afterMs: chance.pick([200, 1_000, 5_000]) }),
  async begin(stage, { machine, afterMs }, id) {
    const { cluster, downs } = stage
    downs.hold(machine, id)
    await cluster.killAgent(machine)
    await cluster.runFor(afterMs)
    if (downs.isHeldBy(machine, id)) await cluster.cutPower(machine)
  },
  end: (stage, { machine }, id) => stage.bringBack(machine, id),
})

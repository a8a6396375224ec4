/**
 * A whole machine stands still, as a virtual one does that is moved: its agent, its engine and its pods, and its network says nothing. When it
 * goes on its clock has not gone on with the others' (F34), until somebody sets it.
 *
 * @module
 */
import { nemesis } from '../fault.ts'

/** Until its time service sets the clock. */
const CLOCK_SET_MS = 1_000

export const freeze = nemesis<{ readonly machine: string; readonly frozenMs: number }>({
  kind: 'freeze',
  lastsMs: [60_000, 60_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines), frozenMs: chance.between(500, 30_000) }),
  async begin(stage, { machine, frozenMs }, id) {
    const { cluster } = stage
    const others = cluster.machines.filter((other) => other !== machine)
    await cluster.split(id, [[machine], others])
    await cluster.pause(machine)
    cluster.more?.freeze(id, machine)
    const fromMs = cluster.nowMs()
    while (stage.isOn(id) && cluster.nowMs() - fromMs < frozenMs) await cluster.runFor(100)
    // Where the run was healed meanwhile it goes on already, as if it had never stood still.
    if (!stage.isOn(id)) return
    await cluster.mendNetwork(id)
    const lateMs = cluster.nowMs() - fromMs
    cluster.more?.jumpClock(machine, -lateMs)
    cluster.more?.mend(id)
    await cluster.resume(machine)
    await cluster.runFor(CLOCK_SET_MS)
    cluster.more?.jumpClock(machine, lateMs)
  },
  async end() {},
})

/**
 * Somebody puts an old backup of a machine's disk back: its node starts again with its identity and with what it knew then, and
 * writes a second history under the numbers of the first (F8, F46).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

/** What it takes to put it back. */
const BACK_MS = 1_000

export const backup = nemesis<{ readonly machine: string }>({
  kind: 'backup',
  /** So old it is. */
  lastsMs: [1_000, 60_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster }, { machine }, id) {
    cluster.more?.saveDisk(id, machine)
  },
  async end(stage, { machine }, id) {
    const { cluster, downs } = stage
    downs.hold(machine, id)
    await cluster.cutPower(machine)
    cluster.more?.restoreDisk(id, machine)
    await cluster.runFor(BACK_MS)
    await stage.bringBack(machine, id)
  },
})

/**
 * A machine loses its disk for good: it comes back with an empty one and is made to join anew, as another member (F7). Nobody
 * has the identity that was on it, and none of what only it had. Its containers are there still, where they had another disk.
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const wipe = nemesis<{ readonly machine: string }>({
  kind: 'wipe',
  lastsMs: [1_000, 20_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  async begin({ cluster, downs }, { machine }, id) {
    downs.hold(machine, id)
    await cluster.cutPower(machine)
    cluster.more?.wipe(machine)
  },
  end: (stage, { machine }, id) => stage.bringBack(machine, id),
})

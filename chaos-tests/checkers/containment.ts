/**
 * P10, as far as a machine can tell: no node ends by itself, and none drops what it was told because it cannot keep up.
 *
 * A disk that fails ends a node, and is meant to; a node that stood still finds everything waiting that came meanwhile.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'

/** So long after it went on a node may be at what had waited. */
const CATCHES_UP_MS = 5_000

export const containment: Checker = {
  rule: 'P10',
  begin: () => {
    const stoodMs = new Map<string, number>()
    let seen = 0
    return {
      async watch({ cluster }) {
        for (const machine of cluster.machines)
          if (cluster.stateOf(machine) === 'paused') stoodMs.set(machine, cluster.nowMs())
        const troubles = cluster.troubles()
        for (const { machine, what, says, atMs } of troubles.slice(seen)) {
          const hadStood = atMs - (stoodMs.get(machine) ?? Number.NEGATIVE_INFINITY) <= CATCHES_UP_MS
          const isMeant = what === 'ended' ? /^(the disk failed|could not use the data directory)/.test(says) : hadStood
          if (!isMeant) throw new Violation('P10', `${machine} at ${(atMs / 1_000).toFixed(3)} s: ${what}: ${says}`)
        }
        seen = troubles.length
      },
    }
  },
}

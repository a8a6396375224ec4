/**
 * No machine is given more pods than it has room for, whatever is asked at once: what is offered to one auction is not offered
 * to another ([PRM1]). One node is asked at each look, in turn, for its own pods, which nobody knows better.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { read, upIn, type Cluster } from '../cluster.ts'
import type { SeenPod } from './objects.ts'

/** What each machine has, in thousandths of a core. */
const CPU_MILLI = 4_000

export const capacity: Checker = {
  rule: 'PRM1',
  begin: () => {
    let looks = 0
    return {
      async watch({ cluster }) {
        const up = upIn(cluster)
        const machine = up[looks++ % Math.max(1, up.length)]
        if (machine === undefined) return
        const usedMilli = await usedOn(cluster, machine)
        if (usedMilli > CPU_MILLI)
          throw new Violation(
            'PRM1',
            `${machine} has ${CPU_MILLI} thousandths of a core, and took pods for ${usedMilli}`,
          )
      },
    }
  },
}

async function usedOn(cluster: Cluster, machine: string): Promise<number> {
  try {
    const { items } = await read<{ items: SeenPod[] }>(cluster, machine, '/api/v1/pods')
    const own = items.filter(
      ({ metadata, spec }) => spec.nodeName === cluster.nodeOf(machine) && metadata.deletionTimestamp === undefined,
    )
    return own
      .flatMap(({ spec }) => spec.containers)
      .reduce((sum, { resources }) => sum + milli(resources.requests.cpu), 0)
  } catch {
    // It ended while it was asked.
    return 0
  }
}

function milli(cpu: string): number {
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1_000
}

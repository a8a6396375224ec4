/**
 * The network falls into parts that cannot reach each other: halves, thirds, or one machine alone (F9, F10).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const split = nemesis<{ readonly groups: readonly (readonly string[])[] }>({
  kind: 'split',
  lastsMs: [1_000, 60_000],
  draw({ chance, machines }) {
    const shuffled = chance.sample(machines, machines.length)
    const count = Math.min(machines.length, chance.chance(0.75) ? 2 : 3)
    // Each part has one at least.
    const groups = shuffled.slice(0, count).map((machine) => [machine])
    for (const machine of shuffled.slice(count)) chance.pick(groups).push(machine)
    return { groups }
  },
  begin: ({ cluster }, { groups }, id) => cluster.split(id, groups),
  end: ({ cluster }, _, id) => cluster.mendNetwork(id),
})

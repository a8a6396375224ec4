/**
 * What some machines say does not reach others, while the way back is open (F12).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const oneWay = nemesis<{ readonly from: readonly string[]; readonly to: readonly string[] }>({
  kind: 'one-way',
  lastsMs: [1_000, 30_000],
  draw({ chance, machines }) {
    const shuffled = chance.sample(machines, machines.length)
    const senders = chance.between(1, Math.max(1, machines.length - 1))
    return { from: shuffled.slice(0, senders), to: shuffled.slice(senders) }
  },
  begin: ({ cluster }, { from, to }, id) => cluster.cutOneWay(id, from, to),
  end: ({ cluster }, _, id) => cluster.mendNetwork(id),
})

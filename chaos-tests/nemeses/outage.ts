/**
 * Several machines go at once, a few, most or all of them: by a bug that ends their agents, or since the power of the house fails.
 * They come back one after the other, in an order of their own (F3 to F6).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const outage = nemesis<{
  /** In the order in which they come back. */
  readonly machines: readonly string[]
  readonly what: 'agents' | 'power'
  /** Between two that come back. */
  readonly apartMs: number
}>({
  kind: 'outage',
  lastsMs: [500, 30_000],
  draw: ({ chance, machines }) => ({
    machines: chance.sample(machines, chance.chance(0.3) ? machines.length : chance.between(1, machines.length)),
    what: chance.pick(['agents', 'power']),
    apartMs: chance.pick([0, 300, 3_000]),
  }),
  async begin({ cluster, downs }, { machines, what }, id) {
    for (const machine of machines) downs.hold(machine, id)
    for (const machine of machines) await (what === 'power' ? cluster.cutPower(machine) : cluster.killAgent(machine))
  },
  async end(stage, { machines, apartMs }, id) {
    const back: Promise<void>[] = []
    for (const machine of machines) {
      // Nobody waits for one that hangs.
      back.push(stage.bringBack(machine, id))
      await stage.cluster.runFor(apartMs)
    }
    await Promise.all(back)
  },
})

/**
 * Machines are clogged one after the other, and freed one after the other in another order (F22).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const swizzle = nemesis<{
  readonly clogged: readonly string[]
  readonly freed: readonly string[]
  readonly delayMs: number
  readonly stepMs: number
}>({
  kind: 'swizzle',
  // It is over by itself.
  lastsMs: [20_000, 60_000],
  draw({ chance, machines }) {
    const clogged = chance.sample(machines, chance.between(1, machines.length))
    return {
      clogged,
      freed: chance.sample(clogged, clogged.length),
      delayMs: chance.pick([1_000, 3_000, 10_000]),
      stepMs: chance.pick([200, 1_000]),
    }
  },
  async begin(stage, { clogged, freed, delayMs, stepMs }, id) {
    const { cluster } = stage
    const steps = [...clogged.map((_, at) => clogged.slice(0, at + 1)), ...freed.map((_, at) => freed.slice(at + 1))]
    for (const machines of steps) {
      if (!stage.isOn(id)) return
      cluster.more?.clog(id, machines, delayMs)
      await cluster.runFor(stepMs)
    }
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

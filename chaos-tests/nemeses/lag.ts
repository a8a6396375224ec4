/**
 * What comes from one machine, or what goes to it, is late, and the other way is not; or both, as over a satellite (F16).
 *
 * @module
 */
import type { OneWay } from '../cluster.ts'
import { nemesis } from '../fault.ts'

export const lag = nemesis<{ readonly ways: readonly OneWay[]; readonly delayMs: number; readonly jitterMs: number }>({
  kind: 'lag',
  lastsMs: [2_000, 60_000],
  draw({ chance, machines }) {
    const [far = '', ...others] = chance.sample(machines, machines.length)
    const [from, to] = chance.pick([
      [true, false],
      [false, true],
      [true, true],
    ])
    const ways = others.flatMap((near) => [
      ...(from ? [{ from: far, to: near }] : []),
      ...(to ? [{ from: near, to: far }] : []),
    ])
    return { ways, delayMs: chance.pick([100, 300, 500, 2_000]), jitterMs: chance.pick([0, 20, 100]) }
  },
  async begin({ cluster }, { ways, ...late }, id) {
    cluster.more?.lag(id, ways, late)
  },
  async end({ cluster }, _, id) {
    cluster.more?.mend(id)
  },
})

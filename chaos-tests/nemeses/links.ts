/**
 * Single links are dead while the machines at their ends reach each other by others: one, one way or both; all of a ring but those
 * between near neighbours, so that each machine sees another majority; or all between two groups but those of one machine in
 * the middle (F11, F12, F13). Regions lose each other (F50).
 *
 * @module
 */
import type { OneWay } from '../cluster.ts'
import { nemesis } from '../fault.ts'

export const links = nemesis<{ readonly ways: readonly OneWay[] }>({
  kind: 'links',
  lastsMs: [1_000, 60_000],
  draw({ chance, machines }) {
    const shuffled = chance.sample(machines, machines.length)
    const shape = chance.pick([oneDead, oneDeaf, ringOf, bridgeOf, regionsOf])
    // Regions are by number.
    return { ways: shape(shape === regionsOf ? machines : shuffled) }
  },
  begin: ({ cluster }, { ways }, id) => cluster.cutWays(id, ways),
  end: ({ cluster }, _, id) => cluster.mendNetwork(id),
})

function oneDeaf([from, to]: readonly string[]): OneWay[] {
  return from === undefined || to === undefined ? [] : [{ from, to }]
}

function oneDead(machines: readonly string[]): OneWay[] {
  return between(machines.slice(0, 1), machines.slice(1, 2))
}

/** Each is left with its next neighbours on both sides, which with it are the smallest majority or nearly so. */
function ringOf(machines: readonly string[]): OneWay[] {
  const near = Math.max(1, Math.floor(machines.length / 4))
  return machines.flatMap((from, at) =>
    machines.flatMap((to, place) => {
      const apart = Math.abs(at - place)
      const steps = Math.min(apart, machines.length - apart)
      return steps > near ? [{ from, to }] : []
    }),
  )
}

function bridgeOf([, ...machines]: readonly string[]): OneWay[] {
  const half = Math.ceil(machines.length / 2)
  return between(machines.slice(0, half), machines.slice(half))
}

function regionsOf(machines: readonly string[]): OneWay[] {
  const isOdd = (_: string, number: number): boolean => number % 2 === 1
  return between(
    machines.filter((machine, number) => !isOdd(machine, number)),
    machines.filter(isOdd),
  )
}

function between(some: readonly string[], others: readonly string[]): OneWay[] {
  return some.flatMap((one) =>
    others.flatMap((other) => [
      { from: one, to: other },
      { from: other, to: one },
    ]),
  )
}

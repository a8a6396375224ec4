import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { machineNames } from '../cluster.ts'
import { drawFaults } from '../plan.ts'
import { planOf } from '../sim/simulate.ts'
import { Stream } from '../sim/random.ts'
import { NEMESES } from './index.ts'

const KINDS = NEMESES.map(({ kind }) => kind)
const TABLE = readFileSync(join(import.meta.dirname, '../../docs/faults.md'), 'utf8')
const DRAWINGS = 200

test('[NEM1] what a nemesis draws is data, of any number of machines, and names machines that are there', () => {
  for (const { kind, draw } of NEMESES) {
    for (const count of [1, 2, 3, 7]) {
      const machines = machineNames(count)
      const chance = new Stream(count, kind)
      for (let at = 0; at < DRAWINGS; at++) {
        const what = draw({ chance, machines })
        expect(JSON.parse(JSON.stringify(what)), kind).toEqual(what)
        const named = JSON.stringify(what).match(new RegExp(machineNames(12).join('|'), 'g')) ?? []
        for (const name of named) expect(machines, kind).toContain(name)
      }
    }
  }
})

test('[NEM1] every kind stands in the table of faults, and every kind of the table is one', () => {
  const told = new Set([...TABLE.matchAll(/`nemeses\/([\w-]+)\.ts`/g)].map(([, file = '']) => file))
  expect([...told].toSorted()).toEqual(KINDS.toSorted())
})

test('[NEM2] whether a kind occurs, and what it draws, does not hang on which other kinds there are', () => {
  const machines = machineNames(5)
  const of = (kinds: readonly string[], pauseMs: number): unknown =>
    drawFaults(7, { kinds, machines, safetyMs: 600_000, pauseMs }).filter(({ kind }) => kind === 'crash')
  expect(of(['crash'], 12_000)).not.toEqual([])
  // As often, where one of two comes twice as often in all.
  expect(of(['crash', 'flap'], 6_000)).toEqual(of(['crash'], 12_000))

  const runs = Array.from({ length: 300 }, (_, seed) => planOf(seed).kinds)
  for (const kind of KINDS) {
    const count = runs.filter((kinds) => kinds.includes(kind)).length
    expect(count, kind).toBeGreaterThan(60)
    expect(count, kind).toBeLessThan(200)
  }
  const sizes = runs.map(({ length }) => length)
  expect(Math.min(...sizes)).toBeLessThan(4)
  expect(Math.max(...sizes)).toBeGreaterThan(KINDS.length / 2)
})

test('[NEM3] of those that live on one keeps its disk', () => {
  for (let seed = 0; seed < 200; seed++) {
    const { core, faults, machines } = planOf(seed, { kinds: ['wipe'], safetyMs: 240_000, pauseMs: 3_000 })
    const wiped = new Set(faults.map(({ what }) => (what as { machine: string }).machine))
    const kept = core.filter((index) => !wiped.has(machineNames(machines)[index] ?? ''))
    expect(kept.length, `seed ${seed}`).toBeGreaterThan(0)
  }
})

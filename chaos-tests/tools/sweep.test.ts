import { expect, test } from 'vitest'
import { Violation } from '../checker.ts'
import { planOf, SeedFailed, simulate } from '../sim/simulate.ts'
import type { Plan } from '../plan.ts'
import type { Outing } from './summary.ts'
import { sweep, type SweepOptions } from './sweep.ts'

const MINUTE_MS = 60_000
const RUN_MS = 6_000

function outing(plan: Plan): Outing {
  const kept = { plan, simulatedMs: 3 * MINUTE_MS }
  if (plan.seed % 4 !== 3) return kept
  const what = `P4: seed ${plan.seed}\nand more`
  return {
    ...kept,
    failure: { breach: { rule: 'P4', mark: 'P4', what }, replay: `R ${plan.seed}`, shrink: `S ${plan.seed}` },
  }
}

async function swept(options: Partial<SweepOptions>): Promise<string> {
  let shown = ''
  let wallMs = 0
  await sweep({
    firstSeed: 1,
    seeds: Number.POSITIVE_INFINITY,
    hours: Number.POSITIVE_INFINITY,
    planOf: (seed) => planOf(seed),
    tryOut: async (plan) => {
      wallMs += RUN_MS
      return outing(plan)
    },
    jobs: 1,
    nowMs: () => wallMs,
    isStopped: () => false,
    ...options,
    screen: { write: (text) => (shown += text), columns: options.screen?.columns },
  })
  return shown
}

test('[TOOL9] the summary has what was simulated and tried, and for each failure how to see it again', async () => {
  const shown = await swept({ seeds: 40 })
  expect(shown).toContain('40 seeds, 2.00 simulated hours in 4 min 0 s (30 times real time)')
  expect(shown).toContain('P4 broken by 10 seeds\n  seed 3: P4: seed 3\n    replay:  R 3\n    shrink:  S 3\n')
  expect(shown).toContain('and by 23, 27, 31, 35, 39')
  expect(shown).toMatch(/faults: crash \d+ in \d+ seeds, power \d+ in/)
  expect(shown).toMatch(/operations: deployments \d+ in \d+ seeds, churn \d+ in \d+ seeds/)
  expect(shown).toMatch(/machines: 1 in \d+, 2 in \d+/)
})

test('[TOOL9] nothing that never occurred is passed over in silence', async () => {
  const shown = await swept({ seeds: 1, planOf: (seed) => ({ ...planOf(seed), faults: [] }) })
  expect(shown).toContain('faults: crash 0, power 0,')
  expect(shown).toMatch(/marks reached: \d+ of \d+, by seeds: /)
  expect(shown).toContain('not reached: history-cut (a long history was cut)')
  expect(shown).toContain('no failures')
})

test('[TOOL9] without a terminal a line comes now and then, and nothing is written over', async () => {
  const lines = (await swept({ seeds: 25 })).split('\n')
  expect(lines.filter((line) => /^\d+ seeds, .* left$/.test(line))).toEqual([
    '10 seeds, 0.50 h, 2 failed, 1 min 30 s left',
    '20 seeds, 1.00 h, 5 failed, 30 s left',
  ])
  expect(lines.join('')).not.toContain('\r')
})

test('[TOOL9] on a terminal it is a bar, no longer than the line', async () => {
  const shown = await swept({ seeds: 4, screen: { write: () => {}, columns: 50 } })
  const bars = shown.split('\r\u001b[K').filter((part) => part.startsWith('['))
  expect(bars).toHaveLength(4)
  expect(bars[2]).toContain('[############............] 2 seeds')
  expect(Math.max(...bars.map(({ length }) => length))).toBeLessThan(50)
})

test('[TOOL13] so many seeds as there are jobs go on at the same time, each once', async () => {
  const [seen, going] = [new Array<number>(), { now: 0, most: 0 }]
  const tryOut = async (plan: Plan): Promise<Outing> => {
    seen.push(plan.seed)
    going.most = Math.max(going.most, ++going.now)
    await new Promise((resolve) => setImmediate(resolve))
    going.now -= 1
    return outing(plan)
  }
  expect(await swept({ seeds: 11, jobs: 3, tryOut })).toContain('11 seeds,')
  expect(seen.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 11 }, (_, at) => at + 1))
  expect(going.most).toBe(3)
})

test('[TOOL9] it ends when the hours are full, or when somebody wants it to', async () => {
  expect(await swept({ hours: 0.5, seeds: 50 })).toContain('10 seeds, 0.50 simulated hours')
  let asked = 0
  expect(await swept({ isStopped: () => ++asked > 3 })).toContain('3 seeds,')
})

test('[TOOL10] a failure says what was drawn, and the commands that replay and shrink it', async () => {
  const plan = planOf(12, { machines: 1, safetyMs: 1_000 })
  const never = { rule: 'P1', begin: () => ({ watch: () => Promise.reject(new Violation('P1', 'nothing')) }) }
  const error = await simulate(plan, { checkers: [never] }).catch((caught: unknown) => caught)
  if (!(error instanceof SeedFailed)) throw new Error('it did not fail')
  const lines = error.message.split('\n')
  expect(lines[0]).toMatch(/^seed 12 failed at [\d.]+ s: P1: nothing$/)
  expect(lines[1]).toMatch(/drawn: {3}1 machine in \d region/)
  expect(lines[2]).toBe('  replay:  npm run sim -- --seed 12 --machines 1 --safety 1000ms --pause 12000ms')
  expect(lines[3]).toBe('  shrink:  npm run sim -- --shrink 12 --machines 1 --safety 1000ms --pause 12000ms')
})

test('[TOOL10] what was given in place of what is drawn is part of the command', async () => {
  const never = { rule: 'P1', begin: () => ({ watch: () => Promise.reject(new Violation('P1', 'nothing')) }) }
  const plan = planOf(12, { machines: 1, safetyMs: 1_000, kinds: [], workloads: ['steady', 'mending'] })
  await expect(simulate(plan, { checkers: [never] })).rejects.toThrow(
    '--seed 12 --machines 1 --safety 1000ms --pause 12000ms --faults none --workloads steady,mending\n',
  )
})

test('[TOOL10] one that is kept in a file is replayed and shrunk from there: no seed draws what was cut down', async () => {
  const never = { rule: 'P1', begin: () => ({ watch: () => Promise.reject(new Violation('P1', 'nothing')) }) }
  const failed = simulate(planOf(12, { machines: 1 }), { checkers: [never], keptIn: 'kept.json' })
  await expect(failed).rejects.toThrow(
    '  replay:  npm run sim -- --replay kept.json\n  shrink:  npm run sim -- --shrink kept.json',
  )
})

test('[TOOL10] the command draws the same plan, also where nothing was wished for', () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = planOf(seed)
    expect(planOf(seed, { machines: plan.machines, safetyMs: plan.safetyMs })).toEqual(plan)
  }
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { breachOf } from '../breach.ts'
import { Violation, type Checker } from '../checker.ts'
import { machineNames, Stuck } from '../cluster.ts'
import type { Fault } from '../fault.ts'
import type { Plan } from '../plan.ts'
import { SimAlarm } from '../sim/sim-cluster.ts'
import { planOf, simulate, type SeedFailed } from '../sim/simulate.ts'
import type { TraceEntry } from '../sim/trace.ts'
import { readKept, shrinkAndKeep } from './keep.ts'
import { CALMER, withHorizon, withoutMachine } from './plan-cut.ts'
import { shrink, type Failure, type ShrinkOptions } from './shrink.ts'

/** A plan with all kinds of faults in it. */
const PLAN = planOf(31, { machines: 5, safetyMs: 240_000 })

const broken = (rule: string, atMs = 200_000): Failure => ({ breach: { rule, mark: rule, what: rule }, atMs })

function options(tryOut: (plan: Plan) => Failure | undefined, more: Partial<ShrinkOptions> = {}): ShrinkOptions {
  return {
    tryOut: async (plan) => tryOut(plan),
    namesOf: machineNames,
    runsMax: 2_000,
    wallMsMax: 1e9,
    nowMs: () => 0,
    tell: () => {},
    ...more,
  }
}

const idsOf = (plan: Plan): string[] => plan.faults.map(({ id }) => id)

test('[TOOL3] two faults and one operation that break a rule together are what is left', async () => {
  const [first, , third] = PLAN.faults as [Fault, Fault, Fault]
  const operation = PLAN.operations[4]!
  const shrunk = await shrink(
    PLAN,
    options((plan) => {
      const isThere = [first, third].every(({ id }) => idsOf(plan).includes(id))
      return isThere && plan.operations.some(({ id }) => id === operation.id) ? broken('P4') : undefined
    }),
  )
  expect(shrunk?.plan.faults.map(({ id }) => id)).toEqual([first.id, third.id])
  expect(shrunk?.plan.operations.map(({ id }) => id)).toEqual([operation.id])
  expect(shrunk?.isCutShort).toBe(false)
})

test('[TOOL3] the horizon comes down to within a second of what it takes', async () => {
  const shrunk = await shrink(
    PLAN,
    options(({ safetyMs }) => (safetyMs >= 17_300 ? broken('P1', safetyMs) : undefined)),
  )
  expect(shrunk?.plan.safetyMs).toBeGreaterThanOrEqual(17_300)
  expect(shrunk?.plan.safetyMs).toBeLessThan(18_400)
  expect(shrunk?.plan.faults.every(({ fromMs }) => fromMs < 18_400)).toBe(true)
})

test('[TOOL3] machines that it does not take are left out, and chance is calmed', async () => {
  const shrunk = await shrink(
    PLAN,
    options(({ absent }) => (!absent.includes(1) && !absent.includes(3) ? broken('P2') : undefined)),
  )
  expect(shrunk?.plan).toMatchObject({ absent: [0, 2, 4], regions: 1, core: [0, 1], faults: [], operations: [] })
  expect(shrunk?.plan.weather).toEqual({ latencyMs: 0.3, jitterMs: 0 })
  expect(shrunk?.plan).toMatchObject({ kinds: [], workloads: [], lastAlone: null, newcomersStay: true })
})

test('[TOOL3] what breaks another rule is not smaller, it is something else', async () => {
  const shrunk = await shrink(
    PLAN,
    options(({ faults }) => broken(faults.length === PLAN.faults.length ? 'P4' : 'P9')),
  )
  expect(shrunk?.failure.breach.rule).toBe('P4')
  expect(shrunk?.plan.faults.map(({ id }) => id)).toEqual(PLAN.faults.map(({ id }) => id))
})

test('[TOOL3] a plan that does not fail is not shrunk', async () => {
  expect(
    await shrink(
      PLAN,
      options(() => undefined),
    ),
  ).toBe(undefined)
})

test('[TOOL2] it keeps to its runs and to its time, and says that it was cut short', async () => {
  const wanted = PLAN.faults.slice(0, 3).map(({ id }) => id)
  const fails = (plan: Plan): Failure | undefined =>
    wanted.every((id) => idsOf(plan).includes(id)) ? broken('P4') : undefined
  let runs = 0
  const counted = (plan: Plan): Failure | undefined => ((runs += 1), fails(plan))
  const few = await shrink(PLAN, options(counted, { runsMax: 9 }))
  expect([few?.runs, runs, few?.isCutShort]).toEqual([9, 9, true])
  expect(fails(few!.plan)).toBeDefined()
  runs = 0
  const short = await shrink(PLAN, options(counted, { wallMsMax: 5_000, nowMs: () => runs * 1_000 }))
  expect([runs, short?.isCutShort]).toEqual([6, true])
})

test('[TOOL4] a machine that is left out leaves its number behind, and the others keep their names and what is about them', () => {
  const [amber, basil, cedar] = machineNames(3) as [string, string, string]
  const fault = (id: string, what: unknown): Fault => ({ id, kind: 'crash', fromMs: 0, toMs: 1, what })
  const plan: Plan = {
    ...planOf(1, { machines: 3 }),
    core: [0, 1, 2],
    faults: [
      fault('of-basil', { machine: basil }),
      fault('of-cedar', { machine: cedar }),
      fault('of-all', { groups: [[basil], [amber, cedar]] }),
    ],
    operations: [
      { id: 'o', workload: 'deployments', atMs: 0, via: [basil, amber], what: { verb: 'delete', name: 'app0' } },
      { id: 'p', workload: 'deployments', atMs: 0, via: [basil], what: { verb: 'delete', name: 'app0' } },
    ],
  }
  const less = withoutMachine(plan, 1, machineNames(3))!
  expect(less).toMatchObject({ machines: 3, absent: [1], core: [0, 1] })
  expect(less.faults.map(({ id, what }) => [id, what])).toEqual([
    ['of-cedar', { machine: cedar }],
    ['of-all', { groups: [[amber, cedar]] }],
  ])
  expect(less.operations.map(({ id, via }) => [id, via])).toEqual([['o', [amber]]])
  expect(withoutMachine({ ...plan, core: [1] }, 1, machineNames(3))).toBe(undefined)
  expect(withoutMachine(less, 1, machineNames(3))).toBe(undefined)
})

test(
  '[TOOL4] a machine more or less shifts nothing for the others: they start as before',
  { timeout: 60_000 },
  async () => {
    // What a machine does in its first instants, by its own clock: drawn from the streams of its disk and of its lanes.
    const seen = async (plan: Plan): Promise<Record<string, string[]>> => {
      const first: Record<string, TraceEntry[]> = { amber: [], cedar: [] }
      const see = (entry: TraceEntry): void => void first[entry.node]?.push(entry)
      await simulate(withHorizon(plan, 1_000), { trace: { see }, checkers: [] })
      const lines = ([start, ...rest]: TraceEntry[]): string[] =>
        rest.slice(0, 4).map(({ atMs, what, detail, bytes }) => `${atMs - start!.atMs} ${what} ${detail} ${bytes}`)
      return { amber: lines(first['amber']!), cedar: lines(first['cedar']!) }
    }
    const plan: Plan = { ...planOf(5, { machines: 3 }), core: [0, 1, 2] }
    const before = await seen(plan)
    expect(Object.values(before).map(({ length }) => length)).toEqual([4, 4])
    expect(await seen(withoutMachine(plan, 1, machineNames(3))!)).toEqual(before)
  },
)

test('[TOOL3] each thing that can be calmed is one that chance decides', () => {
  const wild: Plan = {
    ...PLAN,
    regions: 2,
    core: [1],
    weather: { latencyMs: 50, jitterMs: 10 },
    clocks: [{ offsetMs: 5 }],
  }
  for (const { calm } of CALMER) expect(calm(wild)).not.toEqual(wild)
})

test('[TOOL3] what no promise names is told apart by what it says, but for names and numbers', () => {
  const alarm = (what: string): string => breachOf(new SimAlarm(what)).mark
  expect(alarm('amber: store-failed {"seq":1}')).toBe(alarm('basil: store-failed {"seq":22,"x":"y"}'))
  expect(alarm('amber: the API failed: 12 of 7d9021b6')).toBe(alarm('cedar: the API failed: 7 of 0a9021b6'))
  expect(alarm('amber: store-failed')).not.toBe(alarm('amber: actor-failed'))
  expect(breachOf(new Stuck('the core is up', 60_000))).toMatchObject({ rule: 'stuck' })
  expect(breachOf(new Error('the core is up')).rule).toBe('thrown')
  expect([breachOf(new Violation('P2', 'a')).mark, breachOf(new Violation('P2', 'b')).mark]).toEqual(['P2', 'P2'])
})

// ---- end to end

const POWER: Fault = { id: 'power-0', kind: 'power', fromMs: 1_000, toMs: 3_000, what: { machine: 'amber' } }
const PAUSE: Fault = { id: 'pause-0', kind: 'pause', fromMs: 2_000, toMs: 2_900, what: { machine: 'basil' } }
const OTHERS: readonly Fault[] = [
  { id: 'crash-0', kind: 'crash', fromMs: 500, toMs: 900, what: { machine: 'cedar' } },
  {
    id: 'loss-0',
    kind: 'loss',
    fromMs: 800,
    toMs: 2_500,
    what: { loss: 0.01, gossipLoss: 0, gossipTwice: 0, gossipLate: 0 },
  },
  { id: 'split-0', kind: 'split', fromMs: 1_200, toMs: 2_600, what: { groups: [['cedar'], ['amber', 'basil']] } },
  { id: 'crash-1', kind: 'crash', fromMs: 2_100, toMs: 2_400, what: { machine: 'cedar' } },
]

/** A bug that nobody wrote: it takes a machine without power while another stands still. */
const stub: Checker = {
  rule: 'P4',
  begin: () => ({
    async watch({ cluster }) {
      const states = cluster.machines.map((machine) => cluster.stateOf(machine))
      if (states.includes('off') && states.includes('paused')) throw new Violation('P4', 'one off, one paused')
    },
  }),
}

test(
  '[TOOL3, TOOL5] end to end: a bug that takes two faults is shrunk to them, and kept as a file that fails again',
  { timeout: 180_000 },
  async () => {
    const faults = [...OTHERS, POWER, PAUSE].toSorted((one, other) => one.fromMs - other.fromMs)
    const drawn = planOf(3, { machines: 3, safetyMs: 4_000 })
    // Two of its operations, so that it takes seconds and not a minute.
    const operations = drawn.operations.slice(0, 2)
    const plan: Plan = { ...drawn, faults, operations, core: [0, 1, 2], lastAlone: null }
    const tryOut = async (tried: Plan): Promise<Failure | undefined> => {
      try {
        await simulate(tried, { checkers: [stub] })
        return undefined
      } catch (error) {
        return error as SeedFailed
      }
    }
    const folder = mkdtempSync(join(tmpdir(), 'shoal-shrink-'))
    try {
      const out = join(folder, 'kept.json')
      const told: string[] = []
      const print = (line: string): void => void told.push(line)
      const wishes = { runsMax: 80, wallMsMax: 120_000, why: undefined, nowMs: () => performance.now() }
      await shrinkAndKeep(plan, { ...wishes, out, print, tryOut })
      const kept = readKept(out)
      expect(kept).toMatchObject({ rule: 'P4', why: 'P4: one off, one paused.', plan: { absent: [2], operations: [] } })
      expect(kept.plan.faults.map(({ id }) => id)).toEqual([POWER.id, PAUSE.id])
      expect(kept.found.node).toBe(process.versions.node)
      expect(told.some((line) => line.includes('smaller'))).toBe(true)
      expect((await tryOut(kept.plan))?.breach.rule).toBe('P4')
      expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(kept)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

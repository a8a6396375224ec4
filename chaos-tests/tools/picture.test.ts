import { expect, test } from 'vitest'
import { Violation } from '../checker.ts'
import type { Fault } from '../fault.ts'
import type { Plan } from '../plan.ts'
import { planOf, simulate, type SeedFailed } from '../sim/simulate.ts'
import { svgOf } from './picture-svg.ts'
import { textOf } from './picture-text.ts'
import { clockOf, inRows, Recorder, ticksOf, type Recording } from './recording.ts'

const SPLIT: Fault = {
  id: 'split-0',
  kind: 'split',
  fromMs: 8_000,
  toMs: 30_000,
  what: { groups: [['amber'], ['basil', 'cedar']] },
}

const RECORDING: Recording = {
  title: 'Seed 1: <three> machines & more',
  endMs: 60_000,
  healedMs: 40_000,
  lanes: [
    {
      machine: 'amber',
      states: [
        { fromMs: 1_000, toMs: 10_000, is: 'up' },
        { fromMs: 10_000, toMs: 20_000, is: 'off' },
        { fromMs: 20_000, toMs: 60_000, is: 'up' },
      ],
      pods: [
        { fromMs: 1_000, toMs: 10_000, is: 4 },
        { fromMs: 10_000, toMs: 60_000, is: 0 },
      ],
      claims: [{ atMs: 5_000, is: 'claimed' }],
      writes: [{ atMs: 6_000, is: 'acked', label: 'create app0 4' }],
    },
    {
      machine: 'basil',
      states: [
        { fromMs: 1_000, toMs: 30_000, is: 'up' },
        { fromMs: 30_000, toMs: 35_000, is: 'paused' },
        { fromMs: 35_000, toMs: 60_000, is: 'agent-down' },
      ],
      pods: [{ fromMs: 1_000, toMs: 60_000, is: 12 }],
      claims: [{ atMs: 50_000, is: 'released' }],
      writes: [
        { atMs: 12_000, is: 'refused', label: 'scale app0 2' },
        { atMs: 45_000, is: 'unknown', label: 'delete app0' },
      ],
    },
  ],
  faults: [
    { fromMs: 8_000, toMs: 30_000, is: SPLIT },
    {
      fromMs: 10_000,
      toMs: 20_000,
      is: { id: 'power-0', kind: 'power', fromMs: 9_000, toMs: 19_000, what: { machine: 'amber' } },
    },
  ],
  breach: { rule: 'P4', mark: 'P4', what: 'P4: 12 pods run', atMs: 60_000 },
}

test('[TOOL11] in letters: a line for each fault and machine, what was worst in each column, and where it broke', () => {
  const lines = textOf(RECORDING, 75).split('\n')
  const line = (name: string): string => lines.find((one) => one.startsWith(name))?.slice(14) ?? ''
  expect(lines.slice(0, 2)).toEqual([RECORDING.title, 'P4: 12 pods run'])
  expect(line('split-0')).toBe(`        [${'-'.repeat(21)}] amber | basil cedar`)
  expect(line('power-0')).toBe(`          [${'-'.repeat(9)}] amber`)
  expect(line('amber')).toBe(` ${'='.repeat(9)}${'_'.repeat(11)}${'='.repeat(39)}`)
  expect(line('basil')).toBe(` ${'='.repeat(29)}zzzzz${'x'.repeat(25)}`)
  expect(lines.filter((one) => one.startsWith('  side')).map((one) => one.slice(14).trim()[0])).toEqual(['A', 'B'])
  expect(lines.filter((one) => one.startsWith('  writes')).map((one) => one.slice(14))).toEqual([
    '      .',
    `${' '.repeat(12)}!${' '.repeat(32)}?`,
  ])
  expect(lines.find((one) => one.endsWith('all faults over'))?.indexOf('^')).toBe(14 + 40)
  expect(lines.find((one) => one.endsWith('P4 broken at 1:00'))?.length).toBe(74)
})

test('[TOOL11] as SVG it is well-formed, says what it shows in words, and holds for light and dark', () => {
  const svg = svgOf(RECORDING)
  expect(tagsOf(svg)).toEqual([])
  expect(svg).toContain('role="img" aria-labelledby="title desc"')
  expect(svg).toContain('<title id="title">Seed 1: &#60;three&#62; machines &#38; more</title>')
  expect(svg).toMatch(
    /<desc id="desc">2 machines over 1:00\. Faults: split amber \| basil cedar from 8 s to 30 s; power/,
  )
  expect(svg).toContain('prefers-color-scheme:dark')
  for (const style of [
    'up',
    'paused',
    'agent-down',
    'off',
    'band',
    'side',
    'acked',
    'refused',
    'unknown',
    'breach',
    'healed',
  ])
    expect(svg, style).toContain(`class="${style}"`)
  expect(svg).not.toMatch(/NaN|undefined/)
})

test('[TOOL11] colours of words are far enough from the ground, in light and in dark', () => {
  const svg = svgOf(RECORDING)
  const [light, dark] = [...svg.matchAll(/--page:[^}]*/g)].map(([vars]) => {
    return Object.fromEntries([...vars.matchAll(/--([\w-]+):(#[0-9a-f]+)/g)].map(([, name, value]) => [name, value!]))
  })
  for (const colours of [light!, dark!]) {
    for (const [ink, ground] of [
      ['ink', 'page'],
      ['soft', 'page'],
      ['bad', 'page'],
      ['ink', 'pods'],
      ['ink', 'paused'],
      ['ink', 'down'],
      ['ink', 'fault-fill'],
      ['page', 'fault'],
    ] as const)
      expect(contrastOf(colours[ink], colours[ground]), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  }
})

/** What is opened and not closed, or the other way round. */
function tagsOf(svg: string): string[] {
  const open: string[] = []
  for (const [, end, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (end === '/') expect(open.pop()).toBe(name)
    else if (self !== '/') open.push(name!)
  }
  return open
}

/** As WCAG 2 has it. */
function contrastOf(one: string, other: string): number {
  const light = [one, other].map((colour) => {
    const hex = colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  })
  return (Math.max(...light) + 0.05) / (Math.min(...light) + 0.05)
}

test(
  '[TOOL11] a run that failed is kept as it was: states, pods, writes, faults and the breach',
  { timeout: 60_000 },
  async () => {
    const recorder = new Recorder()
    const plan: Plan = {
      ...planOf(3, { machines: 2, safetyMs: 8_000 }),
      core: [0, 1],
      operations: [
        {
          id: 'deployments-0',
          workload: 'deployments',
          atMs: 0,
          via: ['amber'],
          what: { verb: 'create', name: 'app0', replicas: 2 },
        },
      ],
      faults: [
        { id: 'power-0', kind: 'power', fromMs: 4_000, toMs: 60_000, what: { machine: 'basil' } },
        { id: 'loss-0', kind: 'loss', fromMs: 1_000, toMs: 2_000, what: { loss: 0.01 } },
      ],
    }
    const fails = { rule: 'P4', begin: () => ({ settle: () => Promise.reject(new Violation('P4', 'at the end')) }) }
    const options = { onlooker: recorder, trace: { see: recorder.see }, checkers: [fails] }
    const failed = await simulate(plan, options).catch((error: unknown) => error as SeedFailed)
    const { breach, atMs } = failed as SeedFailed
    const { lanes, faults, ...recording } = recorder.finish({ title: 'T', atMs, breach })
    expect(recording.breach).toMatchObject({ rule: 'P4', atMs })
    expect(recording.healedMs).toBeLessThanOrEqual(atMs)
    const [amber, basil] = lanes
    expect(amber!.writes).toMatchObject([{ is: 'acked', label: 'create app0 2' }])
    expect(amber!.states.map(({ is }) => is)).toEqual(['up'])
    expect(basil!.states.map(({ is }) => is).slice(0, 2)).toEqual(['up', 'off'])
    expect(Math.max(...lanes.map(({ pods }) => Math.max(...pods.map(({ is }) => is))))).toBeGreaterThan(0)
    expect(lanes.flatMap(({ claims }) => claims).length).toBeGreaterThanOrEqual(2)
    const [loss, power] = faults.toSorted((one, other) => one.fromMs - other.fromMs)
    expect([loss!.is.id, Math.round(loss!.toMs - loss!.fromMs)]).toEqual(['loss-0', 1_000])
    expect([power!.is.id, power!.toMs]).toEqual(['power-0', recording.healedMs])
  },
)

test('[TOOL11] times are round, and bars that touch go into different rows', () => {
  expect(ticksOf(60_000, 12)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60].map((s) => s * 1_000))
  expect([500, 9_000, 75_000, 3_600_000].map(clockOf)).toEqual(['0.5 s', '9 s', '1:15', '60:00'])
  const bars: [number, number][] = [
    [0, 5],
    [6, 9],
    [4, 7],
    [5, 6],
  ]
  expect(inRows(bars, (bar) => bar)).toEqual([
    [
      [0, 5],
      [6, 9],
    ],
    [[4, 7]],
    [[5, 6]],
  ])
})

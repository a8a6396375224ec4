import { expect, test } from 'vitest'
import { machineNames } from '../cluster.ts'
import { planOf } from '../sim/simulate.ts'
import { namesIn } from './plan-cut.ts'
import { parseOptions, watchedOf } from './options.ts'

const parse = (line: string): unknown => parseOptions(line === '' ? [] : line.split(' '), () => {})

test('[TOOL8] options are read with their units', () => {
  expect(
    parse('--seed 7 --machines 3 --safety 90s --trace amber,basil --full --until 1m30s --picture run.svg'),
  ).toMatchObject({
    seed: 7,
    machines: 3,
    safety: 90_000,
    trace: ['amber', 'basil'],
    full: true,
    until: 90_000,
    picture: 'run.svg',
  })
  expect(parse('--shrink 7 --runs 50 --within 2m')).toMatchObject({ shrink: '7', runs: 50, within: 120_000 })
  expect(parse('--mutations')).toMatchObject({ mutations: true })
  expect(parse('--mutations no-refutation,surplus-kept --seeds 9 --keep')).toMatchObject({
    mutations: ['no-refutation', 'surplus-kept'],
    seeds: 9,
    keep: true,
  })
  expect(parse('--seed 7 --pause 3s')).toMatchObject({ pause: 3_000 })
  expect(parse('--scale')).toMatchObject({ scale: true })
  expect(parse('--scale 10,100 --seed 3')).toMatchObject({ scale: [10, 100], seed: 3 })
  expect(parse('--hours 0.5')).toMatchObject({ hours: 0.5 })
})

test.each([
  ['--sede 7', "unknown option '--sede'\n(Did you mean --seed?)"],
  ['seven', 'too many arguments'],
  ['--seed', "option '--seed <n>' argument missing"],
  ['--seed -1', 'option --seed "-1": must be a whole number, 0 or more'],
  ['--seeds 0', 'option --seeds "0": must be a whole number, 1 or more'],
  ['--seeds 1e3', 'option --seeds "1e3": must be a whole number'],
  ['--hours much', 'option --hours "much": must be a number over 0'],
  ['--hours 0', 'option --hours "0": must be a number over 0'],
  ['--until 5q', 'option --until "5q": must be a duration, as 90s, 5m or 1h30m'],
  ['--safety 0s', 'option --safety "0s": must be longer than nothing'],
  ['--trace amber,,basil', 'option --trace "amber,,basil": must be names of machines'],
  ['--picture run.png', 'option --picture "run.png": must end in .svg or .txt, or be -'],
  ['--replay a.json --shrink 7', 'cannot be used with option'],
  ['--bench --seeds 3', 'cannot be used with option'],
  ['--replay a.json --seed 7', 'option --seed changes what is drawn, and --replay draws nothing'],
  ['--hours 1 --picture a.svg', 'option --picture looks at one run: it goes with --seed or --replay, not with --hours'],
  ['--seeds 2 --trace amber', 'option --trace looks at one run: it goes with --seed or --replay, not with --seeds'],
  ['--step', 'option --step needs --trace'],
  ['--full', 'option --full needs --trace'],
  ['--shrink 7 --why flaky', 'option --why "flaky": must be a sentence, with a full stop'],
  ['--out a.json', 'option --out goes with --shrink alone'],
  ['--mutations no-refutatoin', 'option --mutations "no-refutatoin": is none of the catalogue'],
  ['--workloads mendnig', 'option --workloads "mendnig": is none of the catalogue'],
  ['--faults splits', 'did you mean "split"?'],
  ['--mutations --bench', 'cannot be used with option'],
  ['--scale 10,4', 'option --scale "10,4": must be numbers of nodes, each 5 or more, as 10,100'],
  ['--scale many', 'option --scale "many": must be numbers of nodes'],
  ['--scale --bench', 'cannot be used with option'],
  ['--keep', 'option --keep goes with --mutations alone'],
])('[TOOL8] "%s" is refused by the name of the option', (line, error) => {
  expect(() => parse(line)).toThrow(error)
})

test('[TOOL8] why it failed is said in a sentence, before anything is cut down', () => {
  const why = (text: string): unknown => parseOptions(['--shrink', '7', '--why', text], () => {})
  expect(why('A pod came back.')).toMatchObject({ why: 'A pod came back.' })
  expect(() => why('A pod came back')).toThrow('option --why "A pod came back": must be a sentence, with a full stop')
  expect(() => why(`A pod ${'came back '.repeat(200)}.`)).toThrow('must have at most 2000 characters')
  expect(() => parseOptions(['--why', 'A pod came back.'], () => {})).toThrow('option --why goes with --shrink alone')
})

test('[TOOL8] the help names every option', () => {
  let shown = ''
  expect(parseOptions(['--help'], (text) => (shown += text))).toBe(undefined)
  for (const name of 'seed seeds hours replay trace until picture shrink mutations scale bench'.split(' '))
    expect(shown).toContain(`--${name}`)
})

test('[TOOL8] a machine that joins during the run can be watched, one that is left out cannot', () => {
  const join = { id: 'members-0', workload: 'members', atMs: 0, via: ['amber'], what: { verb: 'join' } }
  const plan = { ...planOf(1, { machines: 3 }), absent: [1], operations: [join] }
  expect(namesIn(plan, machineNames)).toEqual(['amber', 'cedar', 'dune'])
})

test('[TOOL8] lines are wanted of machines that are there', () => {
  expect(watchedOf(['basil'], ['amber', 'basil'])).toEqual(new Set(['basil']))
  expect(watchedOf(['all'], ['amber', 'basil'])).toBe(undefined)
  expect(() => watchedOf(['bazil'], ['amber', 'basil'])).toThrow(
    'option --trace "bazil": the machines of this run are amber, basil; did you mean "basil"?',
  )
})

test('[TOOL15] at another pace users do the same in other times, and faults are as they were', () => {
  const [usual, slow] = [planOf(7, { safetyMs: 60_000 }), planOf(7, { safetyMs: 600_000, pace: 10 })]
  expect(slow.operations).toEqual(usual.operations.map((one) => ({ ...one, atMs: one.atMs * 10 })))
  expect(slow.faults.slice(0, usual.faults.length)).toEqual(usual.faults)
  expect(parse('--hours 500 --pace 10')).toMatchObject({ hours: 500, pace: 10 })
})

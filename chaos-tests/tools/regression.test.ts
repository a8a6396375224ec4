import { expect, test } from 'vitest'
import { machineNames } from '../cluster.ts'
import { planOf } from '../sim/simulate.ts'
import { fileNameOf, readRegression, writeRegression, type Regression } from './regression.ts'

const FOUND = { git: '0123abc', node: '20.20.0', automerge: '3.5.0' }
const REGRESSION: Regression = {
  rule: 'P2',
  why: 'A pod came back.',
  found: FOUND,
  plan: { ...planOf(8, { machines: 4, safetyMs: 240_000 }), absent: [2], core: [0, 2], lastAlone: 2 },
}

const read = (text: string): Regression => readRegression('kept.json', text, machineNames)

test('[TOOL5] what is written is read again, whatever was drawn', () => {
  for (let seed = 0; seed < 30; seed++) {
    const regression = { ...REGRESSION, plan: planOf(seed) }
    expect(read(writeRegression(regression))).toEqual(regression)
  }
  expect(fileNameOf(REGRESSION)).toBe('P2-8.json')
})

/** `value` undefined: the field is left out. */
function edited(path: string, value: unknown): string {
  const file = structuredClone(REGRESSION) as unknown
  const names = path.split('.')
  const last = names.pop()!
  const holder = names.reduce((at, name) => (at as Record<string, unknown>)[name], file) as Record<string, unknown>
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return JSON.stringify(file)
}

test.each<[what: string, path: string, value: unknown, error: string]>([
  ['a rule that nobody checks', 'rule', 'P99', 'rule must be one of P1,'],
  ['a why that is no sentence', 'why', 'flaky', 'why must be a sentence'],
  ['no versions', 'found.node', undefined, 'found.node is missing'],
  ['a field of another format', 'plan.colour', 1, 'plan.colour is not known here'],
  ['a field less', 'plan.clocks', undefined, 'plan.clocks is missing'],
  ['a number out of bounds', 'plan.safetyMs', -1, 'plan.safetyMs must be between 0 and'],
  ['weather of another kind', 'plan.weather.fog', 1, 'plan.weather.fog is not known here'],
  ['a nemesis that is gone', 'plan.faults.0.kind', 'flood', 'plan.faults[0].kind must be one of crash,'],
  [
    'a fault of another shape',
    'plan.faults.0.what',
    { colours: [] },
    'plan.faults[0].what is an object of colours, which the nemesis',
  ],
  [
    'a deed with another type in it',
    'plan.operations.0.what.name',
    7,
    'plan.operations[0].what.name is a number, which deployments do not draw',
  ],
  ['a door that is not there', 'plan.operations.0.via', ['mars'], 'plan.operations[0].via[0] must be one of amber,'],
  ['a core of nobody', 'plan.core', [], 'plan.core must name one or more of the 3 machines'],
  ['a core of who is not there', 'plan.core', [0, 3], 'plan.core must name one or more of the 3 machines'],
  ['one who boots alone and is dead', 'plan.lastAlone', 1, 'plan.lastAlone must be null or one of the core, 0, 2'],
  ['no machine', 'plan.machines', 0, 'plan.machines must be between 1 and'],
])('[TOOL6] %s is refused by its name', (_, path, value, error) => {
  expect(() => read(edited(path, value))).toThrow(`kept.json: ${error}`)
})

test('[TOOL6] what is no JSON, or no object, is refused', () => {
  expect(() => read('{"plan":')).toThrow('kept.json: is not JSON')
  expect(() => read('[]')).toThrow('kept.json: the file must be an object')
})

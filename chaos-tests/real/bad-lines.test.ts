import { expect, test } from 'vitest'
import { byWays } from '../cluster.ts'
import { BadLines, endsOf, touching } from './bad-lines.ts'

const MACHINES = ['amber', 'basil', 'cedar']
const [AMBER, BASIL, CEDAR] = MACHINES as [string, string, string]

/** `amber: amber>basil 200`, a cable with its ways and their delays. */
function told(lines: BadLines): string[] {
  return [...lines.cables(MACHINES)].map(
    ([machine, ways]) => `${machine}: ${ways.map(({ from, to, delayMs }) => `${from}>${to} ${delayMs}`).join(', ')}`,
  )
}

test('[LAB29] each way is made bad once, though both its ends have bad cables, and by no cable of another machine', () => {
  const lines = new BadLines()
  lines.set('one', { isHit: touching([BASIL]), machines: [BASIL], delayMs: 100 })
  expect(told(lines)).toEqual(['basil: amber>basil 100, basil>amber 100, basil>cedar 100, cedar>basil 100'])
  lines.set('both', { isHit: touching([AMBER, BASIL]), machines: [AMBER, BASIL], delayMs: 10 })
  expect(told(lines)).toEqual([
    'amber: amber>basil 110, amber>cedar 10, cedar>amber 10',
    'basil: basil>amber 110, basil>cedar 110, cedar>basil 110',
  ])
  expect([lines.lateMs(AMBER, BASIL), lines.lateMs(AMBER, CEDAR), lines.lateMs(AMBER, AMBER)]).toEqual([110, 10, 0])
  expect([lines.mend('both'), lines.mend('both')]).toEqual([true, false])
  lines.mend('one')
  expect(told(lines)).toEqual([])
})

test('[LAB25] faults on one way add up where they delay, and of shares the worst counts', () => {
  const lines = new BadLines()
  const isHit = byWays([{ from: AMBER, to: BASIL }])
  lines.set('one', { isHit, machines: [AMBER], delayMs: 100, jitterMs: 5, late: 0.1 })
  lines.set('other', { isHit, machines: [AMBER], delayMs: 20, jitterMs: 1, late: 0.3, flipped: 0.01 })
  expect(lines.cables(MACHINES).get(AMBER)).toEqual([
    { from: AMBER, to: BASIL, delayMs: 120, jitterMs: 6, late: 0.3, twice: 0, flipped: 0.01 },
  ])
  expect([lines.isNoisy(AMBER, BASIL), lines.isNoisy(BASIL, AMBER)]).toEqual([true, false])
})

test('[LAB29] the machine that all ways have in common has the bad cable, or all that say something', () => {
  const far = [
    { from: BASIL, to: AMBER },
    { from: CEDAR, to: AMBER },
    { from: AMBER, to: CEDAR },
  ]
  expect(endsOf(far)).toEqual([AMBER])
  expect(endsOf([...far, { from: BASIL, to: CEDAR }])).toEqual([BASIL, CEDAR, AMBER])
  expect(endsOf([])).toEqual([])
})

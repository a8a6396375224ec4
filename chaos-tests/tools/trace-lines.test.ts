import { expect, test } from 'vitest'
import type { Done } from '../history.ts'
import { planOf, simulate } from '../sim/simulate.ts'
import { TraceLines } from './trace-lines.ts'

function lines(isFull: boolean): { readonly printed: string[]; readonly lines: TraceLines } {
  const printed: string[] = []
  return { printed, lines: new TraceLines({ isFull, print: (line) => printed.push(line) }) }
}

const UID = '7d9021b6-6859-8431-9ad7-f3b38a8b09a6'

test('[TOOL12] a line is time, machine, what and facts; uids are short, and who said it stands behind', () => {
  const { printed, lines: trace } = lines(false)
  const detail = JSON.stringify({ actor: `pod/${UID}`, uid: UID, pod: 'web-1', slots: [1, 2] })
  trace.see({ atMs: 12_345.6, node: 'amber', what: 'log:pod-state', detail, bytes: undefined })
  trace.see({ atMs: 13_000, node: 'basil', what: 'stop', detail: UID, bytes: undefined })
  expect(printed).toEqual([
    '   12.346  amber   pod-state     uid=7d9021b6 pod=web-1 slots=[1,2]  (pod/7d9021b6)',
    '   13.000  basil   stop          7d9021b6',
  ])
})

test('[TOOL12] faults, and what users were told, stand among them', () => {
  const { printed, lines: trace } = lines(false)
  const fault = { id: 'split-1', kind: 'split', fromMs: 0, toMs: 1, what: { groups: [['amber'], ['basil', 'cedar']] } }
  trace.fault(fault, 'begun', 1_000)
  trace.fault(fault, 'over', 2_000)
  const operation = {
    id: 'deployments-3',
    workload: 'deployments',
    atMs: 0,
    via: ['amber'],
    what: { verb: 'delete', name: 'app1' },
  }
  const answer = { status: 409, headers: {}, body: {} }
  const done: Done = { operation, startMs: 2_500, endMs: 3_000, outcome: { is: 'refused', answer, machine: 'amber' } }
  trace.answered(done)
  trace.answered({ ...done, outcome: { is: 'unreached' } })
  trace.healed(['amber', 'basil'], 4_000)
  expect(printed).toEqual([
    '    1.000  *       FAULT         split-1  amber | basil cedar',
    '    2.000  *       over          split-1  amber | basil cedar',
    '    3.000  *       refused       deployments-3  delete app1, by amber in 500 ms (409)',
    '    3.000  *       unreached     deployments-3  delete app1, nobody listens in 500 ms',
    '    4.000  *       HEALED        amber basil live on',
  ])
})

test('[TOOL12] frames, gossip and writes to disks are there where all is asked for, with names in place of peer ids', async () => {
  const seen = async (isFull: boolean): Promise<string> => {
    const { printed, lines: trace } = lines(isFull)
    const plan = { ...planOf(2, { machines: 2, safetyMs: 1_000 }), core: [0, 1], faults: [] }
    await simulate(plan, { onlooker: trace, trace: { watched: new Set(['amber']), see: trace.see }, checkers: [] })
    return printed.join('\n')
  }
  const [full, brief] = [await seen(true), await seen(false)]
  expect(full).toMatch(/amber {3}frame {9}to basil, \d+ bytes/)
  expect(full).toMatch(/amber {3}append {8}log \d+ bytes/)
  expect(full).not.toContain('12D3Koo')
  expect(brief).not.toMatch(/ (frame|append|gossip|replace) /)
  expect(brief).toContain('amber   start         boot 1')
  expect(full).not.toMatch(/\d {2}basil/)
})

import { expect, test } from 'vitest'
import type { Verdict } from '../../crdt/index.ts'
import { patienceMs, PATIENCE_MS, PATIENCE_MS_MAX } from './patience.ts'

test.each<{ verdict: Verdict; roundTripMs?: number; waitsMs: number }>([
  { verdict: 'alive', waitsMs: PATIENCE_MS },
  { verdict: 'alive', roundTripMs: 100, waitsMs: PATIENCE_MS + 200 },
  { verdict: 'alive', roundTripMs: 60_000, waitsMs: PATIENCE_MS_MAX },
  { verdict: 'unreachable', roundTripMs: 100, waitsMs: 0 },
  { verdict: 'agent-gone', waitsMs: 0 },
  { verdict: 'lost', waitsMs: 0 },
])(
  '[AUC7] a bidder that is $verdict, its beats $roundTripMs ms away, is waited for $waitsMs ms',
  ({ waitsMs, ...of }) => {
    expect(patienceMs({ verdict: of.verdict }, of.roundTripMs)).toBe(waitsMs)
  },
)

test('[AUC7] a bidder nobody has heard of is not waited for', () => {
  expect(patienceMs(undefined)).toBe(0)
})

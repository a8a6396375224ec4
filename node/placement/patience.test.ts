import { expect, test } from 'vitest'
import type { Verdict } from '../../crdt/index.ts'
import { NEW_MS, NEW_PATIENCE_MS, patienceMs, PATIENCE_MS, PATIENCE_MS_MAX } from './patience.ts'

const NOW_MS = 1_000_000

test.each<{ verdict: Verdict; roundTripMs?: number; forMs?: number; waitsMs: number }>([
  { verdict: 'alive', waitsMs: PATIENCE_MS },
  { verdict: 'alive', roundTripMs: 100, waitsMs: PATIENCE_MS + 200 },
  { verdict: 'alive', roundTripMs: 700, waitsMs: PATIENCE_MS + 1_400 },
  { verdict: 'alive', roundTripMs: 60_000, waitsMs: PATIENCE_MS_MAX },
  { verdict: 'alive', forMs: NEW_MS - 1, waitsMs: NEW_PATIENCE_MS },
  { verdict: 'alive', forMs: NEW_MS - 1, roundTripMs: 100, waitsMs: NEW_PATIENCE_MS + 200 },
  { verdict: 'unreachable', forMs: 0, waitsMs: 0 },
  { verdict: 'unreachable', roundTripMs: 100, waitsMs: 0 },
  { verdict: 'agent-gone', waitsMs: 0 },
  { verdict: 'lost', waitsMs: 0 },
])(
  '[AUC7] a bidder that is $verdict, started $forMs ms ago, its beats $roundTripMs ms away, is waited for $waitsMs ms',
  ({ verdict, roundTripMs, forMs = NEW_MS, waitsMs }) => {
    expect(patienceMs({ verdict, fact: { startedAtMs: NOW_MS - forMs } }, { atMs: NOW_MS, roundTripMs })).toBe(waitsMs)
  },
)

test('[AUC7] a bidder nobody has heard of is not waited for', () => {
  expect(patienceMs(undefined, { atMs: NOW_MS })).toBe(0)
})

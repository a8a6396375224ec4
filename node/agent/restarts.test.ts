import { expect, test } from 'vitest'
import {
  adoptedRestarts,
  afterExit,
  afterUnseenExit,
  backOffMs,
  FORGIVEN_AFTER_MS,
  mayRestart,
  NO_RESTARTS,
  policyOf,
} from './restarts.ts'

test('[RST1] the first restart is at once, then the pause doubles from 10 s to 300 s', () => {
  const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((crashes) => backOffMs(crashes) / 1_000)
  expect(seconds).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300])
})

test('[RST1] the pause counts from the end of the run', () => {
  const once = afterExit(NO_RESTARTS, { ranMs: 5, monoMs: 1_000 })
  expect(once).toEqual({ crashes: 1, notBeforeMs: 1_000 })
  expect(afterExit(once, { ranMs: 5, monoMs: 1_010 })).toEqual({ crashes: 2, notBeforeMs: 11_010 })
})

test.each([
  { ranMs: FORGIVEN_AFTER_MS - 1, crashes: 8 },
  { ranMs: FORGIVEN_AFTER_MS, crashes: 1 },
])('[RST2] after a run of $ranMs ms it is crash number $crashes', ({ ranMs, crashes }) => {
  expect(afterExit({ crashes: 7, notBeforeMs: 0 }, { ranMs, monoMs: 0 }).crashes).toBe(crashes)
})

test('[RST3] a container found at its fourth attempt goes on with its fourth pause', () => {
  expect(afterExit(adoptedRestarts(4), { ranMs: 5, monoMs: 0 }).notBeforeMs).toBe(backOffMs(5))
})

test.each([
  { ranMs: FORGIVEN_AFTER_MS - 1, crashes: 4 },
  { ranMs: FORGIVEN_AFTER_MS, crashes: 0 },
])('[RST6] one that ended while nobody looked, after $ranMs ms, is due at once and has $crashes crashes', (run) => {
  const { crashes, notBeforeMs } = afterUnseenExit(adoptedRestarts(4), { ranMs: run.ranMs, monoMs: 70 })
  expect([crashes, notBeforeMs]).toEqual([run.crashes, 70])
})

test.each([
  { policy: 'Always', exitCode: 0, restarts: true },
  { policy: 'Always', exitCode: 1, restarts: true },
  { policy: 'OnFailure', exitCode: 0, restarts: false },
  { policy: 'OnFailure', exitCode: 1, restarts: true },
  { policy: 'Never', exitCode: 0, restarts: false },
  { policy: 'Never', exitCode: 1, restarts: false },
] as const)('[RST4] $policy after exit code $exitCode: restarted is $restarts', ({ policy, exitCode, restarts }) => {
  expect(mayRestart(policy, exitCode)).toBe(restarts)
})

test.each([
  { role: 'main', pod: 'Never', policy: 'Never' },
  { role: 'main', pod: 'Always', policy: 'Always' },
  { role: 'sidecar', pod: 'Never', policy: 'Always' },
  { role: 'init', pod: 'Always', policy: 'OnFailure' },
  { role: 'init', pod: 'OnFailure', policy: 'OnFailure' },
  { role: 'init', pod: 'Never', policy: 'Never' },
] as const)('[RST5] a $role of a pod under $pod is held to $policy', ({ role, pod, policy }) => {
  expect(policyOf(role, pod)).toBe(policy)
})

/**
 * Time and its bounds in tests that share their machine with others. For tests only.
 *
 * @module
 */
import { verify } from 'node:crypto'
import { identity } from './testing.ts'

/** CPU time of one verification on the free machine on which the bounds were set (`research/ecosystem.md`), us. */
const VERIFY_US = 69

/** How much slower than that this machine is now: tests that bound a time share it with others. At least 1. */
export function slowdown(): number {
  const { publicKey, sign: signWith } = identity('clock')
  const bytes = new Uint8Array(100)
  const signature = signWith(bytes)
  const best = Math.min(
    ...Array.from({ length: 20 }, () =>
      cpuMsOf(() => {
        for (let times = 0; times < 10; times++) verify(null, bytes, publicKey, signature)
      }),
    ),
  )
  return Math.max(1, (best * 1000) / 10 / VERIFY_US)
}

/** CPU time, not wall time: a process that waits for its turn does not block its loop for it. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

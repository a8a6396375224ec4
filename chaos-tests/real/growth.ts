/**
 * How work grows with its size, in the processor's time of this process alone: a bound that a busy machine does not break.
 *
 * @module
 */

/** Takes the quicker of so many tries: what else ran in this process only ever adds. */
const TRIES = 3
/** Less than this the kernel does not tell apart. */
const CLOCK_MS = 0.05

/** How many times as long the work takes at `times` the size: about `times` where it is linear, its square where it is not. */
export function growth(work: (size: number) => void, { size, times }: { size: number; times: number }): number {
  work(size) // compiled
  const [small, large] = [cpuMs(() => work(size)), cpuMs(() => work(size * times))]
  return large / Math.max(CLOCK_MS, small)
}

function cpuMs(work: () => void): number {
  const tries = Array.from({ length: TRIES }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...tries)
}

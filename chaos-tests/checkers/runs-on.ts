/**
 * Whoever stops an agent stops nothing else: what runs on its machine then runs on, the same containers, until it is back.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import type { Run } from '../cluster.ts'

/** Programs that fail by themselves do so sooner. */
const STEADY_MS = 10_000

export const runsOn: Checker = {
  rule: 'LAB30',
  begin: () => {
    /** Since when each run is seen. */
    const seenMs = new Map<string, number>()
    return {
      async watch({ cluster }) {
        const stopped = (machine: string): boolean => cluster.stateOf(machine) === 'stopped'
        // Those that are stopped before and after the look: one that was started meanwhile may stop what it likes.
        const before = cluster.machines.filter(stopped)
        const starts = new Map(cluster.machines.map((machine) => [machine, cluster.startsOf(machine)]))
        const now = new Set((await cluster.runs()).map(keyOf))
        const nowMs = cluster.nowMs()
        const still = before.filter((machine) => stopped(machine) && cluster.startsOf(machine) === starts.get(machine))
        for (const [run, sinceMs] of seenMs) {
          if (now.has(run)) continue
          seenMs.delete(run)
          const machine = still.find((each) => run.startsWith(`${each} `))
          if (machine !== undefined && nowMs - sinceMs >= STEADY_MS)
            throw new Violation('LAB30', `on ${machine} its agent alone was stopped, and with it ended ${run}`)
        }
        for (const run of now) if (!seenMs.has(run)) seenMs.set(run, nowMs)
      },
    }
  },
}

function keyOf({ machine, pod, uid, start }: Run): string {
  return `${machine} ${pod} (${uid} of ${start})`
}

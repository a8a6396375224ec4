/**
 * What ends again and again is started ever more rarely ([RST1]): in any ten seconds a container is started twice, and once more
 * for each start of its agent or its machine. Looked at where the machines' engines tell of every start.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'

/** From the second end on, less what a clock may go wrong in that time. */
const BACK_OFF_MS = 9_900
const STARTS_MAX = 2
/** An agent's start is seen by a look, some time after. */
const SEEN_MS = 1_000

export const backOff: Checker = {
  rule: 'RST1',
  begin: () => {
    /** Of agents, by machine. */
    const agents = new Map<string, { count: number; readonly timesMs: number[] }>()
    const recent = new Map<string, number[]>()
    let seen = 0
    return {
      async watch({ cluster }) {
        for (const machine of cluster.machines) {
          const count = cluster.startsOf(machine)
          const known = agents.get(machine) ?? { count, timesMs: [] }
          for (; known.count < count; known.count++) known.timesMs.push(cluster.nowMs())
          agents.set(machine, known)
        }
        const starts = cluster.more?.starts() ?? []
        for (const { machine, uid, atMs } of starts.slice(seen)) {
          const sinceMs = atMs - BACK_OFF_MS
          const times = [...(recent.get(uid) ?? []).filter((each) => each > sinceMs), atMs]
          recent.set(uid, times)
          const agentStarts = agents.get(machine)?.timesMs.filter((each) => each > sinceMs - SEEN_MS).length ?? 0
          if (times.length <= STARTS_MAX + agentStarts) continue
          throw new Violation(
            'RST1',
            `${machine} started the container of ${uid} ${times.length} times within ${BACK_OFF_MS} ms, and its agent ${agentStarts} times`,
          )
        }
        seen = starts.length
      },
    }
  },
}

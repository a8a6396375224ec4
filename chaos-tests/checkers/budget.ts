/**
 * A budget of messages: what the nodes send to one another is bounded by what happens and by the number of links, which does
 * not grow with the cluster beyond twelve machines. Measured on 2 to 12 healthy machines: 2 frames a second for each link's
 * end and 1 a node; of one write one frame a link's end; of a pod's start three.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import type { Cluster } from '../cluster.ts'
import type { History } from '../history.ts'
import { isJoin } from '../workloads/members.ts'
import { Outlook } from './outlook.ts'

/** A node keeps no more links ([OVL2]). */
const LINKS_MAX = 16
/** For each end of a link; some twice what was measured. */
const PER_SECOND = 4
const PER_WRITE = 4
/** A pod's start or end: bids, claims, states. */
const PER_POD = 8
/** Something breaks or is mended: suspicions, verdicts, comparisons, and claims anew. */
const PER_FAULT = 40

/** The most that so much may cost. */
export function frameBudget(happened: {
  readonly machines: number
  readonly seconds: number
  readonly writes: number
  readonly pods: number
  readonly faults: number
}): number {
  const { machines, seconds, writes, pods, faults } = happened
  const ends = machines * Math.min(machines - 1, LINKS_MAX)
  return ends * (PER_SECOND * seconds + PER_WRITE * writes + PER_POD * pods + PER_FAULT * faults)
}

export const budget: Checker = {
  rule: 'CHK8',
  begin: () => {
    const outlook = new Outlook()
    let began: { readonly atMs: number; readonly frames: number } | undefined
    let running = new Set<string>()
    let pods = 0
    let faults = 0
    let lastKeyMs: number | undefined
    const look = async (cluster: Cluster): Promise<void> => {
      began ??= { atMs: cluster.nowMs(), frames: cluster.frames() }
      outlook.look(cluster)
      if (lastKeyMs !== outlook.quietSinceMs) faults += 1
      lastKeyMs = outlook.quietSinceMs
      const now = new Set((await cluster.runs()).map(({ uid }) => uid))
      pods += [...now].filter((uid) => !running.has(uid)).length + [...running].filter((uid) => !now.has(uid)).length
      running = now
    }
    return {
      watch: ({ cluster }) => look(cluster),
      async settle({ cluster, history }) {
        await look(cluster)
        const seconds = (cluster.nowMs() - began!.atMs) / 1_000
        const sent = cluster.frames() - began!.frames
        // Who was turned away, or went again at once, has spoken too.
        const machines = cluster.machines.length + history.begun.filter(isJoin).length - history.joins.length
        const happened = { machines, seconds, writes: writesIn(history), pods, faults }
        const allowed = frameBudget(happened)
        if (sent > allowed)
          throw new Violation(
            'CHK8',
            `${sent} frames were sent for ${JSON.stringify(happened)}: at most ${allowed} may`,
          )
      },
    }
  },
}

function writesIn({ done }: History): number {
  return done.filter(({ outcome }) => outcome.is !== 'unreached').length
}

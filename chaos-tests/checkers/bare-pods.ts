/**
 * Pods that somebody wrote: of one that serves there is one, wherever it had to go; one that has done its work, or failed at it, is
 * not begun again by a node that knows.
 *
 * @module
 */
import { comesRight, type Checker, type Settled } from '../checker.ts'
import { isBare } from '../workloads/bare.ts'
import { podDeedOf } from '../workloads/deeds.ts'
import { isReady, podsOn, type SeenPod } from './objects.ts'

/** As P2: 10 s, and a pull and a start at the slow end of what was measured, twice; and the work itself. */
const WITHIN_MS = 60_000

export const barePods: Checker = {
  rule: 'PLC15',
  begin: () => ({
    settle: (settled) =>
      comesRight(settled, { rule: 'PLC15', withinMs: WITHIN_MS, everyMs: 500, wrong: () => whatIsWrong(settled) }),
  }),
}

/** In words; undefined where all is as it should be. */
async function whatIsWrong({ cluster, core, history }: Settled): Promise<string | undefined> {
  const deeds = history.begun.flatMap((operation) => podDeedOf(operation) ?? [])
  const works = new Set(
    deeds.flatMap((deed) => (deed.verb === 'add-pod' && deed.fails !== undefined ? [deed.name] : [])),
  )
  // Of one that is to go, what a node said that is gone itself is shown for ever.
  const dropped = new Set(deeds.flatMap(({ verb, name }) => (verb === 'drop-pod' ? [name] : [])))
  const here = new Set(core.map((machine) => cluster.nodeOf(machine)))
  const runs = (await cluster.runs()).filter(({ machine, pod }) => core.includes(machine) && isBare(pod))
  for (const machine of core) {
    const pods = (await podsOn(cluster, machine)).filter(({ metadata }) => isBare(metadata.name))
    for (const pod of pods) {
      const { name } = pod.metadata
      if (dropped.has(name)) continue
      // Work that had begun is not begun again: how it ended, a machine that is gone will not tell.
      if (works.has(name) && !here.has(pod.spec.nodeName)) continue
      const running = runs.filter((run) => run.pod === name).map((run) => run.machine)
      if (works.has(name) ? !isOver(pod) || running.length > 0 : !isReady(pod) || running.length !== 1)
        return `${machine} shows ${name} as ${pod.status.phase}, and it runs on [${running.join(', ')}]`
    }
    const shown = new Set(pods.map(({ metadata }) => metadata.name))
    const stray = runs.find(({ pod }) => !shown.has(pod))
    if (stray !== undefined) return `${machine} does not show ${stray.pod}, which runs on ${stray.machine}`
  }
  return undefined
}

const isOver = ({ status }: SeenPod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'

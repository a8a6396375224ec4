/**
 * No request to a service fails through a node that lives, once it had the time to notice what died, unless nobody was left
 * to answer; where a pod of the node's own was left, that is P11's route with a local endpoint.
 *
 * Who was left is told from outside: a pod that ran before the request came and still ran well after it, on a machine that
 * node could talk to all the while. A request is judged when that is known.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { upIn, type Cluster } from '../cluster.ts'
import type { Visit } from '../history.ts'
import { workloadIn } from './objects.ts'
import { Outlook } from './outlook.ts'

/** From a silent death on a request may be sent there for so long ([SILENT2]). */
const NOTICED_MS = 2_500
/** A pod that ran for so long is ready and known to be. */
const READY_MS = 5_000
/** A pod that still ran so long after was not being stopped (its grace is 1 s). */
const STOPS_MS = 2_000
/** The longest request, and what is looked at before and after it. */
const REMEMBERED_MS = 30_000

interface Moment {
  readonly atMs: number
  readonly quietSinceMs: number
  /** By machine that is up: the machines it can talk to without a third, itself among them. */
  readonly within: ReadonlyMap<string, readonly string[]>
  /** By machine that is up: those with which a connection may end at any moment. */
  readonly noisy: ReadonlyMap<string, readonly string[]>
  readonly starts: ReadonlyMap<string, number>
  /** What runs, as uid and start, and its machine, by workload: who ended and was started again is another. */
  readonly runs: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export const served: Checker = {
  rule: 'SILENT2',
  begin: () => {
    // Nobody is to notice it: whoever is told to end does so in good order ([LAB30]).
    const outlook = new Outlook({ isStopNews: false })
    let moments: Moment[] = []
    let judged = 0
    /** Doors through which it went well, since their node's latest start: the service is known there. */
    const known = new Map<string, number>()
    return {
      async watch({ cluster, history }) {
        outlook.look(cluster)
        const now = await moment(cluster, outlook.quietSinceMs)
        moments = [...moments.filter(({ atMs }) => now.atMs - atMs <= REMEMBERED_MS), now]
        for (; judged < history.visits.length; judged++) {
          const visit = history.visits[judged]!
          if (visit.endMs + STOPS_MS > now.atMs) break
          const during = moments.filter(
            ({ atMs }) => atMs >= visit.startMs - READY_MS && atMs <= visit.endMs + STOPS_MS,
          )
          const key = `${visit.workload}/${visit.door}`
          const starts = startsDuring(visit, during)
          if (starts === undefined) continue
          if (visit.failure === undefined) known.set(key, starts)
          else if (known.get(key) === starts) judge(visit, during)
        }
      },
    }
  },
}

/** Which start of its door's node had the visit; undefined where another one came meanwhile. */
function startsDuring({ door, startMs, endMs }: Visit, during: readonly Moment[]): number | undefined {
  const before = during.findLast(({ atMs }) => atMs <= startMs)?.starts.get(door)
  const after = during.find(({ atMs }) => atMs >= endMs)?.starts.get(door)
  return before === after ? before : undefined
}

function judge(visit: Visit, during: readonly Moment[]): void {
  const { door, workload, startMs, endMs, failure } = visit
  const [first] = during
  if (first === undefined || first.atMs > startMs - READY_MS + 500) return
  const isSteady = during.every(({ within, starts }) => within.has(door) && starts.get(door) === first.starts.get(door))
  if (!isSteady) return
  // What happened shortly before it ended may have hit the very pod that had taken it.
  const isNews = during.some(({ atMs, quietSinceMs }) => atMs <= endMs + 500 && quietSinceMs > startMs - NOTICED_MS)
  if (isNews || hasCrashed(workload, during) || hasEndedAfar(visit, during) || mayBreak(visit, during)) return
  const left = [...(first.runs.get(workload) ?? [])].filter(([uid, machine]) =>
    during.every(
      ({ runs, within }) =>
        runs.get(workload)?.has(uid) === true && within.get(door)?.includes(machine) === true && within.has(machine),
    ),
  )
  if (left.length === 0) return
  const isLocal = left.every(([, machine]) => machine === door)
  const where = left.map(([uid, machine]) => `${uid} on ${machine}`).join(', ')
  throw new Violation(
    isLocal ? 'P11' : 'SILENT2',
    `a request to ${workload} through ${door}, from ${Math.round(startMs)} to ${Math.round(endMs)} ms, failed (${failure}), and all the while there was ${where}`,
  )
}

/** A container that ends by itself takes along the requests that its pod had taken, and is started again. */
function hasCrashed(workload: string, during: readonly Moment[]): boolean {
  const starts = new Set(during.flatMap(({ runs }) => [...(runs.get(workload)?.keys() ?? [])]))
  const uids = [...starts].map((each) => each.split(' ')[0])
  return new Set(uids).size < uids.length
}

/** Of a pod that goes while its line is bad, what it had answered may not get through in time. */
function hasEndedAfar({ door, workload }: Visit, during: readonly Moment[]): boolean {
  const afar = [...(during[0]?.runs.get(workload) ?? [])].filter(([, machine]) =>
    during.some(({ within }) => within.get(door)?.includes(machine) !== true),
  )
  return afar.some(([start]) => during.some(({ runs }) => runs.get(workload)?.has(start) !== true))
}

/** It may have gone to a pod with which no connection lasts: what that one may have taken is not given to another. */
function mayBreak({ door, workload }: Visit, during: readonly Moment[]): boolean {
  return during.some(({ runs, noisy }) =>
    [...(runs.get(workload)?.values() ?? [])].some((machine) => noisy.get(door)?.includes(machine) === true),
  )
}

async function moment(cluster: Cluster, quietSinceMs: number): Promise<Moment> {
  const up = upIn(cluster).filter((machine) => cluster.isSound(machine))
  // Directly, both ways: bytes of clients are not passed on by third nodes.
  const talksTo = (one: string): string[] =>
    up.filter((other) => cluster.reaches(one, other) && cluster.reaches(other, one))
  const within = new Map(up.map((one) => [one, talksTo(one)]))
  const isNoisy = (one: string, other: string): boolean => cluster.isNoisy(one, other) || cluster.isNoisy(other, one)
  const noisy = new Map(up.map((one) => [one, cluster.machines.filter((other) => isNoisy(one, other))]))
  const runs = new Map<string, Map<string, string>>()
  for (const { uid, machine, pod, start } of await cluster.runs()) {
    const own = runs.get(workloadIn(pod)) ?? new Map<string, string>()
    runs.set(workloadIn(pod), own.set(`${uid} of ${start}`, machine))
  }
  const starts = new Map(cluster.machines.map((machine) => [machine, cluster.startsOf(machine)]))
  return { atMs: cluster.nowMs(), quietSinceMs, within, noisy, starts, runs }
}

/**
 * Facts that a scenario waits for, seen from outside wherever that is possible: what runs is counted in the process table, by
 * the mark that the process runtime leaves in every process of a pod, and not by asking Shoal whether it is content.
 *
 * Bounds are the promises' own on a quiet machine. On one that is shared they are stretched by its load: a wait ends early
 * when the fact is there, so a generous bound costs nothing.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'

/** How much slower than a quiet machine this one is now, at least 1. */
export function patience(): number {
  return Math.max(1, (2 * (loadavg()[0] ?? 0)) / availableParallelism())
}

/** A promise's bound, stretched by the load of the machine. */
export function stretched(ms: number): number {
  return Math.ceil(ms * patience())
}

/** P1: all members of a component hold the same this long after the last fault or write. */
export const CONVERGED_MS = 5_000
/** P2, P4: the wanted number runs, and the surplus is gone, this long after the last fault or the heal. */
export const REALISED_MS = 10_000
/** For a cluster that has just been started or written to: its pods' own start is not Shoal's. */
export const STARTED_MS = 30_000

// ---- what runs

/** One attempt of one container, as the process table shows it. */
export interface Run {
  /** Path of its files, which no two runs share. */
  readonly mark: string
  readonly node: string
  readonly uid: string
  /** Each with its start, so that a number given anew is not taken for the same process. */
  readonly processes: readonly { readonly pid: number; readonly startTicks: string }[]
}

const MARK = /(?:^|\0)SHOAL_RUN=([^\0]*)/
const PLACE = /([^/]+)\/processes\/pods\/([^/]+)\/[^/]+$/

/** All runs whose files lie below this directory, of every node that keeps its data there. */
export function runsBelow(directory: string): Run[] {
  const byMark = new Map<string, { pid: number; startTicks: string }[]>()
  for (const { pid, environment } of processes()) {
    const mark = MARK.exec(environment)?.[1]
    const startTicks = mark?.startsWith(`${directory}/`) === true ? startOf(pid) : undefined
    if (mark === undefined || startTicks === undefined) continue
    byMark.set(mark, [...(byMark.get(mark) ?? []), { pid, startTicks }])
  }
  return [...byMark]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([mark, found]) => {
      const [, node, uid] = PLACE.exec(mark) ?? []
      return node === undefined || uid === undefined ? [] : [{ mark, node, uid, processes: found }]
    })
}

/** Pids of everything whose environment or command line names this directory. */
export function processesNaming(directory: string): number[] {
  return processes().flatMap(({ pid, environment }) => {
    const names = environment.includes(directory) || readOrEmpty(`/proc/${pid}/cmdline`).includes(directory)
    return names && startOf(pid) !== undefined ? [pid] : []
  })
}

function processes(): { pid: number; environment: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => ({ pid: Number(pid), environment: readOrEmpty(`/proc/${pid}/environ`) }))
}

/** Undefined: gone, or dead and not yet buried. */
function startOf(pid: number): string | undefined {
  const line = readOrEmpty(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything: count from the last one.
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return line === '' || state === 'Z' || state === 'X' ? undefined : fields[18]
}

export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

// ---- what a node says

export interface SeenPod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly annotations: Record<string, string>
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly nodeName: string }
  readonly status: {
    readonly phase: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly restartCount: number }[]
  }
}

export async function podsOf(node: ProcessNode, app: string): Promise<SeenPod[]> {
  const { items } = await node.ok<{ items: SeenPod[] }>(
    'GET',
    `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`,
  )
  return items
}

export async function readyPodsOf(node: ProcessNode, app: string): Promise<SeenPod[]> {
  return (await podsOf(node, app)).filter(({ status }) =>
    status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
  )
}

export interface SeenEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string }
}

export async function eventsOf(node: ProcessNode): Promise<SeenEvent[]> {
  return (await node.ok<{ items: SeenEvent[] }>('GET', '/shoal/v1/events')).items
}

// ---- waits

interface Settled {
  readonly app: string
  readonly replicas: number
  readonly withinMs: number
  /** Below which the nodes keep their data. */
  readonly directory: string
  /** Only what these run counts: one side of a split. */
  readonly on?: readonly string[]
}

/** Until so many replicas are ready, as every one of these nodes says, each slot is held once, and exactly so many run. */
export async function waitSettled(
  nodes: readonly ProcessNode[],
  { app, replicas, withinMs, directory, on }: Settled,
): Promise<number> {
  let last = ''
  try {
    return await waitFor('', stretched(withinMs), async () => {
      const runs = runsBelow(directory).filter(({ node }) => on === undefined || on.includes(node))
      const views = await Promise.all(nodes.map((node) => readyPodsOf(node, app).catch(() => [])))
      const ready = views.map((pods) => pods.filter(({ metadata }) => runs.some(({ uid }) => uid === metadata.uid)))
      const slots = ready.map(
        (pods) => new Set(pods.map(({ metadata }) => metadata.annotations['shoal.dev/slot'])).size,
      )
      last = `${runs.length} running (${countBy(runs.map(({ node }) => node))}); ready ${ready.map((pods) => pods.length).join(', ')}; slots ${slots.join(', ')}`
      return (
        runs.length === replicas &&
        ready.every((pods) => pods.length === replicas) &&
        slots.every((count) => count === replicas)
      )
    })
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('waited')) throw error
    throw new Error(`${error.message}${replicas} replicas of ${app}, each slot once; last seen: ${last}`, {
      cause: error,
    })
  }
}

/** Until at least so many replicas are ready, as each of these nodes says. */
export async function waitReady(
  nodes: readonly ProcessNode[],
  app: string,
  replicas: number,
  withinMs: number,
): Promise<number> {
  return waitFor(`${replicas} ready replicas of ${app}`, stretched(withinMs), async () => {
    const views = await Promise.all(nodes.map((node) => readyPodsOf(node, app).catch(() => [])))
    return views.every((pods) => pods.length >= replicas)
  })
}

interface Verification {
  readonly agree: boolean
  readonly nodes: readonly { readonly name: string; readonly trouble?: string }[]
  readonly differences: readonly unknown[]
}

/** Until each of these nodes says that all `members` answer and hold the same. */
export async function waitAgreed(nodes: readonly ProcessNode[], members: number, withinMs: number): Promise<number> {
  let last: unknown
  try {
    return await waitFor('', stretched(withinMs), async () => {
      const all = await Promise.all(nodes.map((node) => node.ok<Verification>('GET', '/shoal/v1/verify')))
      last = all
      return all.every(({ agree, differences, nodes: asked }) => {
        const answering = asked.filter(({ trouble }) => trouble === undefined)
        return agree && differences.length === 0 && answering.length === members
      })
    })
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('waited')) throw error
    throw new Error(`${error.message}${members} nodes to hold the same; last said: ${JSON.stringify(last)}`, {
      cause: error,
    })
  }
}

function countBy(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
}

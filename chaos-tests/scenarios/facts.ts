/**
 * Facts that a scenario waits for, seen from outside wherever that is possible (`real/runs.ts`).
 *
 * @module
 */
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { runsBelow } from '../real/runs.ts'

/** P1: all members of a component hold the same this long after the last fault or write. */
export const CONVERGED_MS = 5_000
/** P2, P4: the wanted number runs, and the surplus is gone, this long after the last fault or the heal. */
export const REALISED_MS = 10_000
/** For a cluster that has just been started or written to: its pods' own start is not Shoal's. */
export const STARTED_MS = 30_000

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
  return (await node.ok<{ items: SeenEvent[] }>('GET', '/api/v1/events')).items
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

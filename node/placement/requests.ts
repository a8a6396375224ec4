/**
 * What a pod needs and what a node has left.
 *
 * @module
 */
import { cpuMilli, hasEnded, memoryBytes, type NodeFact, type NodeId, type Resources } from '../../crdt/index.ts'
import { templateOf } from '../control/claims.ts'
import type { PodRow, PodTemplate, TemplateContainer, Workload } from '../control/rows.ts'

export const NOTHING: Resources = { cpuMilli: 0, memoryBytes: 0, pods: 0 }

/** [BID1] The sum over its containers; a limit without a request is the request, as in Kubernetes. */
export function podRequests({ spec }: PodTemplate): Resources {
  const main = spec.containers.map(containerRequests).reduce(plus, { ...NOTHING, pods: 1 })
  return withInit(main, spec.initContainers ?? [])
}

/** [BID30] What runs first has the pod for itself, but for the sidecars before it: the larger of both phases counts. */
function withInit(main: Resources, initContainers: readonly TemplateContainer[]): Resources {
  let [sidecars, most] = [NOTHING, NOTHING]
  for (const container of initContainers) {
    const own = containerRequests(container)
    most = larger(most, plus(sidecars, own))
    if (container.restartPolicy === 'Always') sidecars = plus(sidecars, own)
  }
  return larger(plus(main, sidecars), most)
}

function containerRequests({ resources }: TemplateContainer): Resources {
  const { requests, limits } = resources ?? {}
  return {
    cpuMilli: cpuMilli(requests?.cpu ?? limits?.cpu) ?? 0,
    memoryBytes: memoryBytes(requests?.memory ?? limits?.memory) ?? 0,
    pods: 0,
  }
}

export function plus(a: Resources, b: Resources): Resources {
  return { cpuMilli: a.cpuMilli + b.cpuMilli, memoryBytes: a.memoryBytes + b.memoryBytes, pods: a.pods + b.pods }
}

function larger(a: Resources, b: Resources): Resources {
  return {
    cpuMilli: Math.max(a.cpuMilli, b.cpuMilli),
    memoryBytes: Math.max(a.memoryBytes, b.memoryBytes),
    pods: Math.max(a.pods, b.pods),
  }
}

export function minus(a: Resources, b: Resources): Resources {
  return plus(a, times(b, -1))
}

export function times(each: Resources, count: number): Resources {
  return { cpuMilli: each.cpuMilli * count, memoryBytes: each.memoryBytes * count, pods: each.pods * count }
}

/** A pod that has a place on its node, with its template where somebody remembers it. */
export interface Holder {
  readonly fact: PodRow['fact']
  readonly template: PodTemplate | undefined
}

/** A stopping pod holds its share of the node until it is gone; one that ended holds none. */
export function holdersOn(node: NodeId, pods: readonly PodRow[], workloads: ReadonlyMap<string, Workload>): Holder[] {
  return pods
    .filter((row) => row.node === node && !hasEnded(row.fact))
    .map(({ fact }) => {
      const workload = workloads.get(fact.workload)
      return { fact, template: workload === undefined ? undefined : templateOf(workload, fact.revision) }
    })
}

/** What the pods of one node hold. */
export function usedOn(node: NodeId, pods: readonly PodRow[], workloads: ReadonlyMap<string, Workload>): Resources {
  return holdersOn(node, pods, workloads)
    .map(({ template }) => (template === undefined ? { ...NOTHING, pods: 1 } : podRequests(template)))
    .reduce(plus, NOTHING)
}

/** How many more fit, or what lacks for the first, in words. */
export function roomFor(needs: Resources, free: Resources): { readonly count: number; readonly lacks?: string } {
  const count = Math.max(
    0,
    Math.min(
      fits(needs.pods, free.pods),
      fits(needs.cpuMilli, free.cpuMilli),
      fits(needs.memoryBytes, free.memoryBytes),
    ),
  )
  const rest = minus(free, times(needs, count))
  const lacks = [
    needs.cpuMilli > rest.cpuMilli && `needs ${cpuText(needs.cpuMilli)} cpu, ${cpuText(rest.cpuMilli)} free`,
    needs.memoryBytes > rest.memoryBytes &&
      `needs ${memoryText(needs.memoryBytes)} memory, ${memoryText(rest.memoryBytes)} free`,
    needs.pods > rest.pods && `has no place for another pod, ${Math.max(0, rest.pods)} free`,
  ].filter((text) => text !== false)
  return lacks.length === 0 ? { count } : { count, lacks: lacks.join('; ') }
}

const fits = (need: number, free: number): number => (need === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(free / need))

const cpuText = (milli: number): string => `${Math.max(0, milli)}m`

/** In the unit people wrote it in, rounded down, so that what is free is never shown as more. */
function memoryText(bytes: number): string {
  const whole = Math.max(0, bytes)
  return whole < 2 ** 20 ? `${Math.floor(whole / 2 ** 10)}Ki` : `${Math.floor(whole / 2 ** 20)}Mi`
}

export const freeOf = ({ capacity }: Pick<NodeFact, 'capacity'>, used: Resources): Resources => minus(capacity, used)

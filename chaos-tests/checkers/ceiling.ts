/**
 * P4: split into p components, at most p times the desired number runs; some seconds after the heal the surplus is gone.
 *
 * Which components there are is taken with patience: as many as there were at any moment of the last half minute, and a machine
 * whose node is down, paused or just back is one of its own, since its containers run on and nobody can ask it; so is one whose
 * engine does not do what it is told; and so is one that has just come in, since an auction that is open at that moment asks
 * it for a bid on those nodes alone that have heard of it already, and may be decided differently on the others.
 *
 * @module
 */
import { groupBy } from '../../node/control/group-by.ts'
import { Violation, type Checked, type Checker } from '../checker.ts'
import { componentsOf, upIn, type Cluster, type Run } from '../cluster.ts'
import { isGrowing, REPLICAS_MAX } from '../workloads/growing.ts'
import { lastDrainMs } from '../workloads/draining.ts'
import { isBare } from '../workloads/bare.ts'
import { deploymentDeedOf, type DeploymentDeed } from '../workloads/deeds.ts'
import { podsOn, workloadIn, type SeenPod } from './objects.ts'

/** The heal is seen, the younger claim is given up once the older is ready (a pull and a start), and ends within its grace. */
const SURPLUS_MS = 30_000
/** By default a rolling update may run a quarter more, rounded up. */
const SURGE = 0.25

interface Seen<T> {
  readonly atMs: number
  readonly what: T
}

export const ceiling = ceilingWhere({ areNodesPrompt: true })

/** Where nodes share a processor that others want as well, each closes an auction when it gets to it: two may award a slot. */
export const busyCeiling = ceilingWhere({ areNodesPrompt: false })

interface Where {
  /** Whether a node does at once what it has to do. */
  readonly areNodesPrompt: boolean
}

function ceilingWhere(where: Where): Checker {
  return { rule: 'P4', begin: () => beginWhere(where) }
}

function beginWhere({ areNodesPrompt }: Where): ReturnType<Checker['begin']> {
  let parts: Seen<number>[] = []
  let known: readonly string[] | undefined
  const deedsOf = new Map<string, DeploymentDeed[]>()
  let counted = 0
  const isRecent = ({ atMs }: Seen<unknown>, nowMs: number): boolean => nowMs - atMs <= SURPLUS_MS
  return {
    async watch(checked) {
      const { cluster, history } = checked
      const nowMs = cluster.nowMs()
      const newcomers = cluster.machines.filter((machine) => known?.includes(machine) === false).length
      known = [...cluster.machines]
      parts = [...parts.filter((seen) => isRecent(seen, nowMs)), { atMs: nowMs, what: partsOf(cluster) + newcomers }]
      const most = Math.max(...parts.map(({ what }) => what))
      const all = await cluster.runs()
      for (; counted < history.begun.length; counted++) {
        const deed = deploymentDeedOf(history.begun[counted]!)
        if (deed === undefined) continue
        const deeds = deedsOf.get(deed.name)
        if (deeds === undefined) deedsOf.set(deed.name, [deed])
        else deeds.push(deed)
      }
      for (const [workload, runs] of groupBy(all, ({ pod }) => workloadIn(pod))) {
        const deeds = deedsOf.get(workload) ?? []
        const asked = mostOf(workload, deeds)
        if (runs.length <= most * asked) continue
        const allowed = most * (mayExceed(deeds, checked, areNodesPrompt) ? asked + Math.ceil(asked * SURGE) : asked)
        if (runs.length <= allowed || (await stayingOf(cluster, runs)).length <= allowed) continue
        throw new Violation(
          'P4',
          `${runs.length} pods of ${workload} run; in ${most} components at most ${allowed} may`,
        )
      }
    },
  }
}

function partsOf(cluster: Cluster): number {
  const others = cluster.machines.filter((machine) => cluster.stateOf(machine) !== 'up' || !cluster.isSound(machine))
  return componentsOf(cluster).length + others.length
}

/**
 * Those of them that are there to stay. As in Kubernetes, a pod that was told to stop may have its successor already: its own
 * node knows, until it has ended, which may be while that node is asked. One that another relieves, to even out the nodes, goes
 * when that one serves. A node that stands still or whose agent is down cannot be asked: any of its pods may have been told to
 * stop.
 */
async function stayingOf(cluster: Cluster, runs: readonly Run[]): Promise<readonly Run[]> {
  const lists = await Promise.all(upIn(cluster).map((machine) => ownPods(cluster, machine)))
  const stopping = lists.flat().filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  const relieved = lists.flat().flatMap(({ metadata }) => metadata.annotations?.['shoal.dev/relieves'] ?? [])
  const uids = new Set([...stopping.map(({ metadata }) => metadata.uid), ...relieved])
  const still = new Set((await cluster.runs()).map(({ uid }) => uid))
  return runs.filter(({ machine, uid }) => still.has(uid) && !uids.has(uid) && cluster.stateOf(machine) === 'up')
}

async function ownPods(cluster: Cluster, machine: string): Promise<readonly SeenPod[]> {
  // One that is killed while it is asked has told nothing.
  const pods = await podsOn(cluster, machine).catch(() => [])
  return pods.filter(({ spec }) => spec.nodeName === cluster.nodeOf(machine))
}

/** Not where nobody rolls it out or moves it, and everybody hears everybody: each slot is taken once then. */
function mayExceed(
  deeds: readonly DeploymentDeed[],
  { cluster, history, isCalm }: Checked,
  areNodesPrompt: boolean,
): boolean {
  const isUpdated = deeds.some(({ verb }) => verb === 'update' || verb === 'spoil')
  const isMoved = lastDrainMs(history, cluster.nowMs()) > Number.NEGATIVE_INFINITY
  return isUpdated || isMoved || !areNodesPrompt || !isCalm()
}

/**
 * The most that anybody ever asked for: an order may take until the end of a split to be heard. A Pod is one; how many an
 * autoscaler may ask for it was told.
 */
function mostOf(workload: string, deeds: readonly DeploymentDeed[]): number {
  if (isBare(workload)) return 1
  if (isGrowing(workload)) return REPLICAS_MAX
  return Math.max(0, ...deeds.flatMap((deed) => ('replicas' in deed ? [deed.replicas] : [])))
}

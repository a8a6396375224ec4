/**
 * P3: in a split every component keeps the desired number, also a component of one machine. Looked at while the split stands:
 * once nothing has changed for as long as failover may take, what its nodes want has to run on its machines. A pod whose
 * container ends by itself is started again in its place, which takes its time too ([RST1]): it has run lately, and is to run.
 *
 * @module
 */
import { Violation, type Checked, type Checker } from '../checker.ts'
import { isAgentGone, type Cluster, type Run } from '../cluster.ts'
import { lastTouchMs } from '../workloads/deeds.ts'
import { lastUndrainMs } from '../workloads/draining.ts'
import { mayLackPods } from '../workloads/lacking.ts'
import { isAnyCordoned } from './maintenance.ts'
import { glance, workloadIn, type SeenDeployment, type SeenPod } from './objects.ts'
import { Outlook } from './outlook.ts'

/** As P2: 10 s, and a pull and a start at the slow end of what was measured, twice. */
const WITHIN_MS = 25_000
/** Claims of a member that flaps hold for longer, doubled with each return ([DET9]). */
const HOLD_MS = 1_000
const HOLD_MS_MAX = 30_000
/** Claims of a machine whose agent is gone hold for so long ([CLM3]). */
const GRACE_MS = 30_000
/** Between two looks: each asks a node of every component. */
const LOOK_EVERY_MS = 2_000

export const floor: Checker = {
  rule: 'P3',
  begin: () => {
    const outlook = new Outlook()
    const lately = new Lately()
    const closedMs = new Map<string, number>()
    let lookedMs = Number.NEGATIVE_INFINITY
    return {
      async watch(checked) {
        const { cluster } = checked
        const { atMs, components, isClean } = outlook.look(cluster)
        const runs = await cluster.runs()
        lately.look(runs, atMs)
        const neededMs = WITHIN_MS + patience(cluster, outlook.changes)
        const isDue = isClean && atMs - outlook.quietSinceMs > neededMs && atMs - lookedMs > LOOK_EVERY_MS
        if (!isDue) return
        lookedMs = atMs
        const isWell = (machine: string): boolean => cluster.isSound(machine) && !cluster.isStarved(machine)
        for (const component of components.filter((each) => each.every(isWell)))
          await look(checked, { component, runs, ended: lately.ended, untouchedSinceMs: atMs - neededMs, closedMs })
      },
    }
  },
}

function patience(cluster: Cluster, returns: number): number {
  const isOneGone = cluster.machines.some((machine) => isAgentGone(cluster.stateOf(machine)))
  return Math.max(Math.min(HOLD_MS_MAX, HOLD_MS * 2 ** returns), isOneGone ? GRACE_MS : 0)
}

/** Which pods ran a moment ago. */
class Lately {
  readonly #ranMs = new Map<string, number>()
  ended: ReadonlySet<string> = new Set()

  look(runs: readonly Run[], nowMs: number): void {
    for (const { uid } of runs) this.#ranMs.set(uid, nowMs)
    for (const [uid, ranMs] of this.#ranMs) if (nowMs - ranMs > WITHIN_MS) this.#ranMs.delete(uid)
    this.ended = new Set([...this.#ranMs].flatMap(([uid, ranMs]) => (ranMs < nowMs ? [uid] : [])))
  }
}

interface Part {
  readonly component: readonly string[]
  readonly runs: readonly Run[]
  /** Pods that ran until lately, by uid. */
  readonly ended: ReadonlySet<string>
  /** Only what nobody has touched since then is judged. */
  readonly untouchedSinceMs: number
  /** When a machine of a component took no pods, by the component. */
  readonly closedMs: Map<string, number>
}

async function look({ cluster, history }: Checked, part: Part): Promise<void> {
  const { component, untouchedSinceMs, closedMs } = part
  const [asked = ''] = component
  const list = await glance<{ items: SeenDeployment[] }>(cluster, asked, '/apis/apps/v1/deployments')
  // One of them takes no pods, or did not until lately: what leaves it may be stopped before it is begun elsewhere, if it can be.
  const key = component.join()
  if (await isAnyCordoned(cluster, component)) closedMs.set(key, cluster.nowMs())
  const lastClosedMs = Math.max(closedMs.get(key) ?? 0, lastUndrainMs(history, cluster.nowMs()))
  if (lastClosedMs > untouchedSinceMs) return
  const runs = part.runs.filter(({ machine }) => component.includes(machine))
  for (const { metadata, spec } of list?.items ?? []) {
    if (mayLackPods(metadata.name) || lastTouchMs(history, metadata.name, cluster.nowMs()) > untouchedSinceMs) continue
    const running = runs.filter(({ pod }) => workloadIn(pod) === metadata.name).length
    if (running >= spec.replicas) continue
    if (running + (await startingAgain(cluster, part, metadata.name)) >= spec.replicas) continue
    throw new Violation(
      'P3',
      `${running} pods of ${metadata.name} run on ${component.join(', ')}, ${spec.replicas} are wanted, and nothing changed there for ${Math.round((cluster.nowMs() - untouchedSinceMs) / 1_000)} s`,
    )
  }
}

/** Pods that ended lately and are not to stop, as the component shows them. */
async function startingAgain(cluster: Cluster, { component, ended }: Part, workload: string): Promise<number> {
  if (ended.size === 0) return 0
  const nodes = component.map((machine) => cluster.nodeOf(machine))
  const list = await glance<{ items: SeenPod[] }>(cluster, component[0] ?? '', '/api/v1/pods')
  return (list?.items ?? []).filter(
    ({ metadata, spec }) =>
      workloadIn(metadata.name) === workload &&
      ended.has(metadata.uid) &&
      nodes.includes(spec.nodeName) &&
      metadata.deletionTimestamp === undefined,
  ).length
}

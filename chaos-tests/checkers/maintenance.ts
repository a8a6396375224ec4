/**
 * PodDisruptionBudgets, counted from outside: while nothing is broken, machines may be drained as they like, and as many slots of
 * a guarded Deployment are served as its budget asks for, at every moment. Each machine is asked for its own pods.
 *
 * With the faults maintenance is over: who is still cordoned then takes pods again, since the checkers after this one look for them.
 *
 * @module
 */
import { Violation, type Checked, type Checker } from '../checker.ts'
import { read, type Cluster } from '../cluster.ts'
import { LEAST, undrain } from '../workloads/draining.ts'
import { glance } from './objects.ts'
import { servedSlots } from './slots.ts'

const LOOK_EVERY_MS = 600
/** A node that does not take writes yet, since its clock differs, hears better soon. */
const OVER_MS = 10_000

interface SeenNode {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly unschedulable?: boolean }
}

export const maintenance: Checker = {
  rule: 'DRN5',
  begin: () => {
    const most = new Map<string, number>()
    let lookedMs = Number.NEGATIVE_INFINITY
    return {
      async watch({ cluster, history, isCalm }: Checked) {
        const isGuarded = history.begun.some(({ workload }) => workload === 'draining')
        if (!isGuarded || !isCalm() || cluster.nowMs() - lookedMs < LOOK_EVERY_MS) return
        lookedMs = cluster.nowMs()
        const served = await servedSlots(cluster)
        if (served === undefined || !isCalm()) return
        for (const [name, least] of LEAST) {
          const slots = served.get(name)?.size ?? 0
          const known = most.get(name) ?? 0
          if (known >= least && slots < least)
            throw new Violation('DRN5', `${slots} slots of ${name} are served, its budget asks for ${least}`)
          most.set(name, Math.max(known, slots))
        }
      },
      async settle({ cluster, core }) {
        const untilMs = cluster.nowMs() + OVER_MS
        for (;;) {
          const cordoned = await cordonedOn(cluster, core)
          if (cordoned.length === 0) return
          if (cluster.nowMs() > untilMs)
            throw new Violation('NODE1', `${cordoned.map(({ node }) => node).join(', ')} cannot be uncordoned`)
          for (const { asked, node } of cordoned) {
            const { method, path, asking } = undrain(node)
            await cluster.request(asked, method, path, asking)
          }
          await cluster.runFor(200)
        }
      },
    }
  },
}

async function cordonedOn(cluster: Cluster, core: readonly string[]): Promise<{ asked: string; node: string }[]> {
  const names = new Set(core.map((machine) => cluster.nodeOf(machine)))
  const lists = core.map(async (asked) => {
    const { items } = await read<{ items: readonly SeenNode[] }>(cluster, asked, '/api/v1/nodes')
    const cordoned = items.filter(({ metadata, spec }) => names.has(metadata.name) && spec?.unschedulable === true)
    return cordoned.map(({ metadata }) => ({ asked, node: metadata.name }))
  })
  return (await Promise.all(lists)).flat()
}

/** Whether the first of them shows that one of these takes no pods. */
export async function isAnyCordoned(cluster: Cluster, machines: readonly string[]): Promise<boolean> {
  const list = await glance<{ items: readonly SeenNode[] }>(cluster, machines[0] ?? '', '/api/v1/nodes')
  const cordoned = new Set(
    (list?.items ?? []).flatMap(({ metadata, spec }) => (spec?.unschedulable === true ? [metadata.name] : [])),
  )
  return machines.some((machine) => cordoned.has(cluster.nodeOf(machine)))
}

/**
 * A pod that serves is given up by its node for a reason that can be seen: somebody touched its workload, or drained its
 * machine ([DRN1]), or let a rollout go on that had found no place, or another pod has its slot that has stood for as long ([CLM4], [CLM5])
 * or serves and relieves it, to even out the nodes ([REB6]). A node that starts again keeps what it finds running ([ADO1]).
 *
 * Each node is asked for its own pods. What went down with its power, or runs on a bad engine, is nobody's to keep.
 *
 * @module
 */
import { Violation, type Checked, type Checker } from '../checker.ts'
import type { Cluster } from '../cluster.ts'
import { deploymentDeedOf } from '../workloads/deeds.ts'
import { lastDrainMs, lastUndrainMs } from '../workloads/draining.ts'
import { mayLackPods } from '../workloads/lacking.ts'
import { glance, isReady, type SeenPod, workloadIn } from './objects.ts'

/** Between two looks: each asks all nodes. */
const LOOK_EVERY_MS = 600
/** An order may be heard so long after it was given: a split has to end first. A rollout takes its time. */
const TOUCHED_MS = 120_000
/** A claim counts from no more than this before it was ready ([CLM8]). */
const GET_READY_MS = 7_000
/** Times are shown in seconds. */
const SHOWN_MS = 1_000

interface Tenant {
  readonly machine: string
  readonly pod: string
  /** Workload, revision and number. */
  readonly slot: string
  readonly sinceMs: number
  /** Uid of the pod that it takes over from. */
  readonly relieves: string | undefined
}

export const tenure: Checker = {
  rule: 'CLM5',
  begin: () => {
    /** Ready when their own node was last asked, by uid. */
    const serving = new Map<string, Tenant>()
    /** All that ever were, as anybody showed them. */
    const seen = new Map<string, Tenant>()
    /** Not ready when last shown; by uid. */
    let unready: ReadonlyMap<string, Tenant> = new Map()
    let lookedMs = Number.NEGATIVE_INFINITY
    return {
      async watch(checked) {
        const { cluster } = checked
        await forgetDead(cluster, serving)
        if (cluster.nowMs() - lookedMs < LOOK_EVERY_MS) return
        lookedMs = cluster.nowMs()
        const now = await askAll(cluster)
        for (const [uid, tenant] of now.shown) {
          const sinceMs = Math.min(tenant.sinceMs, seen.get(uid)?.sinceMs ?? Infinity)
          seen.set(uid, { ...tenant, sinceMs })
        }
        for (const [uid, tenant] of serving) {
          if (!now.asked.has(tenant.machine) || now.kept.has(uid)) continue
          serving.delete(uid)
          // It may have got ready, and its machine have gone, between two looks.
          const unknown = [...unready].filter(([, { machine }]) => !now.asked.has(machine))
          // Its machine was off for less than a look: it claimed anew.
          const sinceMs = Math.max(tenant.sinceMs, now.claimedMs.get(uid) ?? tenant.sinceMs)
          if (
            isTouched(checked, workloadIn(tenant.pod)) ||
            isDrained(checked, cluster.nodeOf(tenant.machine)) ||
            cluster.nowMs() - lastUndrainMs(checked.history, cluster.nowMs()) < TOUCHED_MS ||
            hasRival(uid, { ...tenant, sinceMs }, [...seen, ...unknown])
          )
            continue
          throw new Violation(
            'CLM5',
            `${tenant.machine} gave up ${tenant.pod}, which served, though nobody touched its workload and no other pod has stood on ${tenant.slot} for as long`,
          )
        }
        // A machine that has just come back shows for a moment what ran before its power failed.
        const running = await runningIn(cluster)
        for (const [uid, tenant] of now.serving) if (running.has(uid)) serving.set(uid, tenant)
        unready = now.unready
      },
    }
  },
}

/** Whose machine lost its power, or whose containers ended by themselves, claims anew; a bad engine or disk excuses more. */
async function forgetDead(cluster: Cluster, serving: Map<string, Tenant>): Promise<void> {
  const running = await runningIn(cluster)
  for (const [uid, { machine }] of serving) {
    const isUp = cluster.stateOf(machine) === 'up'
    const isWell = cluster.stateOf(machine) !== 'off' && cluster.isSound(machine) && !cluster.damagedDisks.has(machine)
    if (!isWell || (!isUp && !running.has(uid))) serving.delete(uid)
  }
}

async function runningIn(cluster: Cluster): Promise<ReadonlySet<string>> {
  return new Set((await cluster.runs()).map(({ uid }) => uid))
}

async function askAll(cluster: Cluster): Promise<{
  readonly asked: ReadonlySet<string>
  /** Not to stop. */
  readonly kept: ReadonlySet<string>
  /** When their own nodes claimed them, by uid. */
  readonly claimedMs: ReadonlyMap<string, number>
  readonly serving: ReadonlyMap<string, Tenant>
  /** Ready as their own nodes say, on whichever machine. */
  readonly shown: readonly (readonly [uid: string, tenant: Tenant])[]
  /** Shown, and ready nowhere. */
  readonly unready: ReadonlyMap<string, Tenant>
}> {
  const asked = new Set<string>()
  const kept = new Set<string>()
  const claimedMs = new Map<string, number>()
  const serving = new Map<string, Tenant>()
  const shown: [string, Tenant][] = []
  const unready = new Map<string, Tenant>()
  for (const machine of cluster.machines) {
    if (cluster.stateOf(machine) !== 'up' || !cluster.isSound(machine)) continue
    const list = await glance<{ items: readonly SeenPod[] }>(cluster, machine, '/api/v1/pods')
    if (list === undefined || cluster.stateOf(machine) !== 'up') continue
    asked.add(machine)
    for (const pod of list.items) {
      const isShownReady = pod.status.conditions?.some(
        ({ type, status }) => type === 'ContainersReady' && status === 'True',
      )
      if (isShownReady === true) shown.push([pod.metadata.uid, tenantOf(pod, pod.spec.nodeName)])
      else unready.set(pod.metadata.uid, tenantOf(pod, pod.spec.nodeName))
      const isOwn = pod.spec.nodeName === cluster.nodeOf(machine)
      if (isOwn) claimedMs.set(pod.metadata.uid, Date.parse(pod.metadata.creationTimestamp ?? ''))
      if (!isOwn || pod.metadata.deletionTimestamp !== undefined) continue
      kept.add(pod.metadata.uid)
      if (isReady(pod) && !mayLackPods(pod.metadata.name)) serving.set(pod.metadata.uid, tenantOf(pod, machine))
    }
  }
  for (const [uid] of shown) unready.delete(uid)
  return { asked, kept, claimedMs, serving, shown, unready }
}

function tenantOf({ metadata, status }: SeenPod, machine: string): Tenant {
  const { name, labels, annotations, creationTimestamp = '' } = metadata
  const ready = status.conditions?.find(({ type }) => type === 'ContainersReady')?.lastTransitionTime ?? ''
  return {
    machine,
    pod: name,
    slot: `${workloadIn(name)}/${labels['pod-template-hash']}/${annotations?.['shoal.dev/slot']}`,
    sinceMs: Math.max(Date.parse(creationTimestamp), Date.parse(ready) - GET_READY_MS),
    relieves: annotations?.['shoal.dev/relieves'],
  }
}

/** Whether its pods were to leave it of late. */
export function isDrained({ cluster, history }: Checked, node: string): boolean {
  const nowMs = cluster.nowMs()
  return nowMs - lastDrainMs(history, nowMs, node) < TOUCHED_MS
}

/** Whether anybody did more to it of late than create it. */
export function isTouched({ cluster, history }: Checked, workload: string): boolean {
  const over = new Set(history.ended)
  const recent = history.begun.filter((operation) => {
    if (deploymentDeedOf(operation)?.name !== workload) return false
    const done = history.done.find((one) => one.operation === operation)
    return !over.has(operation) || done === undefined || cluster.nowMs() - done.endMs < TOUCHED_MS
  })
  const creations = recent.filter((operation) => deploymentDeedOf(operation)?.verb === 'create').length
  return creations > 1 || recent.length > creations
}

function hasRival(
  uid: string,
  { slot, sinceMs }: Tenant,
  pods: readonly (readonly [uid: string, tenant: Tenant])[],
): boolean {
  return pods.some(
    ([other, rival]) =>
      other !== uid && rival.slot === slot && (rival.sinceMs <= sinceMs + SHOWN_MS || rival.relieves === uid),
  )
}

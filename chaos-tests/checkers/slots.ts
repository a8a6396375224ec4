/**
 * Which slots are served at this moment, counted from outside: each machine is asked for its own pods.
 *
 * @module
 */
import type { Cluster } from '../cluster.ts'
import { glance, isReady, revisionIn, workloadIn, type SeenPod } from './objects.ts'

/** By workload; each revision has its own. Undefined where a machine did not answer. */
export async function servedSlots(cluster: Cluster): Promise<ReadonlyMap<string, ReadonlySet<string>> | undefined> {
  const slots = new Map<string, Set<string>>()
  for (const machine of cluster.machines) {
    const list = await glance<{ items: readonly SeenPod[] }>(cluster, machine, '/api/v1/pods')
    if (list === undefined) return undefined
    for (const pod of list.items) {
      const { name, annotations, deletionTimestamp } = pod.metadata
      const isOwn = pod.spec.nodeName === cluster.nodeOf(machine)
      if (!isOwn || deletionTimestamp !== undefined || !isReady(pod)) continue
      const own = slots.get(workloadIn(name)) ?? new Set<string>()
      slots.set(workloadIn(name), own.add(`${revisionIn(name)}/${annotations?.['shoal.dev/slot'] ?? ''}`))
    }
  }
  return slots
}

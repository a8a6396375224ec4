/**
 * P2: within 10 s of the last fault (plus image pull and the pods' own start) every workload has the desired number of running
 * pods, each slot once, as all nodes see it and as the machines say; and nothing of ours runs that nobody owns.
 *
 * @module
 */
import { comesRight, type Checker } from '../checker.ts'
import type { Cluster } from '../cluster.ts'
import { isBare } from '../workloads/bare.ts'
import { mayLackPods } from '../workloads/lacking.ts'
import { deploymentsOn, isReady, podsOn, workloadIn } from './objects.ts'

const WITHIN_MS = 10_000
/** A pull and a start, at the slow end of what was measured, twice: a claim may have to move once. */
const PODS_OWN_MS = 15_000
/**
 * A node whose disk was damaged may run pods of a workload that it lost, and that nobody is left to tell it of. It keeps them
 * for 30 s from its start on, in case somebody is ([PLC5]): until then they have an owner as far as it can know.
 */
const UNKNOWN_MS = 30_000

export const realisation: Checker = {
  rule: 'P2',
  begin: () => ({
    settle: (settled) =>
      comesRight(settled, {
        rule: 'P2',
        withinMs: async () =>
          WITHIN_MS + ((await hasLostWorkload(settled.cluster, settled.core)) ? UNKNOWN_MS : PODS_OWN_MS),
        everyMs: 100,
        wrong: () => whatIsMissing(settled.cluster, settled.core),
      }),
  }),
}

/** Whether a pod runs whose workload no node knows, where a damaged disk may have lost it. */
async function hasLostWorkload(cluster: Cluster, core: readonly string[]): Promise<boolean> {
  const shown = await Promise.all(core.map((machine) => deploymentsOn(cluster, machine)))
  const known = new Set(shown.flat().map(({ metadata }) => metadata.name))
  const runs = await cluster.runs()
  return runs.some(
    ({ machine, pod }) => core.includes(machine) && cluster.damagedDisks.has(machine) && !known.has(workloadIn(pod)),
  )
}

/** In words; undefined where all is as it should be. */
async function whatIsMissing(cluster: Cluster, core: readonly string[]): Promise<string | undefined> {
  const runs = (await cluster.runs()).filter(({ machine }) => core.includes(machine))
  const [first] = core
  if (first === undefined) return undefined
  const deployments = (await deploymentsOn(cluster, first)).filter(({ metadata }) => !mayLackPods(metadata.name))
  const wanted = deployments.reduce((sum, { spec }) => sum + spec.replicas, 0)
  const running = new Set(runs.map(({ uid }) => uid))
  const nodes = core.map((machine) => cluster.nodeOf(machine))
  for (const machine of core) {
    const pods = (await podsOn(cluster, machine)).filter(
      ({ metadata, spec }) => metadata.deletionTimestamp === undefined && nodes.includes(spec.nodeName),
    )
    for (const { metadata, spec } of deployments) {
      const own = pods.filter(({ metadata: { labels } }) => labels['app'] === metadata.name)
      const ready = own.filter((pod) => isReady(pod) && running.has(pod.metadata.uid))
      const slots = new Set(ready.map((pod) => pod.metadata.annotations?.['shoal.dev/slot']))
      if (ready.length !== spec.replicas || slots.size !== spec.replicas || own.length !== spec.replicas)
        return `${machine} sees ${own.length} pods of ${metadata.name}, ${ready.length} of them running and ready in ${slots.size} slots, of ${spec.replicas} wanted`
    }
    const known = new Set(pods.map(({ metadata }) => metadata.uid))
    // What somebody wrote has a uid of its own, wherever it runs.
    const orphans = runs.filter(({ uid, pod }) => !known.has(uid) && !isBare(pod))
    if (orphans.length > 0)
      return `${machine} knows nothing of ${orphans.map(({ pod, machine: on }) => `${pod} on ${on}`).join(', ')}`
  }
  const counted = runs.filter(({ pod }) => !mayLackPods(pod)).length
  return counted === wanted ? undefined : `${counted} pods run of ${wanted} wanted`
}

/**
 * Autoscaled Deployments come to the number of pods that follows from what their pods take, if those who live on are more than half.
 *
 * @module
 */
import { comesRight, type Checker, type Settled } from '../checker.ts'
import { read } from '../cluster.ts'
import { deploymentDeeds } from '../workloads/deeds.ts'
import { grownTo, isGrowing } from '../workloads/growing.ts'
import { areMajority, deploymentsOn, isReady, podsOn, workloadIn } from './objects.ts'

/** Pods are there, are measured twice, 15 s apart, the policy looks back as long, and each node has its turn; some twice that. */
const WITHIN_MS = 120_000

export const grown: Checker = {
  rule: 'HPA8',
  begin: () => ({
    async settle(settled) {
      const { cluster, core } = settled
      // On a real machine nobody is busy.
      if (cluster.more === undefined || !(await areMajority(cluster, core))) return
      const wrong = (): Promise<string | undefined> => whatIsWrong(settled)
      await comesRight(settled, { rule: 'HPA8', withinMs: WITHIN_MS, everyMs: 500, wrong })
    },
  }),
}

interface SeenScaler {
  readonly metadata: { readonly name: string }
}

/** In words; undefined where all is as it should be. */
async function whatIsWrong({ cluster, core, history }: Settled): Promise<string | undefined> {
  const wanted = new Map(
    deploymentDeeds(history).flatMap(({ deed }) => (deed.verb === 'grow' ? [[deed.name, grownTo(deed)] as const] : [])),
  )
  for (const machine of core) {
    const path = '/apis/autoscaling/v2/horizontalpodautoscalers'
    const scalers = (await read<{ items: readonly SeenScaler[] }>(cluster, machine, path)).items
    const scaled = new Set(scalers.map(({ metadata }) => metadata.name))
    const pods = await podsOn(cluster, machine)
    for (const { metadata, spec } of await deploymentsOn(cluster, machine)) {
      const { name } = metadata
      if (!isGrowing(name) || !scaled.has(name)) continue
      const ready = pods.filter((pod) => workloadIn(pod.metadata.name) === name && isReady(pod)).length
      if (spec.replicas !== wanted.get(name) || ready !== spec.replicas)
        return `${machine} wants ${spec.replicas} pods of ${name} and sees ${ready}; by what they take it is ${wanted.get(name)}`
    }
  }
  return undefined
}

/**
 * A revision that never gets ready is brought back by whoever is left, if they are more than half and pods of the earlier one
 * still serve: no later than it had missed its deadline and each of them had its turn. Then all its pods are of the earlier one.
 *
 * @module
 */
import { comesRight, type Checker, type Settled } from '../checker.ts'
import type { Cluster } from '../cluster.ts'
import { imageOf } from '../workloads/deeds.ts'
import { DEADLINE_MS, isMending } from '../workloads/mending.ts'
import {
  areMajority,
  deploymentsOn,
  isReady,
  podsOn,
  workloadIn,
  type SeenDeployment,
  type SeenPod,
} from './objects.ts'

/** Each next node writes so much later ([RBK5]). */
const TURN_MS = 2_000
/** Of pods: a pull, a start, and the end of those that never got ready. */
const PODS_OWN_MS = 15_000
const GOOD = imageOf(1)

export const rollback: Checker = {
  rule: 'RBK1',
  begin: () => ({
    settle: (settled) =>
      comesRight(settled, {
        rule: 'RBK1',
        withinMs: DEADLINE_MS + TURN_MS * settled.core.length + PODS_OWN_MS,
        everyMs: 200,
        wrong: () => whatIsSpoilt(settled),
      }),
  }),
}

/** In words; undefined where all that can be brought back has been. */
async function whatIsSpoilt({ cluster, core }: Settled): Promise<string | undefined> {
  for (const machine of core) {
    const deployments = (await deploymentsOn(cluster, machine)).filter(({ metadata }) => isMending(metadata.name))
    if (deployments.length === 0) continue
    const pods = await podsOn(cluster, machine)
    const isJudged = await areMajority(cluster, core)
    for (const deployment of deployments) {
      const { metadata, spec } = deployment
      const own = pods.filter((pod) => workloadIn(pod.metadata.name) === metadata.name && isOn(cluster, core, pod))
      const good = own.filter((pod) => isReady(pod) && pod.spec.containers[0]?.image === GOOD)
      if (revisionOf(deployment) !== GOOD && isJudged && good.length > 0)
        return `${machine} shows ${metadata.name} with ${revisionOf(deployment)}, and ${good.length} pods of the revision before serve`
      if (revisionOf(deployment) === GOOD && (good.length !== spec.replicas || own.length !== spec.replicas))
        return `${machine} sees ${own.length} pods of ${metadata.name}, ${good.length} of them ready with its revision, of ${spec.replicas} wanted`
    }
  }
  return undefined
}

const revisionOf = ({ spec }: SeenDeployment): string => spec.template.spec.containers[0]?.image ?? ''

const isOn = (cluster: Cluster, core: readonly string[], { spec, metadata }: SeenPod): boolean =>
  metadata.deletionTimestamp === undefined && core.some((machine) => cluster.nodeOf(machine) === spec.nodeName)

/**
 * The other half of a rolling update's budget, counted from outside: while nothing is broken no slot goes unserved that was served,
 * but for those that `maxUnavailable` gives away, whatever revision comes. One that never gets ready costs nothing.
 *
 * @module
 */
import { Violation, type Checked, type Checker } from '../checker.ts'
import { deploymentDeedOf, type DeploymentDeed } from '../workloads/deeds.ts'
import { lastDrainMs } from '../workloads/draining.ts'
import { isMending } from '../workloads/mending.ts'
import { mayLackPods } from '../workloads/lacking.ts'
import { members } from '../workloads/members.ts'
import { servedSlots } from './slots.ts'

const LOOK_EVERY_MS = 600
/** Who scales down while some pods are yet to get ready may lose others: slots go by their numbers. */
const SCALED_MS = 10_000
/** Of the default strategy, rounded down. */
const UNAVAILABLE = 0.25

export const rolling: Checker = {
  rule: 'ROL1',
  begin: () => {
    const most = new Map<string, number>()
    let lookedMs = Number.NEGATIVE_INFINITY
    return {
      async watch(checked) {
        const { cluster } = checked
        if (!isJudged(checked) || cluster.nowMs() - lookedMs < LOOK_EVERY_MS) return
        lookedMs = cluster.nowMs()
        const served = await servedSlots(cluster)
        if (served === undefined || !isJudged(checked)) return
        for (const [name, least] of leastOf(checked)) {
          if (isScaled(checked, name)) {
            most.delete(name)
            continue
          }
          const slots = served.get(name)?.size ?? 0
          const known = most.get(name) ?? 0
          if (known >= least && slots < least)
            throw new Violation('ROL1', `${slots} slots of ${name} are served, and an update leaves ${least}`)
          most.set(name, Math.max(known, slots))
        }
      },
    }
  },
}

function isJudged({ cluster, history, isCalm }: Checked): boolean {
  const isMaintained = lastDrainMs(history, cluster.nowMs()) > Number.NEGATIVE_INFINITY
  return isCalm() && !isMaintained && !history.begun.some(({ workload }) => workload === members.name)
}

/** Of late. */
function isScaled({ cluster, history }: Checked, name: string): boolean {
  return history.begun.some((operation) => {
    const deed = deploymentDeedOf(operation)
    if (deed?.verb !== 'scale' || deed.name !== name) return false
    const endMs = history.done.find((one) => one.operation === operation)?.endMs
    return endMs === undefined || cluster.nowMs() - endMs < SCALED_MS
  })
}

/** By name. Whoever scales a Deployment down or deletes it wants fewer. */
function leastOf({ history }: Checked): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>()
  for (const operation of history.begun) {
    const deed = deploymentDeedOf(operation)
    if (deed === undefined || (mayLackPods(deed.name) && !isMending(deed.name))) continue
    const replicas = replicasAfter(deed)
    if (replicas !== undefined) wanted.set(deed.name, Math.min(wanted.get(deed.name) ?? replicas, replicas))
  }
  return new Map([...wanted].map(([name, replicas]) => [name, replicas - Math.floor(replicas * UNAVAILABLE)]))
}

/** Undefined where it changes nothing about that. */
function replicasAfter(deed: DeploymentDeed): number | undefined {
  if (deed.verb === 'delete') return 0
  // All of it may be missing, by its own strategy.
  if (deed.verb === 'create' && deed.mayMiss !== undefined) return deed.replicas - deed.mayMiss
  return 'replicas' in deed ? deed.replicas : undefined
}

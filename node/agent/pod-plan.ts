/**
 * What a pod is to be held to, from its template and from this node's own record of it. Where the template is not known (its
 * workload was deleted, or has not come back yet) the record says which containers there are, and they are kept running.
 *
 * @module
 */
import type { PodFact } from '../../crdt/index.ts'
import type { ContainerPlan, PodPlan } from './pod-memory.ts'
import { readinessRule, type ReadinessRule } from './readiness.ts'
import type { RestartPolicy } from './restarts.ts'
import type { PodTemplate } from './template.ts'

const GRACE_SECONDS_DEFAULT = 30

export function podPlan({
  claim,
  template,
  drainMs,
}: {
  claim: PodFact
  template: PodTemplate | undefined
  drainMs: number
}): PodPlan {
  const rules = template?.spec.containers.map((spec) => ({ name: spec.name, rule: readinessRule(spec) }))
  const known = rules ?? claim.containers.map(({ name }) => ({ name, rule: RUNNING }))
  return { containers: known.map((one) => containerPlan(one, claim)), restartPolicy: restartPolicy(template), drainMs }
}

const RUNNING: ReadinessRule = { kind: 'running' }

function containerPlan({ name, rule }: { name: string; rule: ReadinessRule }, claim: PodFact): ContainerPlan {
  const before = claim.containers.find((container) => container.name === name)
  return { name, rule, attempt: before?.restarts ?? 0, wasReady: before?.ready === true }
}

function restartPolicy(template: PodTemplate | undefined): RestartPolicy {
  const policy = template?.spec.restartPolicy
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always'
}

/** Between SIGTERM and SIGKILL. */
export function graceMs(template: PodTemplate | undefined): number {
  return (template?.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT) * 1_000
}

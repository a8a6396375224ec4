/**
 * What a pod is to be held to, from its template and from this node's own record of it. Where the template is not known (its
 * workload was deleted, or has not come back yet) the record says which containers there are, and they are kept running.
 *
 * @module
 */
import type { PodFact } from '../../crdt/index.ts'
import type { ContainerPlan, PodPlan } from './pod-memory.ts'
import { readinessRule, type ReadinessRule } from './readiness.ts'
import { probeRule } from './probe-rule.ts'
import type { RestartPolicy, Role } from './restarts.ts'
import { isSidecar, type ContainerSpec, type PodTemplate } from './template.ts'

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
  const containers = template === undefined ? fromRecord(claim) : fromTemplate(template)
  return {
    containers: containers.map((one) => containerPlan(one, claim)),
    wasInitialized: claim.initialized === true,
    restartPolicy: restartPolicy(template),
    drainMs,
  }
}

type Known = Pick<ContainerPlan, 'name' | 'role' | 'rule' | 'vigilRules' | 'hasPostStart'>

function fromTemplate({ spec: { initContainers = [], containers } }: PodTemplate): Known[] {
  const before = initContainers.map((spec): Known =>
    isSidecar(spec) ? plan(spec, 'sidecar') : { name: spec.name, role: 'init', rule: RUNNING },
  )
  return [...before, ...containers.map((spec) => plan(spec, 'main'))]
}

function plan(spec: ContainerSpec, role: Role): Known {
  const [startup, liveness] = [probeRule(spec.startupProbe, spec), probeRule(spec.livenessProbe, spec)]
  return {
    name: spec.name,
    role,
    rule: readinessRule(spec),
    vigilRules: { ...(startup === undefined ? {} : { startup }), ...(liveness === undefined ? {} : { liveness }) },
    hasPostStart: spec.lifecycle?.postStart !== undefined,
  }
}

/** Of an init container that the record shows running beside the others, it can be told that it is to go on. */
function fromRecord({ initContainers = [], initialized, containers }: PodFact): Known[] {
  const before = initContainers.map(({ name, now }): Known => ({
    name,
    role: initialized === true && now.state === 'running' ? 'sidecar' : 'init',
    rule: RUNNING,
  }))
  return [...before, ...containers.map(({ name }): Known => ({ name, role: 'main', rule: RUNNING }))]
}

const RUNNING: ReadinessRule = { kind: 'running' }

function containerPlan(known: Known, { initContainers = [], containers }: PodFact): ContainerPlan {
  const before = [...initContainers, ...containers].find(({ name }) => name === known.name)
  const ran = before?.now.state === 'running' ? { ranSinceMs: before.now.startedAtMs } : {}
  const wasStarted = before?.now.state === 'running' && before.starting !== true
  return { ...known, attempt: before?.restarts ?? 0, wasReady: before?.ready === true, wasStarted, ...ran }
}

function restartPolicy(template: PodTemplate | undefined): RestartPolicy {
  const policy = template?.spec.restartPolicy
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always'
}

/** Between SIGTERM and SIGKILL. */
export function graceMs(template: PodTemplate | undefined): number {
  return (template?.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT) * 1_000
}

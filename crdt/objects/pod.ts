/**
 * Pod, as it is shown: the claim and state a node reports, put together with the template of the revision it runs, or with the
 * Pod that somebody wrote.
 *
 * @module
 */
import type {
  ContainerState as KubeContainerState,
  ContainerStatus,
  PodCondition,
  PodStatus,
} from 'kubernetes-types/core/v1.js'
import type { ContainerFact, ContainerState, PodFact } from '../facts.ts'
import type { ObjectMeta, OwnerReference } from '../object.ts'
import type { PodSpec, PodTemplate } from './pod-template.ts'
import { qualityOfService } from './quality-of-service.ts'
import type { Labels } from './selector.ts'
import { timestamp } from '../timestamp.ts'

export interface PodView {
  readonly fact: PodFact
  readonly nodeName: string
  readonly labels: Labels
  /** Undefined where nobody kept it. */
  readonly template: PodTemplate | undefined
  /** Undefined for a Pod that somebody wrote. */
  readonly owner: OwnerReference | undefined
  /** Whether it counts as ready here; `unknown`: its node does not answer. */
  readonly readiness: 'ready' | 'not-ready' | 'unknown'
  /** Nobody answers for it: what its node said last is old. */
  readonly isForsaken: boolean
  readonly changedAtMs: number
}

/** What every pod that was claimed says of where it runs. */
export const podAnnotations = ({ index, runtime, relieves }: PodFact): Record<string, string> => ({
  'shoal.dev/slot': String(index),
  'shoal.dev/runtime': runtime,
  ...(relieves && { 'shoal.dev/relieves': relieves.uid }),
})

export function podMeta({ fact, labels, template, owner, changedAtMs }: PodView): ObjectMeta {
  const annotations = { ...template?.metadata?.annotations, ...podAnnotations(fact) }
  return {
    name: fact.name,
    ...(owner && { generateName: `${owner.name}-` }),
    namespace: fact.namespace,
    uid: fact.ofPod ?? fact.uid,
    creationTimestamp: timestamp(fact.claimedAtMs),
    labels,
    annotations,
    ...(owner && { ownerReferences: [owner] }),
    ...(fact.stopping ? { deletionTimestamp: timestamp(changedAtMs) } : {}),
  }
}

export function podSpec({ fact, template, nodeName }: PodView): PodSpec {
  const bare = (containers: readonly ContainerFact[]): { name: string; image: string }[] =>
    containers.map(({ name, image }) => ({ name, image }))
  const { containers, initContainers = [] } = fact
  const known = template?.spec ?? {
    ...(initContainers.length === 0 ? {} : { initContainers: bare(initContainers) }),
    containers: bare(containers),
  }
  return { ...known, nodeName }
}

export function podStatus(view: PodView): PodStatus {
  const { fact } = view
  const { reason, message } = view.isForsaken ? forsaken(view) : fact
  return {
    phase: fact.phase,
    ...(reason === '' ? {} : { reason }),
    ...(message === '' ? {} : { message }),
    conditions: conditions(view),
    ...(fact.hostIP === '' ? {} : { hostIP: fact.hostIP, hostIPs: [{ ip: fact.hostIP }] }),
    ...(fact.podIP === '' ? {} : { podIP: fact.podIP, podIPs: [{ ip: fact.podIP }] }),
    startTime: timestamp(fact.startedAtMs ?? fact.claimedAtMs),
    ...(fact.initContainers === undefined ? {} : { initContainerStatuses: fact.initContainers.map(containerStatus) }),
    containerStatuses: fact.containers.map(containerStatus),
    qosClass: qualityOfService(view.template?.spec),
  }
}

function conditions({ fact, readiness }: PodView): PodCondition[] {
  const claimed = timestamp(fact.claimedAtMs)
  const ready = timestamp(fact.readyAtMs ?? fact.startedAtMs ?? fact.claimedAtMs)
  const status = { ready: 'True', 'not-ready': 'False', unknown: 'Unknown' }[readiness]
  const why = readiness === 'ready' ? {} : reasonOf(fact, readiness)
  return [
    { type: 'PodScheduled', status: 'True', lastTransitionTime: claimed },
    initialized(fact),
    {
      type: 'ContainersReady',
      status: fact.ready ? 'True' : 'False',
      ...(fact.ready ? {} : reasonOf(fact, 'not-ready')),
      lastTransitionTime: ready,
    },
    { type: 'Ready', status, ...why, lastTransitionTime: ready },
  ]
}

function initialized({ claimedAtMs, startedAtMs, initContainers, initialized: isInitialized }: PodFact): PodCondition {
  if (initContainers === undefined)
    return { type: 'Initialized', status: 'True', lastTransitionTime: timestamp(claimedAtMs) }
  if (isInitialized)
    return { type: 'Initialized', status: 'True', lastTransitionTime: timestamp(startedAtMs ?? claimedAtMs) }
  const waiting = initContainers.filter(({ ready }) => !ready).map(({ name }) => name)
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${waiting.join(' ')}]`,
    lastTransitionTime: timestamp(claimedAtMs),
  }
}

/** In Kubernetes' word. */
const forsaken = ({ nodeName }: PodView): { reason: string; message: string } => ({
  reason: 'NodeLost',
  message: `node ${nodeName} does not answer, nor does this pod`,
})

function reasonOf(fact: PodFact, readiness: 'not-ready' | 'unknown'): { reason: string; message: string } {
  if (readiness === 'unknown') return { reason: 'NodeUnreachable', message: 'the node of this pod does not answer' }
  const unready = fact.containers.filter(({ ready }) => !ready).map(({ name }) => name)
  return {
    reason: 'ContainersNotReady',
    message: fact.message || `containers with unready status: [${unready.join(' ')}]`,
  }
}

function containerStatus(fact: ContainerFact): ContainerStatus {
  return {
    name: fact.name,
    image: fact.image,
    imageID: '',
    ready: fact.ready,
    started: fact.now.state === 'running' && fact.starting !== true,
    restartCount: fact.restarts,
    state: containerState(fact.now),
    lastState: fact.last === undefined ? {} : containerState(fact.last),
    ...(fact.id === undefined ? {} : { containerID: fact.id }),
  }
}

function containerState(state: ContainerState): KubeContainerState {
  switch (state.state) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } }
    case 'running':
      return { running: { startedAt: timestamp(state.startedAtMs) } }
    case 'terminated':
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.reason,
          finishedAt: timestamp(state.finishedAtMs),
          ...(state.message === undefined ? {} : { message: state.message }),
        },
      }
  }
}

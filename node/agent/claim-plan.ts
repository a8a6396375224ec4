/**
 * What to do about a claim of this node, and about a pod that a runtime has and no claim names. Pure.
 *
 * The one idea: what runs is never touched for want of knowledge, and what does not run is not started on old knowledge. A node
 * that comes back after an hour finds its containers running and keeps them; but where it was the machine that went down, its
 * slots were filled elsewhere meanwhile. So before starting what it does not find running, it hears a neighbour first (or
 * nobody, for a second), and then claims anew, as the younger of the two.
 *
 * @module
 */
import {
  hasEnded,
  podSecurityRefusal,
  reached,
  RUNTIME_SILENT,
  type PodFact,
  type PodSecurityLevel,
  type SecurityTemplate,
} from '../../crdt/index.ts'
import { fitRuntime } from '../runtime/fit.ts'
import type { RunningPod, RuntimeName } from '../runtime/runtime.ts'
import { readAnnotation, type StoredClaim } from './annotation.ts'
import type { PodTemplate } from './template.ts'

export interface FoundPod {
  readonly runtime: RuntimeName
  readonly pod: RunningPod
}

interface RuntimeStanding {
  readonly name: RuntimeName
  readonly answers: boolean
  /** Its pods are known. */
  readonly isListed: boolean
}

export interface ClaimQuestion {
  readonly claim: PodFact
  /** Made before this agent began: its pod may exist. */
  readonly isOld: boolean
  /** The store has heard a neighbour, or has waited long enough for one. */
  readonly isSynced: boolean
  /** The agent has only just begun: what was known of its pods is still believed. */
  readonly isPatient: boolean
  readonly template: PodTemplate | undefined
  /** What its namespace lets its pods do. */
  readonly podSecurity: PodSecurityLevel
  /** Best first. */
  readonly runtimes: readonly RuntimeStanding[]
  readonly found: FoundPod | undefined
}

export type ClaimStep =
  /** `renewed`: under a new claim time. */
  | {
      readonly do: 'run'
      readonly runtime: RuntimeName
      readonly found: RunningPod | undefined
      readonly renewed: boolean
    }
  /** It was told to stop: that is carried on. */
  | { readonly do: 'end'; readonly runtime: RuntimeName; readonly found: RunningPod }
  | { readonly do: 'wait'; readonly reason: string; readonly message: string }
  | { readonly do: 'refuse'; readonly message: string }
  /** It is over, nobody knows how. */
  | { readonly do: 'fail' }
  | { readonly do: 'drop' }
  /** Its record stands as it is: it has ended for good, or nothing is known yet. */
  | { readonly do: 'leave' }

export function claimStep(question: ClaimQuestion): ClaimStep {
  const { claim, isOld, isSynced, isPatient, found, template } = question
  if (found !== undefined && claim.stopping) return { do: 'end', runtime: found.runtime, found: found.pod }
  if (found !== undefined && isRunning(found.pod) && (template !== undefined || claim.containers.length > 0)) {
    return { do: 'run', runtime: found.runtime, found: found.pod, renewed: false }
  }
  const unheard = isOld && found === undefined ? runtimesToHear(question) : []
  if (unheard.length > 0) {
    // [ADO1] Nothing speaks against it yet: what ran on without an agent is as ready as it was.
    if (claim.ready && isPatient && unheard.every(({ answers }) => answers)) return { do: 'leave' }
    const names = unheard.map(({ name }) => name).join(' and ')
    return { do: 'wait', reason: RUNTIME_SILENT, message: `waits for the ${names} runtime to list its pods` }
  }
  if (claim.stopping) return { do: 'drop' }
  if (hasEnded(claim)) return { do: 'leave' }
  if (isOld && !isSynced) {
    reached('start-waited-for-sync')
    return {
      do: 'wait',
      reason: 'WaitingForSync',
      message: 'was not found running at start; waits to hear whether it runs elsewhere',
    }
  }
  if (template === undefined) {
    const message = `revision ${claim.revision} of ${claim.workload} is not known on this node yet`
    return { do: 'wait', reason: 'TemplateUnknown', message }
  }
  if (found !== undefined) return { do: 'run', runtime: found.runtime, found: found.pod, renewed: isOld }
  // [ADO10] It began, nothing is left of it, and it is never to begin again.
  if (isOld && claim.startedAtMs !== undefined && template.spec.restartPolicy === 'Never') return { do: 'fail' }
  // [PSS4] Asked of what is to be started; what runs is left alone when its namespace gets stricter.
  const level = question.podSecurity
  const insecure = podSecurityRefusal(template as SecurityTemplate, { namespace: claim.namespace, level })
  if (insecure !== undefined) return { do: 'refuse', message: `this node ${insecure}` }
  const fit = fitRuntime(template.spec, question.runtimes, claim.runtime)
  if ('refusal' in fit) return { do: 'refuse', message: `this node ${fit.refusal}` }
  return { do: 'run', runtime: fit.runtime.name, found: undefined, renewed: isOld }
}

function isRunning({ containers }: RunningPod): boolean {
  return containers.some(({ run }) => run.state === 'running')
}

function hasRun({ containers }: RunningPod): boolean {
  return containers.some(({ attempt, run }) => attempt > 0 || run.state !== 'created')
}

/** The runtimes that may have the pod and have not said so yet. */
function runtimesToHear({ claim, runtimes }: ClaimQuestion): readonly RuntimeStanding[] {
  const own = runtimes.filter(({ name }) => name === claim.runtime)
  return (own.length > 0 ? own : runtimes).filter(({ isListed }) => !isListed)
}

export type StrayStep =
  | { readonly do: 'adopt'; readonly claim: StoredClaim }
  | { readonly do: 'wait' }
  | { readonly do: 'remove'; readonly reason: string }

/**
 * A pod without a record. At the first listing of a runtime that is the trace of a lost disk: the claim stored beside the pod
 * stands in for the record. Later it is a leftover, and so is one that never ran: an engine that was slow to make it did so
 * after its claim had gone.
 */
export function strayStep({
  pod,
  isFirstListing,
  isSynced,
  hasTemplate,
}: {
  pod: RunningPod
  isFirstListing: boolean
  isSynced: boolean
  hasTemplate: (claim: StoredClaim) => boolean
}): StrayStep {
  const claim = readAnnotation(pod.annotation)
  if (claim === undefined || claim.uid !== pod.uid) return { do: 'remove', reason: 'no claim is stored beside it' }
  if (!isFirstListing || !hasRun(pod)) return { do: 'remove', reason: 'its claim was given up' }
  if (hasTemplate(claim)) return { do: 'adopt', claim }
  return isSynced ? { do: 'remove', reason: `${claim.workload} does not want it any more` } : { do: 'wait' }
}

/** The record of an adopted pod, until its actor has looked at it. */
export function adoptedFact(
  claim: StoredClaim,
  { podIP }: RunningPod,
  at: { runtime: string; hostIP: string },
): PodFact {
  return {
    ...claim,
    ...at,
    podIP,
    phase: 'Pending',
    ready: false,
    stopping: false,
    reason: 'Adopted',
    message: 'found running without a record',
    containers: [],
  }
}

/** In Kubernetes' words. */
export function lostFact(claim: PodFact): PodFact {
  const message = 'it was running when its machine went down, and is not to be started again'
  return { ...claim, phase: 'Failed', ready: false, reason: 'ContainerStatusUnknown', message }
}

/** The same claim, made now: whoever filled the slot meanwhile has the older one. */
export function renewedFact(claim: PodFact, nowMs: number): PodFact {
  const { startedAtMs: _, readyAtMs: __, ...rest } = claim
  return { ...rest, claimedAtMs: nowMs, phase: 'Pending', ready: false, reason: 'ContainerCreating', message: '' }
}

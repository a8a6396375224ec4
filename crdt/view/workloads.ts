/**
 * From a stored Deployment or Pod to the row that says what is to be made true.
 *
 * @module
 */
import { parseKey } from '../key.ts'
import { deepFreeze, type KubeObject, type StoredObject } from '../object.ts'
import { isForeground, isMarked } from '../objects/deletion.ts'
import { deploymentSpec } from '../objects/deployment.ts'
import { resolveCount } from '../objects/int-or-percent.ts'
import { withDefaults } from '../objects/prepare.ts'
import { podRevision } from '../objects/pod-document.ts'
import { revisionsOf, type Revision } from '../objects/revision.ts'
import { REVISION_LABEL, type LabelSelector, type Labels } from '../objects/selector.ts'
import { fillDefaults } from '../objects/fill-defaults.ts'
import { mayRebalance } from '../objects/rebalance.ts'
import { podTemplateSchema } from '../objects/pod-template.ts'
import type { NamespaceRules, PodEnd, Strategy, Workload } from './rows.ts'

/**
 * [END1] `ends.shoal.dev/<uid of the pod>: evict | delete` in the annotations of a Deployment: that this one pod of it is to
 * end. A uid never comes back, so what is left behind means nothing.
 */
export const END_ANNOTATION = 'ends.shoal.dev/'

const NO_ENDS: ReadonlyMap<string, PodEnd> = new Map()

function endsOf({ metadata }: KubeObject): ReadonlyMap<string, PodEnd> {
  const ends = Object.entries(metadata.annotations ?? {}).flatMap(([key, value]): [string, PodEnd][] =>
    key.startsWith(END_ANNOTATION) && (value === 'evict' || value === 'delete')
      ? [[key.slice(END_ANNOTATION.length), value]]
      : [],
  )
  return ends.length === 0 ? NO_ENDS : new Map(ends)
}

/** Under which keys of documents begin that stand for pods. */
export const WORKLOADS: ReadonlySet<string> = new Set(['apps/Deployment/', 'core/Pod/'])

export const workloadOf = (stored: StoredObject, rules: NamespaceRules): Workload =>
  stored.object.kind === 'Pod' ? podWorkload(stored, rules) : deploymentWorkload(stored, rules)

function podWorkload({ key, object, changedAtMs }: StoredObject, { podSecurity, isEnding }: NamespaceRules): Workload {
  const { namespace, name } = parseKey(key)!
  const { labels = {}, uid = '', generation = 1 } = object.metadata
  const current = podRevision(object)
  return deepFreeze({
    kind: 'Pod',
    key,
    namespace,
    name,
    uid,
    replicas: 1,
    paused: false,
    revision: current.hash,
    template: current.template,
    // Two pods cannot bear one name.
    strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 1 },
    minReadyMs: 0,
    current,
    older: [],
    selectorLabels: labels,
    generation,
    changedAtMs,
    ends: NO_ENDS,
    isEnding: isEnding || isMarked(object),
    podSecurity,
    mayRebalance: false,
  })
}

function deploymentWorkload({ key, object, changedAtMs }: StoredObject, rules: NamespaceRules): Workload {
  const { namespace, name } = parseKey(key)!
  const filled = withDefaults(object)
  const { replicas = 1, paused = false, minReadySeconds = 0, selector, template } = deploymentSpec(filled)
  // The hash is taken of the template as it is stored: see `revision.ts`.
  const { current, older } = revisionsOf(object)
  return deepFreeze({
    kind: 'Deployment',
    key,
    namespace,
    name,
    uid: object.metadata.uid ?? '',
    replicas,
    paused,
    revision: current.hash,
    template,
    strategy: strategyOf(filled, replicas),
    minReadyMs: minReadySeconds * 1_000,
    current: { ...current, template },
    older: older.map(withTemplateDefaults),
    selectorLabels: (selector as LabelSelector).matchLabels ?? {},
    generation: object.metadata.generation ?? 1,
    changedAtMs,
    ends: endsOf(object),
    isEnding: rules.isEnding || isForeground(object),
    podSecurity: rules.podSecurity,
    mayRebalance: rules.mayRebalance && mayRebalance(object),
  })
}

/** The template of one of its revisions, where it is known. */
export function revisionOf(workload: Workload, hash: string): Revision | undefined {
  return hash === workload.revision ? workload.current : workload.older.find((each) => each.hash === hash)
}

/** What pods of a revision wear. Of a template nobody kept, the selector's labels are known. */
export function podLabels(workload: Workload, hash: string): Labels {
  // Of a Pod they may change while it runs.
  if (workload.kind === 'Pod') return workload.selectorLabels
  const labels = revisionOf(workload, hash)?.template.metadata?.labels ?? workload.selectorLabels
  return { ...labels, [REVISION_LABEL]: hash }
}

function withTemplateDefaults(revision: Revision): Revision {
  return { ...revision, template: fillDefaults(podTemplateSchema, revision.template) as Revision['template'] }
}

function strategyOf(deployment: KubeObject, replicas: number): Strategy {
  const { strategy } = deploymentSpec(deployment)
  if (strategy?.type === 'Recreate') return { type: 'Recreate', maxSurge: 0, maxUnavailable: replicas }
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {}
  const surge = resolveCount(maxSurge, { total: replicas, round: 'up' })
  const unavailable = Math.min(resolveCount(maxUnavailable, { total: replicas, round: 'down' }), replicas)
  // As in Kubernetes: percentages that round to nothing on both sides would never move.
  return { type: 'RollingUpdate', maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

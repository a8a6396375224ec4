/**
 * Which nodes may run a pod at all. Each filter says why not, in words: what a pending pod shows its owner is made of these
 * sentences.
 *
 * @module
 */
import type { NodeFact } from '../../crdt/index.ts'
import type { NodeRow, PodTemplate } from '../control/rows.ts'
import { intolerable, taintText } from '../control/taints.ts'
import { fitRuntime, type Standing } from '../runtime/fit.ts'

/** Undefined: nothing against it. */
type Filter = (template: PodTemplate, node: NodeRow) => string | undefined

/** Cheap and decisive ones first. */
const FILTERS: readonly Filter[] = [isAlive, isSchedulable, hasRuntime, hasPlatform, matchesSelector, toleratesTaints]

/** [ELI1] The first reason against running this pod there; undefined: eligible. */
export function reasonAgainst(template: PodTemplate, node: NodeRow): string | undefined {
  for (const filter of FILTERS) {
    const reason = filter(template, node)
    if (reason !== undefined) return reason
  }
  return undefined
}

function isAlive(_: PodTemplate, { verdict }: NodeRow): string | undefined {
  return verdict === 'alive' ? undefined : `is ${verdict}`
}

function isSchedulable(_: PodTemplate, { fact }: NodeRow): string | undefined {
  return fact.unschedulable ? 'is cordoned (unschedulable)' : undefined
}

function hasRuntime({ spec }: PodTemplate, { fact }: NodeRow): string | undefined {
  const fit = fitRuntime(spec, runtimesOf(fact))
  if ('runtime' in fit && fit.runtime.answers) return undefined
  const wanted = 'refusal' in fit ? fit.refusal : `runtime ${fit.runtime.name} does not answer`
  const troubles = Object.entries(fact.runtimeTrouble).map(([name, why]) => `${name}: ${why}`)
  return troubles.length === 0 ? wanted : `${wanted} (${troubles.join('; ')})`
}

/** As the node says: those that answer, best first, and those that do not. */
export function runtimesOf({ runtimes, runtimeTrouble }: NodeFact): Standing[] {
  return [
    ...runtimes.map((name) => ({ name, answers: true })),
    ...Object.keys(runtimeTrouble).map((name) => ({ name, answers: false })),
  ]
}

function hasPlatform({ spec }: PodTemplate, { fact }: NodeRow): string | undefined {
  if (spec.os === undefined || spec.os.name === fact.platform.os) return undefined
  return `runs ${fact.platform.os}, the pod asks for ${spec.os.name}`
}

function matchesSelector({ spec }: PodTemplate, node: NodeRow): string | undefined {
  const labels = labelsOf(node)
  const missing = Object.entries(spec.nodeSelector ?? {}).find(([key, value]) => labels[key] !== value)
  if (missing === undefined) return undefined
  const [key, value] = missing
  const has = Object.hasOwn(labels, key) ? `has ${key}=${labels[key]}` : `has no label ${key}`
  return `${has}, the pod selects ${key}=${value}`
}

/** A node's own labels win over those every node has by its nature. */
function labelsOf({ name, fact }: NodeRow): Readonly<Record<string, string>> {
  const natural = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': fact.platform.os,
    'kubernetes.io/arch': fact.platform.arch,
  }
  return { ...natural, ...fact.labels }
}

function toleratesTaints({ spec }: PodTemplate, { fact }: NodeRow): string | undefined {
  const taint = intolerable(spec.tolerations, fact.taints).find(({ effect }) => effect !== 'PreferNoSchedule')
  return taint === undefined ? undefined : `has the taint ${taintText(taint)}, which the pod does not tolerate`
}

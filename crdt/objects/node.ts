/**
 * Node: what a node says of itself in its record, what this node thinks of it, and what people want of it. The last is a
 * document of the node's name: whether it takes pods, its taints, and labels beside its own.
 *
 * @module
 */
import type { Node, NodeCondition } from 'kubernetes-types/core/v1.js'
import type { NodeFact, Resources, Taint } from '../facts.ts'
import type { NodeId } from '../identity.ts'
import type { KubeObject } from '../object.ts'
import { formatCpu, formatMemory } from './quantity.ts'
import { timestamp } from '../timestamp.ts'
import type { Findings } from './field-error.ts'
import { metadataSchema } from './meta.ts'
import { labelValue, qualifiedName } from './names.ts'
import { anything, bySystem, choice, fields, flag, listOf, required, text } from './schema.ts'

/** As many as a node may say of itself. */
const TAINTS_MAX = 64

const taintSchema = fields({
  key: required(text(qualifiedName)),
  value: text(labelValue),
  effect: required(choice(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
  timeAdded: text(),
})

export const nodeSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  // One value, as in Kubernetes: who takes a taint away sends the others.
  spec: fields({ unschedulable: flag(), taints: listOf(taintSchema, { itemsMax: TAINTS_MAX }) }),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

/** Said of every node by its nature. */
const NATURAL_LABELS = ['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch']

/** That a node is to be emptied: `pods`, or `force` for those too that no Deployment stands behind. */
const DRAIN_ANNOTATION = 'shoal.dev/drain'

export type Drain = 'pods' | 'force'

interface NodeWishes {
  readonly unschedulable?: boolean
  readonly taints?: readonly Taint[]
}

const wishesOf = (document: KubeObject | undefined): NodeWishes => document?.['spec'] ?? {}

export function checkNode(node: KubeObject, findings: Findings): void {
  const natural = Object.keys(node.metadata.labels ?? {}).find((key) => NATURAL_LABELS.includes(key))
  if (natural !== undefined)
    findings.forbidden('metadata.labels', `${natural} is said by the node itself: choose another label`)
  const drain = node.metadata.annotations?.[DRAIN_ANNOTATION]
  if (drain !== undefined && !isDrain(drain))
    findings.unsupported(`metadata.annotations[${DRAIN_ANNOTATION}]`, drain, ['force', 'pods'])
  const seen = new Set<string>()
  wishesOf(node).taints?.forEach(({ key, effect }, index) => {
    if (seen.has(`${key}:${effect}`))
      findings.say(`spec.taints[${index}]`, 'Duplicate', `Duplicate value: "${key}:${effect}"`)
    seen.add(`${key}:${effect}`)
  })
}

const isDrain = (value: string | undefined): value is Drain => value === 'pods' || value === 'force'

/** [NODE1] What a node says with what people want of it: taints are theirs once they said any, labels are added to its own. */
export function withWishes(fact: NodeFact, document: KubeObject | undefined): NodeFact {
  if (document === undefined) return fact
  const { unschedulable = fact.unschedulable, taints = fact.taints } = wishesOf(document)
  const labels = { ...document.metadata.labels, ...fact.labels }
  return {
    ...fact,
    unschedulable,
    taints: taints.map(({ key, value, effect }) => ({ key, ...(value ? { value } : {}), effect })),
    labels,
  }
}

/** [NODE2] Only a cordoned node is drained: `uncordon`, whoever's, ends it. */
export function drainOf(document: KubeObject | undefined): Drain | undefined {
  const drain = document?.metadata.annotations?.[DRAIN_ANNOTATION]
  return wishesOf(document).unschedulable === true && isDrain(drain) ? drain : undefined
}

/** [DEP1] `departed.shoal.dev/<id of the node>: <when>`: that the member was deleted which bore this name then. */
const DEPARTED_ANNOTATION = 'departed.shoal.dev/'

export function departedOf(document: KubeObject | undefined): NodeId[] {
  return Object.keys(document?.metadata.annotations ?? {}).flatMap((key) =>
    key.startsWith(DEPARTED_ANNOTATION) ? [key.slice(DEPARTED_ANNOTATION.length)] : [],
  )
}

/** The document of a name whose bearer was deleted: what people wanted of it ends, who was deleted before stays so. */
export function withDeparted(
  document: KubeObject | undefined,
  { name, id, nowMs }: { readonly name: string; readonly id: NodeId; readonly nowMs: number },
): KubeObject {
  const before = Object.entries(document?.metadata.annotations ?? {})
  const annotations = Object.fromEntries([
    ...before.filter(([key]) => key.startsWith(DEPARTED_ANNOTATION)),
    [`${DEPARTED_ANNOTATION}${id}`, timestamp(nowMs)],
  ])
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, annotations } }
}

/** The same document when that member is back. */
export function withReturned(document: KubeObject, id: NodeId): KubeObject {
  const { [`${DEPARTED_ANNOTATION}${id}`]: _, ...annotations } = document.metadata.annotations ?? {}
  return { ...document, metadata: { ...document.metadata, annotations } }
}

/** What this node thinks of another. Its own opinion: never replicated, and others may think otherwise. */
export type Verdict = 'alive' | 'unreachable' | 'agent-gone' | 'lost'

export interface NodeView {
  readonly name: string
  readonly fact: NodeFact
  readonly verdict: Verdict
  readonly sinceMs: number
  /** When the node last wrote its record. */
  readonly heardMs: number
}

const UNREACHABLE: Record<Exclude<Verdict, 'alive'>, { reason: string; message: string }> = {
  unreachable: { reason: 'NodeUnreachable', message: 'it does not answer' },
  'agent-gone': {
    reason: 'AgentGone',
    message: 'its machine answers, but no agent runs on it; its containers may run on',
  },
  lost: { reason: 'NodeLost', message: 'it has not answered for so long that its work is done elsewhere' },
}

export function nodeStatusAndSpec(view: NodeView): {
  spec: NonNullable<Node['spec']>
  status: NonNullable<Node['status']>
} {
  const { fact } = view
  return {
    spec: {
      ...(fact.unschedulable ? { unschedulable: true } : {}),
      ...(fact.taints.length > 0 ? { taints: fact.taints.map((taint) => ({ ...taint })) } : {}),
    },
    status: {
      capacity: amounts(fact.capacity),
      allocatable: amounts(fact.capacity),
      conditions: [readyCondition(view)],
      addresses: [
        { type: 'InternalIP', address: fact.hostAddress },
        { type: 'Hostname', address: view.name },
      ],
      nodeInfo: nodeInfo(fact),
      images: fact.images.map((image) => ({ names: [image] })),
    },
  }
}

/** Labels every node wears, whatever it says: selectors of real manifests ask for them. */
export function nodeLabels({ name, fact }: NodeView): Readonly<Record<string, string>> {
  const { os, arch } = fact.platform
  return { ...fact.labels, 'kubernetes.io/os': os, 'kubernetes.io/arch': arch, 'kubernetes.io/hostname': name }
}

const amounts = ({ cpuMilli, memoryBytes, pods }: Resources): Record<string, string> => ({
  cpu: formatCpu(cpuMilli),
  memory: formatMemory(memoryBytes),
  pods: String(pods),
})

function readyCondition({ fact, verdict, sinceMs, heardMs }: NodeView): NodeCondition {
  const times = {
    lastHeartbeatTime: timestamp(heardMs),
    lastTransitionTime: timestamp(Math.max(sinceMs, fact.startedAtMs)),
  }
  if (verdict !== 'alive') return { type: 'Ready', status: 'Unknown', ...UNREACHABLE[verdict], ...times }
  const { runtimes, runtimeTrouble, lostRuntimes = [] } = fact
  // [NODE4] One of two is enough for new pods; those of the other move.
  if (runtimes.length > 0 && lostRuntimes.length === 0) {
    return {
      type: 'Ready',
      status: 'True',
      reason: 'RuntimeReady',
      message: `runs pods with ${runtimes.join(', ')}`,
      ...times,
    }
  }
  const missed = lostRuntimes.length === 0 ? Object.keys(runtimeTrouble) : lostRuntimes
  const trouble = missed.map((name) => `${name}: ${runtimeTrouble[name] ?? 'it does not answer'}`)
  return {
    type: 'Ready',
    status: 'False',
    reason: runtimes.length > 0 ? 'RuntimeLost' : 'NoRuntime',
    message: trouble.join('; ') || 'no container runtime answers',
    ...times,
  }
}

function nodeInfo({ platform, version, runtimes }: NodeFact): NonNullable<NonNullable<Node['status']>['nodeInfo']> {
  const unknown = ''
  return {
    operatingSystem: platform.os,
    architecture: platform.arch,
    kubeletVersion: `shoal-${version}`,
    kubeProxyVersion: `shoal-${version}`,
    containerRuntimeVersion: runtimes.join(','),
    machineID: unknown,
    systemUUID: unknown,
    bootID: unknown,
    kernelVersion: unknown,
    osImage: unknown,
  }
}

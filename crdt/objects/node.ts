/**
 * Node, derived: what a node says of itself in its record, and what this node thinks of it.
 *
 * @module
 */
import type { Node, NodeCondition } from 'kubernetes-types/core/v1.js'
import type { NodeFact, Resources } from '../facts.ts'
import { formatCpu, formatMemory } from './quantity.ts'
import { timestamp } from '../timestamp.ts'

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
  if (fact.runtimes.length > 0) {
    return {
      type: 'Ready',
      status: 'True',
      reason: 'RuntimeReady',
      message: `runs pods with ${fact.runtimes.join(', ')}`,
      ...times,
    }
  }
  const trouble = Object.entries(fact.runtimeTrouble).map(([name, why]) => `${name}: ${why}`)
  return {
    type: 'Ready',
    status: 'False',
    reason: 'NoRuntime',
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

/**
 * Rows for tests: what a row looks like when nothing about it matters, and the way to say what does.
 *
 * @module
 */
import type { NodeFact, NodeId, PodFact } from '../../crdt/index.ts'
import { readClaims, seenNodes, type Claim, type Sight } from './claims.ts'
import type { NodeRow, PodRow, Workload } from './rows.ts'

export const KEY = 'apps/Deployment/default/web'

export function aNode(
  id: NodeId,
  { fact, ...rest }: Partial<Omit<NodeRow, 'fact'>> & { fact?: Partial<NodeFact> } = {},
): NodeRow {
  return { id, name: id, verdict: 'alive', sinceMs: 0, isSelf: false, ...rest, fact: { ...aNodeFact(id), ...fact } }
}

function aNodeFact(name: string): NodeFact {
  return {
    name,
    addresses: [],
    hostAddress: '127.0.0.1',
    labels: {},
    taints: [],
    unschedulable: false,
    capacity: { cpuMilli: 4_000, memoryBytes: 4 * 2 ** 30, pods: 110 },
    platform: { os: 'linux', arch: 'amd64' },
    runtimes: ['docker'],
    runtimeTrouble: {},
    images: [],
    version: '0.1.0',
    startedAtMs: 0,
  }
}

export function aWorkload(fields: Partial<Workload> = {}): Workload {
  return {
    kind: 'Deployment',
    key: KEY,
    uid: 'uid-web',
    replicas: 3,
    revision: 'new',
    template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    strategy: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
    minReadyMs: 0,
    paused: false,
    older: [],
    ...fields,
  }
}

/** An older revision, so that its slots can be filled anew. */
export const older = (hash: string, number: number) => ({ hash, number, template: aWorkload().template })

export function aPod(node: NodeId, fields: Partial<PodFact> = {}, probe?: PodRow['probe']): PodRow {
  const { revision = 'new', index = 0, ready = false } = fields
  const fact: PodFact = {
    uid: `${node}-${revision}-${index}`,
    name: `web-${revision}-${index}`,
    namespace: 'default',
    workload: KEY,
    revision,
    index,
    claimedAtMs: 1_000,
    auction: [],
    phase: ready ? 'Running' : 'Pending',
    ready,
    stopping: false,
    reason: '',
    message: '',
    podIP: '',
    hostIP: '',
    runtime: 'process',
    ...(ready && { readyAtMs: 2_000 }),
    containers: [],
    ...fields,
  }
  return { node, fact, probe }
}

/** Nodes that are not named are alive. */
export function aSight({
  nowMs = 100_000,
  nodes = [],
  holdMs = 1_000,
  idle = [],
}: { nowMs?: number; nodes?: readonly NodeRow[]; holdMs?: number; idle?: readonly string[] } = {}): Sight {
  const known = seenNodes(nodes, nowMs)
  const alive = { verdict: 'alive', forMs: nowMs } as const
  return {
    nowMs,
    nodes: { get: (id: NodeId) => known.get(id) ?? alive } as Sight['nodes'],
    holdMs: () => holdMs,
    idle: new Set(idle),
  }
}

export const claimsOf = (pods: readonly PodRow[], sight: Sight = aSight(), workload = aWorkload()): Claim[] =>
  readClaims(pods, sight, workload)

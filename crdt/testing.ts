/**
 * What tests of this folder stand on: real Ed25519 keys, a small world of kinds, replicas with everything they were told.
 * For tests only.
 *
 * @module
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { CUT_BOUNDS, type CutBounds } from './compaction.ts'
import type { Copied } from './copied.ts'
import type { NodeFact, PodFact } from './facts.ts'
import type { NodeId, Signer, Trust } from './identity.ts'
import type { Fact, FieldError, KindPort } from './kind-port.ts'
import type { Conflict, Equivocation, ReplicaListener } from './listener.ts'
import type { KubeObject, StoredObject } from './object.ts'
import type { Receipt } from './receipt.ts'
import { Replica } from './replica.ts'

export const CLUSTER = 'cluster-of-tests'
export const WEB = 'apps/Deployment/default/web'
export const NOW = Date.UTC(2026, 10, 21)

// ---- keys

export interface Identity extends Signer {
  readonly publicKey: KeyObject
}

const identities = new Map<string, Identity>()

/** The same key for the same name, in every run. */
export function identity(name: string): Identity {
  const known = identities.get(name) ?? newIdentity(name)
  identities.set(name, known)
  return known
}

function newIdentity(name: string): Identity {
  const seed = createHash('sha256').update(`seed of ${name}`).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return {
    node: `node-${name}`,
    publicKey: createPublicKey(key),
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
  }
}

/** Believes whom it was told of, and whom a certificate (the name of an identity, in text) names. */
export class TestTrust implements Trust {
  readonly #keys = new Map<NodeId, KeyObject>()

  constructor(members: readonly Identity[]) {
    for (const { node, publicKey } of members) this.#keys.set(node, publicKey)
  }

  verify(node: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys.get(node)
    return key !== undefined && verify(null, bytes, key, signature)
  }

  isMember(node: NodeId): boolean {
    return this.#keys.has(node)
  }

  admit(certificate: Uint8Array): ReturnType<Trust['admit']> {
    const name = new TextDecoder().decode(certificate).trimEnd()
    if (!/^[a-z0-9-]{1,20}$/.test(name)) return { verdict: 'refused', reason: 'it is no name' }
    const { node, publicKey } = identity(name)
    if (this.#keys.has(node)) return { verdict: 'known', subject: node }
    this.#keys.set(node, publicKey)
    return { verdict: 'new', subject: node }
  }
}

export function certificateOf(name: string): Uint8Array {
  return new TextEncoder().encode(name)
}

// ---- kinds

const POD = '/spec/template/spec'
const LIST_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  [`${POD}/containers`, ['name']],
  [`${POD}/containers/*/env`, ['name']],
  [`${POD}/containers/*/ports`, ['containerPort', 'protocol']],
  [`${POD}/volumes`, ['name']],
])

/** Namespaces, and Deployments with a name of small letters, replicas 0 to 1,000, and containers that do not share a port. */
export const testKinds: KindPort = {
  listKeys: (group, kind) => (group === 'apps' && kind === 'Deployment' ? LIST_KEYS : new Map()),
  validate(key, object) {
    if (key.startsWith('core/Namespace/')) return faultsInName(object)
    if (!key.startsWith('apps/Deployment/'))
      return [{ field: 'kind', reason: 'NotSupported', message: 'is not supported' }]
    return [...faultsInName(object), ...faultsInReplicas(object), ...faultsInPorts(object)]
  },
  parseFact(name, value) {
    const isObject = typeof value === 'object' && value !== null
    return isObject ? { fact: value as Fact } : { error: `${name} is no object` }
  },
}

function faultsInName({ metadata }: KubeObject): FieldError[] {
  const isName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(metadata.name)
  return isName ? [] : [{ field: 'metadata.name', reason: 'Invalid', message: 'is no DNS-1123 name' }]
}

function faultsInReplicas({ spec }: KubeObject): FieldError[] {
  const replicas = (spec as { replicas?: unknown } | undefined)?.replicas
  const isCount =
    replicas === undefined || (Number.isInteger(replicas) && Number(replicas) >= 0 && Number(replicas) <= 1000)
  return isCount ? [] : [{ field: 'spec.replicas', reason: 'Invalid', message: 'is no number from 0 to 1000' }]
}

function faultsInPorts({ spec }: KubeObject): FieldError[] {
  const pod = (spec as { template?: { spec?: { containers?: unknown } } } | undefined)?.template?.spec
  const containers = Array.isArray(pod?.containers) ? (pod.containers as { ports?: { containerPort: number }[] }[]) : []
  const ports = containers.flatMap(({ ports: own }) =>
    Array.isArray(own) ? own.map(({ containerPort }) => containerPort) : [],
  )
  const isUnique = new Set(ports).size === ports.length
  return isUnique ? [] : [{ field: 'spec.template.spec.containers', reason: 'Duplicate', message: 'share a port' }]
}

/** `change` is laid over a Deployment of one container. */
export function deployment(spec: Readonly<Record<string, unknown>> = {}, name = 'web'): KubeObject {
  const template = {
    metadata: { labels: { app: name } },
    spec: {
      containers: [{ name: 'web', image: 'nginx:1', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] }],
    },
  }
  const selector = { matchLabels: { app: name } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { replicas: 3, selector, template, ...spec },
  }
}

export function podFact(uid: string, phase: PodFact['phase'] = 'Running'): PodFact {
  return {
    uid,
    name: `web-1-${uid}`,
    namespace: 'default',
    workload: WEB,
    revision: '1',
    index: 0,
    claimedAtMs: NOW,
    auction: [],
    phase,
    ready: true,
    stopping: false,
    reason: '',
    message: '',
    podIP: '127.64.0.1',
    hostIP: '127.0.0.1',
    runtime: 'process',
    containers: [],
  }
}

export function nodeFact(name: string): NodeFact {
  return {
    name,
    addresses: [],
    hostAddress: '127.0.0.1',
    labels: {},
    taints: [],
    unschedulable: false,
    capacity: { cpuMilli: 1000, memoryBytes: 1e9, pods: 100 },
    platform: { os: 'linux', arch: 'amd64' },
    runtimes: ['process'],
    runtimeTrouble: {},
    images: [],
    version: '0.1.0',
    startedAtMs: NOW,
  }
}

// ---- replicas

/** A listener that remembers. */
export class Told implements ReplicaListener {
  readonly objects: [string, StoredObject | undefined][] = []
  readonly records: [string, string, boolean][] = []
  readonly members: NodeId[] = []
  readonly conflicts: Conflict[] = []
  readonly proofs: Equivocation[] = []
  readonly copies: Copied[] = []

  objectChanged(key: string, object: StoredObject | undefined): void {
    this.objects.push([key, object])
  }

  recordChanged(node: NodeId, name: string, record: unknown): void {
    this.records.push([node, name, record !== undefined])
  }

  memberAdded(node: NodeId): void {
    this.members.push(node)
  }

  conflict(conflict: Conflict): void {
    this.conflicts.push(conflict)
  }

  equivocation(proof: Equivocation): void {
    this.proofs.push(proof)
  }

  copied(sign: Copied): void {
    this.copies.push(sign)
  }
}

export interface TestReplica {
  readonly replica: Replica
  readonly told: Told
  readonly self: Identity
}

export const NAMES = ['a', 'b', 'c', 'd'] as const

export interface TestReplicaOptions {
  readonly name: string
  readonly members?: readonly string[]
  readonly incarnation?: number
  readonly startedAtMs?: number
  readonly clusterId?: string
  readonly kinds?: KindPort
  readonly cutBounds?: CutBounds
}

/** A replica of the node `name`, whose members know one another by name. */
export function testReplica({
  name,
  members = NAMES,
  incarnation = 1,
  clusterId = CLUSTER,
  kinds = testKinds,
  startedAtMs = NOW,
  cutBounds = CUT_BOUNDS,
}: TestReplicaOptions): TestReplica {
  const self = identity(name)
  const told = new Told()
  const trust = new TestTrust([self, ...members.map(identity)])
  const bootNonce = nonceOf(name, incarnation)
  return {
    self,
    told,
    replica: new Replica({
      clusterId,
      signer: self,
      trust,
      bootNonce,
      incarnation,
      startedAtMs,
      kinds,
      listener: told,
      cutBounds,
    }),
  }
}

export function nonceOf(name: string, incarnation: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`nonce ${name} ${incarnation}`).digest().subarray(0, 16))
}

/** Hands `target` all that `source` holds. */
export function copyAll(source: Replica, target: Replica, nowMs = NOW): Receipt[] {
  return [...source.envelopes()].map(({ bytes }) => target.receive(bytes, nowMs))
}

/** What two replicas that hold the same must agree on. */
export function stateOf(replica: Replica): unknown {
  const byKey = <T extends { key: string }>(items: Iterable<T>): T[] =>
    [...items].toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const objects = byKey(replica.objects())
  return {
    root: replica.digest().root,
    objects,
    conflicts: objects.map(({ key }) => replica.conflicts(key)),
    heads: [...replica.heads()].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    records: [...replica.records()].map((record) => JSON.stringify(record)).toSorted(),
  }
}

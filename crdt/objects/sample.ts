/**
 * Objects for tests: valid as they are, with the one thing changed that a test is about.
 *
 * @module
 */
import type { NodeFact, PodFact } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { own, put } from './plain.ts'

export function aDeployment(changes: Readonly<Record<string, unknown>> = {}): KubeObject {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
    },
  }
  return changed(deployment, changes)
}

export function aService(changes: Readonly<Record<string, unknown>> = {}): KubeObject {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  }
  return changed(service, changes)
}

export function aPod(changes: Readonly<Record<string, unknown>> = {}): KubeObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'lone', namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ name: 'http', containerPort: 8080 }] }] },
  }
  return changed(pod, changes)
}

export function aNamespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

export function aServiceAccount(changes: Readonly<Record<string, unknown>> = {}): KubeObject {
  const metadata = { name: 'builder', namespace: 'default' }
  return changed({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, changes)
}

export function aConfigMap(changes: Readonly<Record<string, unknown>> = {}): KubeObject {
  const metadata = { name: 'web', namespace: 'default' }
  return changed({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'app.conf': 'level = info\n' } }, changes)
}

export function aSecret(changes: Readonly<Record<string, unknown>> = {}): KubeObject {
  const metadata = { name: 'web', namespace: 'default' }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { password: 'c2VzYW1l' } }
  return changed(secret, changes)
}

export function aNodeFact(changes: Partial<NodeFact> = {}): NodeFact {
  return {
    name: 'basil',
    addresses: ['/ip4/127.0.0.1/tcp/4000/p2p/12D3KooWBasil'],
    hostAddress: '127.0.0.1',
    labels: { zone: 'north' },
    taints: [],
    unschedulable: false,
    capacity: { cpuMilli: 4000, memoryBytes: 8 * 2 ** 30, pods: 110 },
    platform: { os: 'linux', arch: 'amd64' },
    runtimes: ['process'],
    runtimeTrouble: {},
    images: ['nginx:1.27'],
    version: '0.1.0',
    startedAtMs: 1_790_000_000_000,
    ...changes,
  }
}

export function aPodFact(changes: Partial<PodFact> = {}): PodFact {
  return {
    uid: 'p1',
    name: 'web-bcdfghjklm-x2z4w',
    namespace: 'default',
    workload: 'apps/Deployment/default/web',
    revision: 'bcdfghjklm',
    index: 0,
    claimedAtMs: 1_790_000_001_000,
    auction: [{ node: '12D3KooWBasil', score: 7, parts: { free: 7 } }],
    phase: 'Running',
    ready: true,
    stopping: false,
    reason: '',
    message: '',
    podIP: '127.64.0.1',
    hostIP: '127.0.0.1',
    runtime: 'process',
    startedAtMs: 1_790_000_002_000,
    readyAtMs: 1_790_000_003_000,
    containers: [
      {
        name: 'web',
        image: 'nginx:1.27',
        ready: true,
        restarts: 0,
        now: { state: 'running', startedAtMs: 1_790_000_002_000 },
      },
    ],
    ...changes,
  }
}

/** With values at dotted paths: `spec.template.spec.containers.0.image`. Undefined takes a field away. */
export function changed(object: KubeObject, changes: Readonly<Record<string, unknown>>): KubeObject {
  // Not `structuredClone`: parts that are shared would change together.
  const copy = JSON.parse(JSON.stringify(object)) as KubeObject
  for (const [path, value] of Object.entries(changes)) setAt(copy, path.split('.'), value)
  return copy
}

function setAt(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path as [string, ...string[]]
  if (rest.length > 0) {
    if (own(object, name) === undefined) put(object, name, {})
    setAt(object[name] as Record<string, unknown>, rest, value)
  } else if (value === undefined) delete object[name]
  else put(object, name, value)
}

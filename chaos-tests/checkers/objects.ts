/**
 * Deployments and pods as a node shows them, as far as checkers look at them.
 *
 * @module
 */
import { read, type Cluster } from '../cluster.ts'

export interface SeenDeployment {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly generation: number
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly replicas: number
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } }
  }
  readonly status: unknown
}

export interface SeenService {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly ports: readonly { readonly port: number }[] }
}

export interface SeenPod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly creationTimestamp?: string
    readonly deletionTimestamp?: string
  }
  readonly spec: {
    readonly nodeName: string
    readonly containers: readonly {
      readonly image: string
      readonly resources: { readonly requests: { readonly cpu: string } }
    }[]
  }
  readonly status: {
    readonly phase?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly lastTransitionTime?: string
    }[]
  }
}

export async function deploymentsOn(cluster: Cluster, machine: string): Promise<readonly SeenDeployment[]> {
  return (await read<{ items: SeenDeployment[] }>(cluster, machine, '/apis/apps/v1/deployments')).items
}

export async function servicesOn(cluster: Cluster, machine: string): Promise<readonly SeenService[]> {
  return (await read<{ items: SeenService[] }>(cluster, machine, '/api/v1/services')).items
}

/** A look while things break must not hang where a node stands still. */
const LOOK_MS_MAX = 1_000

/** What a node answers to a GET; undefined where it does not answer, or not with success. */
export async function glance<T>(cluster: Cluster, machine: string, path: string): Promise<T | undefined> {
  try {
    const { status, body } = await cluster.request(machine, 'GET', path, { timeoutMs: LOOK_MS_MAX })
    return status === 200 ? (body as T) : undefined
  } catch {
    return undefined
  }
}

export async function podsOn(cluster: Cluster, machine: string): Promise<readonly SeenPod[]> {
  return (await read<{ items: SeenPod[] }>(cluster, machine, '/api/v1/pods')).items
}

export function isReady({ status }: SeenPod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
}

/** The workload a pod's name begins with. */
export function workloadIn(pod: string): string {
  return pod.split('-').slice(0, -2).join('-')
}

/** The revision that follows it. */
export function revisionIn(pod: string): string {
  return pod.split('-').at(-2) ?? ''
}

/** [RBK4, HPA10] Whether these are more than half of all members, as each of them counts. */
export async function areMajority(cluster: Cluster, machines: readonly string[]): Promise<boolean> {
  const lists = machines.map((machine) => read<{ items: unknown[] }>(cluster, machine, '/api/v1/nodes'))
  return (await Promise.all(lists)).every(({ items }) => machines.length * 2 > items.length)
}

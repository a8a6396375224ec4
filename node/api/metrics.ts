/**
 * What pods and nodes take, in the form that `kubectl top` and autoscalers of others ask for (`metrics.k8s.io/v1beta1`). Nothing
 * is stored: the nodes are asked (`usage.ts`).
 *
 * @module
 */
import { documentKey, timestamp, type KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { json, type ApiRequest, type ApiResponse } from './message.ts'
import { presentation } from './presentation.ts'
import { selection } from './selection.ts'
import { apiVersion, type Resource } from './served.ts'
import { ApiError, notFound, qualified } from './status.ts'
import { usedBy, type Usage, type UsageAnswer } from './usage.ts'

const GROUP = 'metrics.k8s.io'

export const METRICS: readonly Resource[] = [
  measured('NodeMetrics', 'nodes', false),
  measured('PodMetrics', 'pods', true),
]

function measured(kind: string, plural: string, namespaced: boolean): Resource {
  const names = { kind, plural, singular: '', shortNames: [] }
  return {
    group: GROUP,
    version: 'v1beta1',
    ...names,
    namespaced,
    writable: false,
    verbs: ['get', 'list'],
    subresources: [],
    categories: [],
  }
}

export interface MetricsAsked {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly resource: Resource
  /** Undefined: of all. */
  readonly namespace: string | undefined
  readonly name: string | undefined
}

/** [KUBE60] */
export async function metrics({ request, backend, resource, namespace, name }: MetricsAsked): Promise<ApiResponse> {
  const watches = ['true', '1'].includes(request.query.get('watch') ?? '')
  if (request.method !== 'GET' || watches)
    throw new ApiError(
      'MethodNotAllowed',
      `${qualified(resource)} are read with GET, and measured anew each time: ask again`,
    )
  const presented = presentation({ request, resource, nowMs: () => backend.now() })
  const used = await usedBy(backend)
  const warnings =
    used.missing.length === 0 ? [] : [`without what ${used.missing.join(', ')} measured: no answer from there`]
  const all = objectsOf(used, { backend, resource }).filter(
    ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
  )
  if (name === undefined) {
    const items = all.filter(selection(request.query)).map(presented.item)
    return json(200, presented.list(items, {}), { warnings })
  }
  const found = all.find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw notFound(resource, name)
  return json(200, presented.single(found), { warnings })
}

function objectsOf(
  { nodes, pods }: UsageAnswer,
  { backend, resource }: Pick<MetricsAsked, 'backend' | 'resource'>,
): readonly KubeObject[] {
  const now = backend.now()
  const object = (of: { kind: string; namespace?: string; name: string; overMs: number }, what: object): KubeObject => {
    const { kind, namespace, name, overMs } = of
    const key = documentKey({ group: '', kind, namespace: namespace ?? '', name })
    const labels = backend.view.get(key)?.metadata.labels
    return {
      apiVersion: apiVersion(resource),
      kind: resource.kind,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        creationTimestamp: timestamp(now),
        ...(labels === undefined ? {} : { labels }),
      },
      timestamp: timestamp(now),
      window: `${(overMs / 1_000).toFixed(3)}s`,
      ...what,
    }
  }
  if (!resource.namespaced) return nodes.map((node) => object({ kind: 'Node', ...node }, { usage: quantities(node) }))
  return pods.map((pod) => {
    const containers = pod.containers.map(({ name, ...used }) => ({ name, usage: quantities(used) }))
    return object({ kind: 'Pod', ...pod }, { containers })
  })
}

function quantities({ cpuMilli, memoryBytes }: Usage): Readonly<Record<string, string>> {
  return { cpu: `${cpuMilli}m`, memory: `${Math.ceil(memoryBytes / 1_024)}Ki` }
}

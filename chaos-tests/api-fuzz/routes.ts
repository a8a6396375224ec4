/**
 * Every route that is served, found as clients find it: by discovery. What discovery does not tell of (probes, OpenAPI,
 * `/shoal/v1`) stands here.
 *
 * @module
 */

export interface Route {
  /** `$NS` and `$NAME` stand for a namespace and a name. */
  readonly path: string
  /** Of what is sent there. */
  readonly kind: string
  /** Whether it is an object, a collection, or a part of an object. */
  readonly of: 'object' | 'collection' | 'part' | 'other'
}

interface ResourceList {
  readonly groupVersion: string
  readonly resources: readonly { readonly name: string; readonly namespaced: boolean; readonly kind: string }[]
}

export type Ask = (path: string) => Promise<unknown>

export async function routesOf(ask: Ask): Promise<readonly Route[]> {
  const { groups } = (await ask('/apis')) as { groups: readonly { versions: readonly { groupVersion: string }[] }[] }
  const roots = ['/api/v1', ...groups.flatMap(({ versions }) => versions.map((each) => `/apis/${each.groupVersion}`))]
  const lists = await Promise.all(roots.map(async (root) => ({ root, list: (await ask(root)) as ResourceList })))
  const own = lists.flatMap(({ root, list }) => list.resources.flatMap((each) => routesAt(root, each)))
  const { paths } = (await ask('/openapi/v3')) as { paths: Readonly<Record<string, unknown>> }
  const others = [...OTHERS, ...roots, ...Object.keys(paths).map((path) => `/openapi/v3/${path}`)]
  return [...own, ...others.map((path): Route => ({ path, kind: 'Deployment', of: 'other' })), ...OLDER]
}

function routesAt(root: string, { name, namespaced, kind }: ResourceList['resources'][number]): Route[] {
  const [plural, part] = name.split('/')
  const within = namespaced ? `${root}/namespaces/$NS/${plural}` : `${root}/${plural}`
  if (part !== undefined) return [{ path: `${within}/$NAME/${part}`, kind, of: 'part' }]
  const collections = namespaced ? [within, `${root}/${plural}`] : [within]
  return [
    ...collections.map((path): Route => ({ path, kind, of: 'collection' })),
    { path: `${within}/$NAME`, kind, of: 'object' },
  ]
}

const SHOAL = ['info', 'kinds', 'peers', 'digest', 'verify', 'explain', 'forecast', 'leaving', 'revisions', 'usage', 'logs', 'token', 'client-certificate', 'undo', 'nothing'] // prettier-ignore

const OTHERS = [
  '/',
  '/api',
  '/apis',
  '/version',
  '/livez',
  '/readyz',
  '/healthz',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/nothing',
  '/apis/nothing.example/v1/things',
  '/api/v1/namespaces/$NS/things',
  '/api/v1/namespaces/%2e%2e/pods',
  '/api/v1/namespaces/%zz/pods',
  '/api/v1//pods',
  ...SHOAL.map((what) => `/shoal/v1/${what}`),
]

/** Taken, and not told of. */
const OLDER: readonly Route[] = [
  {
    path: '/apis/autoscaling/v1/namespaces/$NS/horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    of: 'collection',
  },
  {
    path: '/apis/autoscaling/v2beta2/namespaces/$NS/horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    of: 'collection',
  },
  { path: '/apis/policy/v1beta1/namespaces/$NS/poddisruptionbudgets', kind: 'PodDisruptionBudget', of: 'collection' },
]

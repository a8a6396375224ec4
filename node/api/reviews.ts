/**
 * What a client asks about itself: who it is, and whether it may do something. Nothing is stored; the answer is the object
 * that was sent, with its status. What is said here is what `access.ts` does.
 *
 * @module
 */
import { mayDoEverything } from './access.ts'
import { isObject, parseObject, textOf, type JsonObject } from './body.ts'
import { assertType } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse, User } from './message.ts'
import { apiVersion, type Resource } from './served.ts'
import { ApiError, invalid } from './status.ts'

export interface Review {
  readonly resource: Resource
  readonly statusOf: (user: User, spec: JsonObject) => JsonObject
  /** Fields of `spec` of which exactly one is there; none: there is no spec. */
  readonly asks: readonly string[]
}

const EVERYONE =
  'until there are roles, whoever is in the group system:masters may do everything, and nobody else anything'

const ALL = ['*']

export const REVIEWS: readonly Review[] = [
  {
    resource: reviewResource('authentication.k8s.io', 'SelfSubjectReview'),
    statusOf: ({ name, groups }) => ({ userInfo: { username: name, groups: [...groups, 'system:authenticated'] } }),
    asks: [],
  },
  {
    resource: reviewResource('authorization.k8s.io', 'SelfSubjectAccessReview'),
    statusOf: (user, spec) => ({ allowed: mayDoEverything(user) || isAboutAnswers(spec), reason: EVERYONE }),
    asks: ['resourceAttributes', 'nonResourceAttributes'],
  },
  {
    resource: reviewResource('authorization.k8s.io', 'SelfSubjectRulesReview'),
    statusOf: (user) => ({
      resourceRules: mayDoEverything(user)
        ? [{ verbs: ALL, apiGroups: ALL, resources: ALL }]
        : [{ verbs: ['create'], apiGroups: REVIEW_GROUPS, resources: REVIEWS.map(({ resource }) => resource.plural) }],
      nonResourceRules: mayDoEverything(user)
        ? [{ verbs: ALL, nonResourceURLs: ALL }]
        : [{ verbs: ['get'], nonResourceURLs: OPEN_TO_ALL }],
      incomplete: false,
    }),
    asks: ['namespace'],
  },
]

const REVIEW_GROUPS = ['authentication.k8s.io', 'authorization.k8s.io']

/** What `assertMay` refuses nobody. */
const OPEN_TO_ALL = ['/api', '/api/*', '/apis', '/apis/*', '/version', '/livez', '/readyz', '/healthz']

function reviewResource(group: string, kind: string): Resource {
  const singular = kind.toLowerCase()
  return {
    group,
    version: 'v1',
    kind,
    singular,
    plural: `${singular}s`,
    shortNames: [],
    namespaced: false,
    writable: false,
    verbs: ['create'],
    subresources: [],
    categories: [],
  }
}

/** kubectl 1.27 asks who it is in a version that others do not know: the same fields, answered in theirs. */
const OLDER_VERSION = 'v1beta1'

export function reviewAt({
  group,
  version,
  plural,
}: Pick<Resource, 'group' | 'version' | 'plural'>): Review | undefined {
  const asked = REVIEWS.find(({ resource }) => resource.group === group && resource.plural === plural)
  if (asked === undefined || version === asked.resource.version) return asked
  const isOlder = version === OLDER_VERSION && group === 'authentication.k8s.io'
  return isOlder ? { ...asked, resource: { ...asked.resource, version } } : undefined
}

/** [KUBE34] */
export function review({ method, body, user, path }: ApiRequest, { resource, statusOf, asks }: Review): ApiResponse {
  if (method !== 'POST')
    throw new ApiError('MethodNotAllowed', `${path} takes POST, not ${method}: nothing is kept there`)
  const sent = parseObject(body)
  assertType(sent, resource)
  const spec = isObject(sent['spec']) ? sent['spec'] : {}
  if (asks.length > 0 && asks.filter((field) => spec[field] !== undefined && spec[field] !== null).length !== 1) {
    const field = asks.length === 1 ? `spec.${asks[0]}` : 'spec'
    const message = asks.length === 1 ? 'Required value' : `Invalid value: say exactly one of ${asks.join(', ')}`
    throw invalid(resource, '', [{ field, reason: asks.length === 1 ? 'Required' : 'Invalid', message }])
  }
  return json(201, {
    kind: resource.kind,
    apiVersion: apiVersion(resource),
    metadata: {},
    ...(asks.length === 0 ? {} : { spec }),
    status: statusOf(user, spec),
  })
}

/** Of those who may do nothing else, too. */
function isAboutAnswers({ resourceAttributes: resource, nonResourceAttributes: url }: JsonObject): boolean {
  if (isObject(resource)) {
    const { verb, group, resource: plural } = resource
    return verb === 'create' && REVIEWS.some(({ resource: own }) => own.group === group && own.plural === plural)
  }
  if (!isObject(url) || url['verb'] !== 'get') return false
  const path = textOf(url['path'])
  return OPEN_TO_ALL.some((open) => (open.endsWith('*') ? path.startsWith(open.slice(0, -1)) : path === open))
}

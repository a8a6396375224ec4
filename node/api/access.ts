/**
 * Who may do what. There are no roles yet: the group `system:masters` may do everything, everybody else may look at what is
 * served, and ask what he may do.
 *
 * @module
 */
import type { ApiRequest, User } from './message.ts'
import type { Route } from './router.ts'
import { ApiError, qualified } from './status.ts'

/** As Kubernetes calls those whom nothing is refused. */
export const EVERYTHING = 'system:masters'

/** Whoever has this machine, or runs in this process. */
export function localUser(by: string): User {
  return { name: by, groups: [EVERYTHING] }
}

export function mayDoEverything({ groups }: User): boolean {
  return groups.includes(EVERYTHING)
}

/** Whom no door knows. */
export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** What a probe and a client that looks for its server need, of people that nobody knows. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz', '/version'])

/** [KUBE12] Refused before anything is looked up: who may not read learns not even what is there. */
export function assertMay({ user, method, headers }: ApiRequest, to: Route): void {
  const posing = Object.keys(headers).find((name) => name.startsWith('impersonate-'))
  if (posing !== undefined)
    throw new ApiError('Forbidden', `${posing}: nobody may act as somebody else here: leave out --as and --as-group`)
  if (!(to.to === 'resource' || to.to === 'metrics' || to.to === 'shoal') || mayDoEverything(user)) return
  const what =
    to.to === 'shoal'
      ? `/shoal/v1/${to.what}`
      : `${qualified(to.resource)}${to.to === 'metrics' || to.subresource === undefined ? '' : `/${to.subresource}`}`
  throw new ApiError(
    'Forbidden',
    `User "${user.name}" may not ${method} ${what}: until there are roles, the group ${EVERYTHING} alone may do anything; make a certificate with \`shoal kubeconfig\``,
  )
}

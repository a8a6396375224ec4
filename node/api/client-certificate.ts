/**
 * `POST /shoal/v1/client-certificate`: what a kubeconfig is made of. The key stays with who asks; its public half is signed.
 *
 * @module
 */
import { readPublicKey } from '../../net/index.ts'
import { EVERYTHING } from './access.ts'
import type { ApiBackend } from './backend.ts'
import { parseObject, type Json } from './body.ts'
import { isUserName } from './user-name.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { ApiError } from './status.ts'

const DAY_SECONDS = 86_400
const LIFE_SECONDS_MAX = 10 * 366 * DAY_SECONDS

export interface CertificateAnswer {
  readonly user: string
  readonly groups: readonly string[]
  readonly clusterId: string
  /** Both PEM. */
  readonly authority: string
  readonly certificate: string
  readonly expiresAtMs: number
  /** Where nodes answer over TLS, by name; first the one that was asked. */
  readonly servers: readonly { readonly node: string; readonly address: string }[]
}

/** [KUBE20] [KUBE21] */
export function clientCertificate({ body }: ApiRequest, backend: ApiBackend): ApiResponse {
  const { user, publicKey, lifeSeconds } = parseObject(body)
  if (!isUserName(user))
    throw bad('user', user, 'must begin with a letter or a digit and have at most 64 of letters, digits and . _ @ : -')
  const key = typeof publicKey === 'string' ? readPublicKey(publicKey) : undefined
  if (key === undefined) throw bad('publicKey', '...', 'must be the public half of a P-256 key as PEM')
  if (
    typeof lifeSeconds !== 'number' ||
    !Number.isSafeInteger(lifeSeconds) ||
    lifeSeconds < 1 ||
    lifeSeconds > LIFE_SECONDS_MAX
  )
    throw bad('lifeSeconds', lifeSeconds, `must be a whole number between 1 and ${LIFE_SECONDS_MAX}`)
  const groups = [EVERYTHING]
  const papers = backend.certify({ user, groups, publicKey: key, lifeMs: lifeSeconds * 1_000 })
  if (papers === undefined)
    throw new ApiError(
      'ServiceUnavailable',
      'this node has no data key, from which certificates follow: copy the file data-key from the data directory of another member, or make the cluster anew if none has it',
    )
  const answer: CertificateAnswer = {
    user,
    groups,
    clusterId: backend.clusterInfo().clusterId,
    ...papers,
    expiresAtMs: backend.now() + lifeSeconds * 1_000,
    servers: backend.view
      .nodes()
      .toSorted((one, other) => Number(other.isSelf) - Number(one.isSelf))
      .flatMap(({ name, fact }) => (fact.apiTls === undefined ? [] : [{ node: name, address: fact.apiTls }])),
  }
  return json(201, answer)
}

function bad(field: string, value: Json | undefined, why: string): ApiError {
  return new ApiError('BadRequest', `${field}: Invalid value: ${JSON.stringify(value ?? null).slice(0, 100)}: ${why}`)
}

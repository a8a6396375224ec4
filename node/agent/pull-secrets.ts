/**
 * The credentials that `imagePullSecrets` name, read from Secrets of the pod's namespace. What is missing or cannot be read is
 * told where a pull fails, and stops nothing before: the image may be here, or be free. Pure.
 *
 * @module
 */
import { isPlain, type KubeObject } from '../../crdt/index.ts'
import type { PullCredentials, RegistryLogin } from '../runtime/pull-credentials.ts'
import { configValues, lockOf, notFound, type ReadConfig } from './config.ts'
import type { PodSpec } from './template.ts'

type PullSecrets = NonNullable<PodSpec['imagePullSecrets']>

/** The key of each type, as Kubernetes has it; the older one leaves the frame out. */
const KEYS = ['.dockerconfigjson', '.dockercfg']

/** [LCH23] [SA1] A pod that names none has those of its ServiceAccount. */
export function pullCredentials(spec: PodSpec, { config, serviceAccount }: PullSources): PullCredentials {
  const logins: RegistryLogin[] = []
  const trouble: string[] = []
  for (const { name } of spec.imagePullSecrets?.length ? spec.imagePullSecrets : pullSecretsOf(serviceAccount)) {
    if (!name) continue
    const read = loginsIn(name, config)
    if (typeof read === 'string') trouble.push(`imagePullSecrets: ${read}`)
    else logins.push(...read)
  }
  return { logins, trouble }
}

/** Where the spec is not enough. */
export interface PullSources {
  readonly config: ReadConfig
  /** Of the pod, as it is now; undefined where there is none of that name. */
  readonly serviceAccount: KubeObject | undefined
}

const pullSecretsOf = (account: KubeObject | undefined): PullSecrets =>
  (account?.['imagePullSecrets'] as PullSecrets | null | undefined) ?? []

function loginsIn(name: string, config: ReadConfig): readonly RegistryLogin[] | string {
  const secret = config('Secret', name)
  if (secret === undefined) return notFound('Secret', name)
  const lock = lockOf(secret)
  if (lock !== undefined) return lock
  const values = configValues(secret)
  const key = KEYS.find((each) => values.has(each))
  if (key === undefined) return `secret "${name}" has no key ${KEYS[0]}: make it of type kubernetes.io/dockerconfigjson`
  const auths = authsIn(values.get(key)?.toString('utf8') ?? '', key)
  if (auths === undefined) return `${key} of secret "${name}" is no docker configuration with "auths"`
  return Object.entries(auths).flatMap(([place, auth]) => loginOf(place, auth) ?? [])
}

/** Never the parser's own words, which repeat what it read. */
function authsIn(text: string, key: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text)
    const auths = key === KEYS[0] && isPlain(read) ? read['auths'] : read
    return isPlain(auths) ? auths : undefined
  } catch {
    return undefined
  }
}

function loginOf(place: string, auth: unknown): RegistryLogin | undefined {
  if (!isPlain(auth)) return undefined
  const { username, password, identitytoken, auth: both } = auth
  if (typeof identitytoken === 'string' && identitytoken !== '') return { place, identityToken: identitytoken }
  if (typeof username === 'string' && typeof password === 'string') return { place, username, password }
  const pair = typeof both === 'string' ? Buffer.from(both, 'base64').toString('utf8') : ''
  const colon = pair.indexOf(':')
  return colon < 1 ? undefined : { place, username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

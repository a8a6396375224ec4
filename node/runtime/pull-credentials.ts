/**
 * With which credentials an image is pulled: those of its registry, the more exact place first. Pure.
 *
 * A place is `registry[:port][/path]`, with `*` for a part of the host's name, as kubelet reads it.
 *
 * @module
 */
import { sha256Hex } from '../../crdt/index.ts'

export interface RegistryLogin {
  readonly place: string
  readonly username?: string
  readonly password?: string
  /** Instead of a password. */
  readonly identityToken?: string
}

export interface PullCredentials {
  readonly logins: readonly RegistryLogin[]
  /** What could not be read of them, in words that hold no secret: told where a pull fails. */
  readonly trouble: readonly string[]
}

/** More are tried by nobody. */
const LOGINS_TRIED_MAX = 8

const HUB = 'docker.io'
const HUB_ALIASES = ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']

/** [DOCK40] Those that fit, the longest place first. */
export function loginsFor(image: string, { logins }: Pick<PullCredentials, 'logins'>): readonly RegistryLogin[] {
  const target = targetOf(image)
  return logins
    .map((login) => ({ login, place: placeOf(login.place) }))
    .filter(({ place }) => isIn(target, place))
    .sort((a, b) => b.place.path.length - a.place.path.length || b.place.host.length - a.place.host.length)
    .slice(0, LOGINS_TRIED_MAX)
    .map(({ login }) => login)
}

interface Place {
  readonly host: string
  readonly path: string
}

/** `nginx:1` is `docker.io/library/nginx`. */
function targetOf(image: string): Place {
  const [first = '', ...rest] = withoutTag(image).split('/')
  if (rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')) return { host: first, path: rest.join('/') }
  return { host: HUB, path: rest.length === 0 ? `library/${first}` : [first, ...rest].join('/') }
}

function withoutTag(image: string): string {
  const name = image.split('@')[0] ?? ''
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name
}

/** As docker writes them, with a scheme and `/v1/` behind. */
function placeOf(text: string): Place {
  const [host = '', ...parts] = text.replace(/^https?:\/\//, '').split('/')
  const path = parts.join('/').replace(/\/+$/, '')
  return { host: HUB_ALIASES.includes(host) ? HUB : host, path: /^v[12]$/.test(path) ? '' : path }
}

function isIn(target: Place, place: Place): boolean {
  if (!isHost(target.host, place.host)) return false
  return place.path === '' || target.path === place.path || target.path.startsWith(`${place.path}/`)
}

/** A star stands for one part of a name, or a piece of it, and never for a dot. */
function isHost(host: string, pattern: string): boolean {
  const [parts, wanted] = [host.split('.'), pattern.split('.')]
  return parts.length === wanted.length && wanted.every((each, index) => isPart(parts[index] ?? '', each))
}

function isPart(part: string, pattern: string): boolean {
  const [start = '', end, ...more] = pattern.split('*')
  if (end === undefined) return part === pattern
  return more.length === 0 && part.length >= start.length + end.length && part.startsWith(start) && part.endsWith(end)
}

/** Tells pulls with different credentials apart, and says nothing of them. */
export function fingerprint({ logins }: Pick<PullCredentials, 'logins'>): string {
  return logins.length === 0 ? '' : sha256Hex(JSON.stringify(logins))
}

/** [DOCK41] What others say of a pull, without what must not be read. */
export function withoutSecrets(text: string, { logins }: Pick<PullCredentials, 'logins'>): string {
  const secrets = logins.flatMap(({ username, password, identityToken }) => [
    password,
    identityToken,
    password && Buffer.from(`${username}:${password}`).toString('base64'),
  ])
  return secrets.reduce<string>((cut, secret) => (secret ? cut.replaceAll(secret, '***') : cut), text)
}

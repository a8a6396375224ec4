/**
 * Where an engine may be found. dockerode knows three places; people have more: contexts, rootless, Docker Desktop, colima,
 * OrbStack, podman. Every place is asked with a ping, and the answer tells what was tried and why each failed.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../../crdt/index.ts'
import { connect, nameOf, type Address, type Engine } from './docker-engine.ts'

export interface DiscoveryOptions {
  /** `--docker-host`, as DOCKER_HOST is written. */
  readonly dockerHost?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly userId: number
  /** How long an engine has to answer: 1 s. */
  readonly pingMs?: number
}

/** A place, who names it, and what is known to be wrong with it before it is asked. */
export type Place =
  | { readonly from: string; readonly address: Address }
  | { readonly from: string; readonly trouble: string }

export interface Tried {
  readonly from: string
  /** As in DOCKER_HOST; empty where there was no address to try. */
  readonly where: string
  readonly why: string
}

export type Discovery =
  | { readonly engine: Engine; readonly tried: readonly Tried[] }
  | { readonly tried: readonly Tried[] }

/** An engine on this machine answers a ping in 2 ms. */
const PING_MS_MAX = 1_000

/** [DOCK1] All places, best first. A host or context the user names is the only one: another engine is not what was asked for. */
export function listPlaces(options: DiscoveryOptions): Place[] {
  const { dockerHost, env, home, userId } = options
  if (dockerHost !== undefined) return [parseHost(dockerHost, '--docker-host', options)]
  if (env['DOCKER_HOST']) return [parseHost(env['DOCKER_HOST'], 'DOCKER_HOST', options)]
  if (env['DOCKER_CONTEXT']) return contextPlaces(env['DOCKER_CONTEXT'], 'DOCKER_CONTEXT', options)
  const runtimeDirectory = env['XDG_RUNTIME_DIR']
  const sockets: [string, string | undefined][] = [
    ['Docker', '/var/run/docker.sock'],
    ['rootless Docker', runtimeDirectory && join(runtimeDirectory, 'docker.sock')],
    ['Docker Desktop', join(home, '.docker/run/docker.sock')],
    ['Docker Desktop for Linux', join(home, '.docker/desktop/docker.sock')],
    ['rootless Docker', `/run/user/${userId}/docker.sock`],
    ['Colima', join(home, '.colima/default/docker.sock')],
    ['OrbStack', join(home, '.orbstack/run/docker.sock')],
    ['rootless podman', runtimeDirectory && join(runtimeDirectory, 'podman/podman.sock')],
    ['podman', '/run/podman/podman.sock'],
  ]
  const current = readJson(join(configDirectory(options), 'config.json'))?.['currentContext']
  const places: Place[] =
    typeof current === 'string' && current !== '' ? contextPlaces(current, 'docker context', options) : []
  for (const [from, socketPath] of sockets) if (socketPath) places.push({ from, address: { socketPath } })
  return withoutDoubles(places)
}

/** [DOCK2] Asks all places at once; the best that answers is taken. */
export async function discover(options: DiscoveryOptions): Promise<Discovery> {
  const asked = await askAll(options)
  const found = asked.find(({ engine }) => engine !== undefined)?.engine
  for (const { engine } of asked) if (engine !== found) engine?.close()
  const tried = asked.flatMap(({ place, why }) => (why === undefined ? [] : [triedAt(place, why)]))
  return found === undefined ? { tried } : { engine: found, tried }
}

/** What `shoal doctor` lists: each place as people write it, best first; `why` is absent where an engine answers. */
export async function lookForEngines(
  options: DiscoveryOptions,
): Promise<readonly { readonly place: string; readonly why?: string }[]> {
  const asked = await askAll(options)
  for (const { engine } of asked) engine?.close()
  return asked.map(({ place, why }) => ({
    place: placeText({ from: place.from, where: whereOf(place) }),
    ...(why === undefined ? {} : { why }),
  }))
}

/**
 * [DOCK15] In one sentence, since it is repeated in every pending pod: the place that was named, or the first that is there
 * and does not answer. All of them are for `shoal doctor`.
 */
export function noEngine(tried: readonly Tried[]): string {
  const told = tried.length === 1 ? tried[0] : tried.find(({ why }) => why !== ABSENT)
  if (told === undefined) return 'no container engine here (`shoal doctor` lists where it looked)'
  return `no container engine answers: ${placeText(told)}: ${told.why}`
}

function triedAt(place: Place, why: string): Tried {
  return { from: place.from, where: whereOf(place), why }
}

function placeText({ from, where }: Pick<Tried, 'from' | 'where'>): string {
  return `${from}${where && ` (${where})`}`
}

function askAll(options: DiscoveryOptions): Promise<{ place: Place; engine?: Engine; why?: string }[]> {
  return Promise.all(listPlaces(options).map(async (place) => ({ place, ...(await ask(place, options)) })))
}

async function ask(
  place: Place,
  { pingMs = PING_MS_MAX }: Pick<DiscoveryOptions, 'pingMs'>,
): Promise<{ engine?: Engine; why?: string }> {
  if ('trouble' in place) return { why: place.trouble }
  const absent = 'socketPath' in place.address ? socketTrouble(place.address.socketPath) : undefined
  if (absent !== undefined) return { why: absent }
  const engine = connect(place.address)
  try {
    await engine.call('ping', pingMs, (docker) => docker.ping())
    return { engine }
  } catch (error) {
    engine.close()
    return { why: (error as Error).message }
  }
}

/** Why of a place that has nothing. */
const ABSENT = 'is not there'

/** A dangling symlink counts as absent. */
function socketTrouble(path: string): string | undefined {
  try {
    return statSync(path).isSocket() ? undefined : 'is no socket'
  } catch {
    return ABSENT
  }
}

function parseHost(host: string, from: string, options: DiscoveryOptions, tlsDirectory?: string): Place {
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url?.protocol === 'unix:') return { from, address: { socketPath: url.pathname } }
  if (url?.protocol === 'ssh:') {
    const remedy = `forward the socket (ssh -L /tmp/engine.sock:/var/run/docker.sock ${url.host}) and name unix:///tmp/engine.sock`
    return { from, trouble: `${host} is an engine behind ssh, which is not supported; ${remedy}` }
  }
  if (url?.protocol !== 'tcp:' || url.hostname === '') {
    return { from, trouble: `"${host}" is no engine's address; write unix:///path or tcp://host:port` }
  }
  const wantsTls = tlsDirectory !== undefined || Boolean(options.env['DOCKER_TLS_VERIFY'])
  const directory = tlsDirectory ?? options.env['DOCKER_CERT_PATH'] ?? configDirectory(options)
  const address = { host: url.hostname, port: Number(url.port || (wantsTls ? 2376 : 2375)) }
  if (!wantsTls) return { from, address }
  try {
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((file) => readFileSync(join(directory, file)))
    return { from, address: { ...address, tls: { ca: ca as Buffer, cert: cert as Buffer, key: key as Buffer } } }
  } catch (error) {
    return { from, trouble: `TLS is wanted for ${host}, but its files cannot be read: ${(error as Error).message}` }
  }
}

/** Docker keeps a context in a directory named by the hash of the context's name. */
function contextPlaces(name: string, by: string, options: DiscoveryOptions): Place[] {
  if (name === 'default') return by === 'DOCKER_CONTEXT' ? [parseHost('unix:///var/run/docker.sock', by, options)] : []
  const from = `${by} ${name}`
  const hash = sha256Hex(name)
  const contexts = join(configDirectory(options), 'contexts')
  const meta = readJson(join(contexts, 'meta', hash, 'meta.json'))
  const host = (meta?.['Endpoints'] as { docker?: { Host?: unknown } } | undefined)?.docker?.Host
  if (typeof host !== 'string') return [{ from, trouble: `there is no such context in ${contexts}` }]
  const tls = join(contexts, 'tls', hash, 'docker')
  return [parseHost(host, from, options, statSync(tls, { throwIfNoEntry: false }) ? tls : undefined)]
}

function configDirectory({ env, home }: DiscoveryOptions): string {
  return env['DOCKER_CONFIG'] ?? join(home, '.docker')
}

function readJson(file: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function withoutDoubles(places: readonly Place[]): Place[] {
  const seen = new Set<string>()
  return places.filter((place) => {
    const where = whereOf(place)
    const isNew = where === '' || !seen.has(where)
    seen.add(where)
    return isNew
  })
}

function whereOf(place: Place): string {
  return 'address' in place ? nameOf(place.address) : ''
}

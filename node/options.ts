/**
 * Everything that can be said to a node when it starts: one row per option, with its flag, its environment variable, its
 * key in the configuration file, its default and what it is for. The command line makes its help from this table.
 *
 * A flag goes before the environment, that before the file, that before what this node was started with before, that before the
 * default. Pure: who calls reads files and
 * environment.
 *
 * @module
 */

/** What a node is told. Every value is there, checked, with its unit in its name. */
export interface NodeOptions {
  /** Name of the Kubernetes Node. */
  readonly name: string
  /** Directory of this node's state, its alone. */
  readonly dataDir: string
  /** Where other members reach this node: a host and a port for libp2p. Port 0: any free one. */
  readonly listen: Address
  /** Where the API answers on TCP; undefined: on the unix socket alone. */
  readonly api: Address | undefined
  /** Unix socket of the API. */
  readonly apiSocket: string
  /** Where the API answers over TLS, for other machines; undefined: nowhere. */
  readonly apiTls: TlsAddress | undefined
  /** Names and addresses beside the node's own under which others reach that. */
  readonly apiNames: readonly string[]
  /** IP on which nodePorts are served to others; undefined: found by the node. */
  readonly hostAddress: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly runtime: 'auto' | 'docker' | 'process'
  /** Engine to use before all that are found: `unix:///var/run/docker.sock`, `tcp://...`. */
  readonly dockerHost: string | undefined
  /** Directories of this machine that pods may be given as `hostPath`, with all that is below them. */
  readonly hostPaths: readonly string[]
  /** How long all has to be calm before the node takes a pod to even out the nodes; undefined: it takes none. */
  readonly calmMs: number | undefined
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** What to do where the data directory knows no cluster yet. */
  readonly begin:
    | { readonly how: 'create'; readonly clusterName: string }
    | { readonly how: 'join'; readonly ticket: string }
}

export interface Address {
  readonly host: string
  readonly port: number
}

export interface TlsAddress extends Address {
  /** Nobody asked for this very port: where another has it, the node does without. */
  readonly isOptional: boolean
}

/** What the machine says; defaults follow from it. */
export interface Machine {
  readonly hostname: string
  readonly isRoot: boolean
  readonly homeDir: string
  /** `$XDG_STATE_HOME`, `$XDG_RUNTIME_DIR`; absent where not set. */
  readonly stateDir?: string
  readonly runtimeDir?: string
}

export interface OptionRow {
  /** Key in the configuration file, and of the flag in camel case. */
  readonly key: keyof Sources
  /** As commander takes it. */
  readonly flag: string
  readonly env: string
  readonly help: string
  /** Shown in the help; what it is worth follows from the machine. */
  readonly fallback: (machine: Machine) => string | undefined
}

/** Texts as they come from flags, environment or file. */
export interface Sources {
  readonly name?: string
  readonly dataDir?: string
  readonly listen?: string
  readonly api?: string
  readonly apiSocket?: string
  readonly apiTls?: string
  readonly apiName?: readonly string[]
  readonly hostAddress?: string
  readonly label?: readonly string[]
  readonly runtime?: string
  readonly dockerHost?: string
  readonly hostPath?: readonly string[]
  readonly rebalance?: string
  readonly logLevel?: string
  readonly cluster?: string
}

/** Port for members; the API is beside it. Free in IANA's list, above what needs root. */
export const LISTEN_PORT = 7420
export const API_PORT = 7443
/** Where Kubernetes' own API answers, and every tool knows it. */
export const API_TLS_PORT = 6443

/** A name that the certificate of every node has: what a kubeconfig that is good for all of them checks. */
export const CLUSTER_NAME = 'shoal'

export const OPTION_ROWS: readonly OptionRow[] = [
  {
    key: 'name',
    flag: '--name <name>',
    env: 'SHOAL_NAME',
    help: 'name of this node',
    fallback: ({ hostname }) => nodeName(hostname),
  },
  {
    key: 'dataDir',
    flag: '--data-dir <dir>',
    env: 'SHOAL_DATA_DIR',
    help: 'directory of its state',
    fallback: dataDir,
  },
  {
    key: 'listen',
    flag: '--listen <host:port>',
    env: 'SHOAL_LISTEN',
    help: 'address for other members',
    fallback: () => `0.0.0.0:${LISTEN_PORT}`,
  },
  {
    key: 'api',
    flag: '--api <host:port>',
    env: 'SHOAL_API',
    help: `address of the HTTP API on loopback (as 127.0.0.1:${API_PORT}), where nobody is asked for a password; "none" for the socket alone`,
    fallback: () => 'none',
  },
  {
    key: 'apiSocket',
    flag: '--api-socket <path>',
    env: 'SHOAL_API_SOCKET',
    help: 'unix socket of the HTTP API',
    fallback: apiSocket,
  },
  {
    key: 'apiTls',
    flag: '--api-tls <host:port>',
    env: 'SHOAL_API_TLS',
    help: `address of the API over TLS, for kubectl anywhere; "auto" for port ${API_TLS_PORT} if it is free, "off" for none`,
    fallback: () => 'auto',
  },
  {
    key: 'apiName',
    flag: '--api-name <name...>',
    env: 'SHOAL_API_NAMES',
    help: 'further names and addresses by which clients reach it over TLS',
    fallback: () => undefined,
  },
  {
    key: 'hostAddress',
    flag: '--host-address <ip>',
    env: 'SHOAL_HOST_ADDRESS',
    help: 'address on which node ports answer',
    fallback: () => undefined,
  },
  {
    key: 'label',
    flag: '--label <key=value...>',
    env: 'SHOAL_LABELS',
    help: 'labels of the node, for nodeSelector',
    fallback: () => undefined,
  },
  {
    key: 'runtime',
    flag: '--runtime <name>',
    env: 'SHOAL_RUNTIME',
    help: 'where pods run: auto, docker or process',
    fallback: () => 'auto',
  },
  {
    key: 'dockerHost',
    flag: '--docker-host <url>',
    env: 'SHOAL_DOCKER_HOST',
    help: 'container engine to use',
    fallback: () => undefined,
  },
  {
    key: 'hostPath',
    flag: '--host-path <dir...>',
    env: 'SHOAL_HOST_PATHS',
    help: 'directories that pods may have as hostPath',
    fallback: () => undefined,
  },
  {
    key: 'rebalance',
    flag: '--rebalance <time>',
    env: 'SHOAL_REBALANCE',
    help: 'calm after which it takes pods of fuller nodes, as 60s or 5m; "off" for never',
    fallback: () => '60s',
  },
  {
    key: 'logLevel',
    flag: '--log-level <level>',
    env: 'SHOAL_LOG_LEVEL',
    help: 'debug, info, warn or error',
    fallback: () => 'info',
  },
  {
    key: 'cluster',
    flag: '--cluster <name>',
    env: 'SHOAL_CLUSTER',
    help: 'name of the cluster, if it is created now',
    fallback: () => 'home',
  },
]

export interface Given {
  readonly flags: Sources
  readonly env: Readonly<Record<string, string | undefined>>
  readonly file: Readonly<Record<string, unknown>>
  /** Where the file was found, for its errors. */
  readonly fileName: string
  /** What was said by flag or environment when this node was started before (`toRemember`). */
  readonly remembered?: Readonly<Record<string, unknown>>
  readonly machine: Machine
  readonly ticket?: string
}

/** Where the state is cannot be told by the state; the others are said for one start. */
const NOT_REMEMBERED: readonly (keyof Sources)[] = ['dataDir', 'cluster', 'logLevel']

/** [OPT5] What counts for the next start too, where that says nothing else: a member stays who it is, and where it is. */
export function toRemember({ flags, env, remembered = {} }: Omit<Given, 'machine' | 'fileName' | 'file'>): Sources {
  const kept = OPTION_ROWS.filter(({ key }) => !NOT_REMEMBERED.includes(key)).flatMap(({ key, env: variable }) => {
    const value: unknown = flags[key] ?? (env[variable] || undefined) ?? remembered[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(kept)
}

export type Parsed =
  | { readonly ok: true; readonly options: NodeOptions }
  | { readonly ok: false; readonly errors: readonly string[] }

/** Options, or every mistake at once, each a sentence that names where it was said. */
export function parseOptions(given: Given): Parsed {
  const errors: string[] = unknownKeys(given)
  const said = (key: keyof Sources): Said | undefined => sayingOf(given, key)
  const read = <T>(key: keyof Sources, parse: (text: string) => T | Fault): T | undefined => {
    const saying = said(key)
    if (saying === undefined) return undefined
    const value = parse(saying.text)
    if (!(value instanceof Fault)) return value
    errors.push(`${saying.source} "${saying.text.slice(0, 80)}": ${value.why}`)
    return undefined
  }
  const [name, dataDirectory, listen, api] = [
    read('name', name63),
    read('dataDir', path),
    read('listen', address),
    read('api', apiAddress),
  ]
  const [apiTls, apiNames] = [read('apiTls', tlsAddress), read('apiName', serverNames)]
  const [socket, hostAddress, labels, runtime] = [
    read('apiSocket', socketPath),
    read('hostAddress', ip),
    read('label', labelsOf),
    read('runtime', oneOf('auto', 'docker', 'process')),
  ]
  const [calm, dockerHost, hostPaths, logLevel, clusterName] = [
    read('rebalance', calmTime),
    read('dockerHost', engine),
    read('hostPath', paths),
    read('logLevel', oneOf('debug', 'info', 'warn', 'error')),
    read('cluster', name63),
  ]
  if (errors.length > 0) return { ok: false, errors }
  const options: NodeOptions = {
    name: name as string,
    dataDir: dataDirectory as string,
    listen: listen as Address,
    api: api === 'none' ? undefined : api,
    apiSocket: socket as string,
    apiTls: apiTls === 'off' ? undefined : apiTls,
    apiNames: apiNames ?? [],
    hostAddress,
    labels: labels ?? {},
    runtime: runtime as NodeOptions['runtime'],
    dockerHost,
    hostPaths: hostPaths ?? [],
    calmMs: calm === 'off' ? undefined : calm,
    logLevel: logLevel as NodeOptions['logLevel'],
    begin:
      given.ticket === undefined
        ? { how: 'create', clusterName: clusterName as string }
        : { how: 'join', ticket: given.ticket },
  }
  return { ok: true, options }
}

interface Said {
  readonly text: string
  /** `--name`, `SHOAL_NAME`, `name in /etc/shoal/config.yaml`, `the default of --name` */
  readonly source: string
}

function sayingOf(
  { flags, env, file, fileName, remembered = {}, machine }: Given,
  key: keyof Sources,
): Said | undefined {
  const row = OPTION_ROWS.find((each) => each.key === key) as OptionRow
  const flag = row.flag.split(' ')[0] as string
  const sayings: readonly (Said | undefined)[] = [
    say(flags[key], flag),
    say(env[row.env] || undefined, row.env),
    say(file[key], `${key} in ${fileName}`),
    say(Object.hasOwn(remembered, key) ? remembered[key] : undefined, `${flag}, as this node was started before,`),
    say(row.fallback(machine), `the default of ${flag}`),
  ]
  return sayings.find((each) => each !== undefined)
}

function say(value: unknown, source: string): Said | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return { text: value.map(textOf).join(','), source }
  if (typeof value !== 'object') return { text: textOf(value), source }
  const pairs = Object.entries(value).map(([key, each]) => `${key}=${textOf(each)}`)
  return { text: pairs.join(','), source }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function unknownKeys({ file, fileName }: Given): string[] {
  const known = OPTION_ROWS.map(({ key }) => key as string)
  return Object.keys(file)
    .filter((key) => !known.includes(key))
    .map((key) => `${key} in ${fileName}: there is no such option, there are ${known.join(', ')}`)
}

// ---- defaults

function dataDir({ isRoot, stateDir, homeDir }: Machine): string {
  return isRoot ? '/var/lib/shoal' : `${stateDir ?? `${homeDir}/.local/state`}/shoal`
}

function apiSocket(machine: Machine): string {
  if (machine.isRoot) return '/run/shoal/shoal.sock'
  return machine.runtimeDir === undefined ? `${dataDir(machine)}/shoal.sock` : `${machine.runtimeDir}/shoal.sock`
}

/** A host's name as a node's: lower case, what is not allowed becomes a dash. */
function nodeName(hostname: string): string {
  const name = hostname
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
  return name === '' ? 'node' : name
}

// ---- one parser per sort of value

class Fault {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

function name63(text: string): string | Fault {
  return DNS_LABEL.test(text)
    ? text
    : new Fault('must be a DNS-1123 label: lower case letters, digits and dashes, at most 63')
}

function path(text: string): string | Fault {
  return text.startsWith('/') && !text.includes('\0') ? text : new Fault('must be an absolute path')
}

/** As a list of labels is written: with commas. */
function paths(text: string): readonly string[] | Fault {
  const all = text.split(',').filter((each) => each !== '')
  const fault = all.map(path).find((each) => each instanceof Fault)
  return fault ?? all
}

/** What the kernel takes (`sun_path`), without its closing zero. */
const SOCKET_PATH_MAX = 107

function socketPath(text: string): string | Fault {
  if (text.length > SOCKET_PATH_MAX)
    return new Fault(`has ${text.length} characters, a unix socket may have ${SOCKET_PATH_MAX}: choose a shorter path`)
  return path(text)
}

function address(text: string): Address | Fault {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(parts?.[3])
  if (parts === null || port > 65_535)
    return new Fault('must be HOST:PORT, as 0.0.0.0:7420 or [::]:7420, with a port up to 65535')
  const host = parts[1] ?? parts[2] ?? ''
  return { host: host === '' ? '0.0.0.0' : host, port }
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

function apiAddress(text: string): Address | 'none' | Fault {
  if (text === 'none') return 'none'
  const parsed = address(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text)
  if (parsed instanceof Fault || LOOPBACK.test(parsed.host)) return parsed
  return new Fault(
    'must be on loopback (127.0.0.1), where nobody is asked for a password: other machines come by --api-tls',
  )
}

function tlsAddress(text: string): TlsAddress | 'off' | Fault {
  if (text === 'off') return text
  if (text === 'auto') return { host: '0.0.0.0', port: API_TLS_PORT, isOptional: true }
  const parsed = address(/^\d+$/.test(text) ? `:${text}` : text)
  return parsed instanceof Fault
    ? new Fault('must be HOST:PORT, as 0.0.0.0:6443 or 10.0.0.5:6443, or auto, or off')
    : { ...parsed, isOptional: false }
}

const API_NAMES_MAX = 32

function serverNames(text: string): readonly string[] | Fault {
  const all = text.split(',').filter((each) => each !== '')
  if (all.length > API_NAMES_MAX) return new Fault(`has ${all.length} names, at most ${API_NAMES_MAX} are taken`)
  const odd = all.find((each) => ip(each) instanceof Fault && !isHostName(each))
  return odd === undefined ? all : new Fault(`"${odd}" is neither a DNS name nor an IP address`)
}

function isHostName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => DNS_LABEL.test(label))
}

const CALM_S_MAX = 86_400

function calmTime(text: string): number | 'off' | Fault {
  if (text === 'off') return text
  const [, digits, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? []
  const seconds = Number(digits) * (unit === 'h' ? 3_600 : unit === 'm' ? 60 : 1)
  return seconds >= 1 && seconds <= CALM_S_MAX
    ? seconds * 1_000
    : new Fault('must be a time from 1s to 24h, as 60s or 5m, or off')
}

function ip(text: string): string | Fault {
  const isIPv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((each) => Number(each) <= 255)
  const isIPv6 = text.includes(':') && /^[0-9a-fA-F:.]{2,45}$/.test(text)
  return isIPv4 || isIPv6 ? text : new Fault('must be an IP address')
}

const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

function labelsOf(text: string): Record<string, string> | Fault {
  const labels: Record<string, string> = {}
  for (const pair of text.split(',').filter((each) => each !== '')) {
    const at = pair.indexOf('=')
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)]
    if (at === -1 || !LABEL_KEY.test(key) || !LABEL_VALUE.test(value))
      return new Fault(`"${pair}" is no label: write KEY=VALUE, as zone=attic`)
    labels[key] = value
  }
  return labels
}

function engine(text: string): string | Fault {
  if (/^(unix|tcp|http|https|ssh|npipe):\/\//.test(text)) return text
  return text.startsWith('/')
    ? `unix://${text}`
    : new Fault('must be a URL, as unix:///var/run/docker.sock or tcp://10.0.0.5:2375')
}

function oneOf<T extends string>(...values: readonly T[]): (text: string) => T | Fault {
  return (text) => values.find((value) => value === text) ?? new Fault(`must be one of ${values.join(', ')}`)
}

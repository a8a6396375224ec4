/**
 * Who the command line is to nodes on other machines: the certificate that `shoal kubeconfig` has made, from the file that kubectl
 * reads. Contexts of other programs' clusters are left alone: those of Shoal check the name that all its nodes have.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { CLUSTER_NAME } from '../node/options.ts'
import { addressOf, type Address, type Identity } from './endpoint.ts'
import { CommandFailure } from './failure.ts'
import { didYouMean } from './guess.ts'
import { machine, type Environment } from './machine.ts'

/** One node, or all under one name, as one user. */
export interface Access {
  /** Of the context. */
  readonly name: string
  readonly address: Address
  readonly identity: Identity
}

interface Accesses {
  readonly current: string | undefined
  /** Those of Shoal's clusters. */
  readonly all: readonly Access[]
}

type Fields = Readonly<Record<string, unknown>>

/** Where kubectl looks: $KUBECONFIG, which may list several, else `~/.kube/config`. */
export function kubeconfigFiles(env: Environment): readonly string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((each) => each !== '')
  return (named.length > 0 ? named : [join(machine(env).homeDir, '.kube', 'config')]).map((file) => resolve(file))
}

/** The contents of a kubeconfig; an empty one where there is none. */
export function readKubeconfig(file: string, parse: (text: string) => unknown): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`)
  }
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (error) {
    throw new CommandFailure(`${file} is no YAML, and is left as it is: ${(error as Error).message}`)
  }
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CommandFailure(`${file} is no kubeconfig, and is left as it is`)
}

/**
 * [CLI104] The context that is asked for or else the current one, and behind it those of other nodes of the same cluster.
 * Where the current one is not Shoal's and there is one cluster of Shoal alone, that is meant. Empty: there is none.
 */
export async function accesses(env: Environment, asked: string | undefined): Promise<readonly Access[]> {
  const { current, all } = await readAccesses(env)
  const chosen = all.find(({ name }) => name === (asked ?? current)) ?? (asked === undefined ? onlyOf(all) : undefined)
  if (chosen === undefined && asked !== undefined) {
    const known = all.map(({ name }) => name)
    throw new CommandFailure(
      `there is no context "${asked}"${didYouMean(asked, known)} (known: ${known.join(', ') || 'none'})`,
    )
  }
  if (chosen === undefined) return []
  const others = all.filter((each) => each !== chosen && isSameCluster(each, chosen))
  return [chosen, ...others.map((each) => ({ ...each, identity: chosen.identity }))]
}

const isSameCluster = (one: Access, other: Access): boolean => one.identity.ca === other.identity.ca

function onlyOf(all: readonly Access[]): Access | undefined {
  const [first] = all
  if (first === undefined || all.every((each) => isSameCluster(each, first))) return first
  throw new CommandFailure(
    `these contexts lead to several clusters: ${all.map(({ name }) => name).join(', ')}; choose one with --context or \`kubectl config use-context\``,
  )
}

async function readAccesses(env: Environment): Promise<Accesses> {
  const { parse } = await import('yaml')
  const files = kubeconfigFiles(env).map((file) => ({ file, config: readKubeconfig(file, parse) }))
  // As kubectl has it: of two entries of one name the first file's counts.
  const entries = (field: string): Map<string, { file: string; entry: Fields }> =>
    new Map(
      files
        .toReversed()
        .flatMap(({ file, config }) => listIn(config, field).map((entry) => [String(entry['name']), { file, entry }])),
    )
  const [clusters, users] = [entries('clusters'), entries('users')]
  const all = [...entries('contexts')].flatMap(([name, { entry }]) => {
    const context = fieldsIn(entry, 'context')
    const [cluster, user] = [clusters.get(String(context['cluster'])), users.get(String(context['user']))]
    if (cluster === undefined || user === undefined) return []
    const at = fieldsIn(cluster.entry, 'cluster')
    if (at['tls-server-name'] !== CLUSTER_NAME || typeof at['server'] !== 'string') return []
    const who = fieldsIn(user.entry, 'user')
    const identity = {
      ca: pem(at, 'certificate-authority', cluster.file),
      cert: pem(who, 'client-certificate', user.file),
      key: pem(who, 'client-key', user.file),
      servername: CLUSTER_NAME,
    }
    if (identity.ca === '' || identity.cert === '' || identity.key === '') return []
    return [{ name, identity, address: addressOf(at['server']) }]
  })
  const current = files.map(({ config }) => config['current-context']).find((each) => typeof each === 'string')
  return { current, all }
}

/** In the file itself, or in another that it names; empty: neither. */
function pem(fields: Fields, name: string, file: string): string {
  const [data, path] = [fields[`${name}-data`], fields[name]]
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8')
  if (typeof path !== 'string' || path === '') return ''
  try {
    return readFileSync(resolve(dirname(file), path), 'utf8')
  } catch (error) {
    throw new CommandFailure(`${file}: ${name} cannot be read: ${(error as Error).message}`)
  }
}

function listIn(config: Fields, field: string): readonly Fields[] {
  const list = config[field]
  return Array.isArray(list) ? list.filter((each): each is Fields => typeof each === 'object' && each !== null) : []
}

function fieldsIn(entry: Fields, field: string): Fields {
  const value = entry[field]
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/**
 * A kubeconfig as a value: what Shoal puts into one, and how that goes into one that is there.
 *
 * One cluster entry has a host name for all nodes: kubectl tries every address that such a name has, one after the other, so
 * it finds a node that lives by itself. Each node has an entry of its own beside it. All check the same name in the
 * certificate (`tls-server-name`), so it does not matter how a node is reached.
 *
 * @module
 */
import { CLUSTER_NAME } from '../node/options.ts'
import type { CertificateAnswer } from '../node/index.ts'

interface Entry {
  readonly name: string
  readonly value: Readonly<Record<string, string>>
}

export interface Kubeconfig {
  readonly clusters: readonly Entry[]
  readonly contexts: readonly Entry[]
  readonly user: Entry
  readonly current: string
}

export interface Parts {
  readonly answer: CertificateAnswer
  /** Private key as PEM. */
  readonly key: string
  /** Name of the contexts. */
  readonly name: string
  /** A URL that is given alone, instead of all. */
  readonly server?: string
  /** Whether the name of the cluster leads to nodes here. */
  readonly isNameKnown: boolean
}

export function kubeconfigOf({ answer, key, name, server, isNameKnown }: Parts): Kubeconfig {
  const userName = `${name}-${answer.user}`
  const authority = base64(answer.authority)
  const places =
    server === undefined
      ? [
          { name, server: `https://${CLUSTER_NAME}:${commonPort(answer)}` },
          ...answer.servers.map(({ node, address }) => ({ name: `${name}-${node}`, server: `https://${address}` })),
        ]
      : [{ name, server }]
  return {
    clusters: places.map((place) => ({
      name: place.name,
      value: { server: place.server, 'tls-server-name': CLUSTER_NAME, 'certificate-authority-data': authority },
    })),
    contexts: places.map((place) => ({ name: place.name, value: { cluster: place.name, user: userName } })),
    user: {
      name: userName,
      value: { 'client-certificate-data': base64(answer.certificate), 'client-key-data': base64(key) },
    },
    current: isNameKnown || server !== undefined ? name : (places[1]?.name ?? name),
  }
}

/** The port that most nodes have; a name in a kubeconfig has one for all. */
export function commonPort({ servers }: CertificateAnswer): number {
  const ports = servers.map(({ address }) => Number(address.slice(address.lastIndexOf(':') + 1)))
  const votes = (port: number): number => ports.filter((each) => each === port).length
  return ports.toSorted((one, other) => votes(other) - votes(one))[0] as number
}

/** Lines of a hosts file: the name, once for each node. */
export function hostsLines({ servers }: CertificateAnswer): readonly string[] {
  const addresses = servers.map(({ address }) => address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, ''))
  return [...new Set(addresses)].map((address) => `${address}\t${CLUSTER_NAME}`)
}

/** `config` with the entries of `own`, instead of those of the same names. What else it says stays. */
export function merged(config: Readonly<Record<string, unknown>>, own: Kubeconfig): Record<string, unknown> {
  const lists = {
    clusters: own.clusters.map(({ name, value }) => ({ name, cluster: value })),
    contexts: own.contexts.map(({ name, value }) => ({ name, context: value })),
    users: [{ name: own.user.name, user: own.user.value }],
  }
  const entries = Object.entries(lists).map(([field, added]) => {
    const names = new Set<unknown>(added.map(({ name }) => name))
    const before = Array.isArray(config[field]) ? (config[field] as readonly { name?: unknown }[]) : []
    return [field, [...before.filter((entry) => !names.has(entry.name)), ...added]] as const
  })
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    ...config,
    ...Object.fromEntries(entries),
    'current-context': own.current,
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

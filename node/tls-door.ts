/**
 * The node's door over TLS: whether there is one, under which names, and where others reach it.
 *
 * @module
 */
import { listenTls, type TlsDoor } from './api/http-tls.ts'
import type { Readers } from './api/unread.ts'
import { authorityOf, type Home } from './home.ts'
import { CLUSTER_NAME, type NodeOptions } from './options.ts'
import type { World } from './world/world.ts'

export interface Surroundings {
  readonly home: Pick<Home, 'dataKey' | 'members'>
  readonly world: Pick<World, 'clock' | 'dice' | 'log'>
  /** All that this machine has now. */
  readonly addresses: () => readonly string[]
  /** The first that others can reach. */
  readonly ownAddress: () => string
  /** Of all doors of the node. */
  readonly readers: Readers
}

export interface OpenedDoor {
  readonly door: TlsDoor
  /** Where others reach it, `HOST:PORT`. */
  readonly address: string
}

type Said = Pick<NodeOptions, 'name' | 'hostAddress' | 'apiTls' | 'apiNames'>

/** [KUBE5] Undefined where none is wanted, or none can be and none was asked for: the node is as good without it. */
export async function openTlsDoor(options: Said, around: Surroundings): Promise<OpenedDoor | undefined> {
  const { apiTls } = options
  const { home, world } = around
  if (apiTls === undefined) return undefined
  const { host, port, isOptional } = apiTls
  const without = (why: string): undefined => {
    if (!isOptional) throw new Error(`the API cannot listen on ${host}:${port} with TLS: ${why}`)
    world.log.note('warn', 'no-tls-door', { why })
  }
  const authority = authorityOf(home, world)
  if (authority === undefined)
    return without('this cluster has no data key: copy the file data-key from another member, or make the cluster anew')
  try {
    const door = await listenTls({
      host,
      port,
      authority,
      name: options.name,
      names: () => namesOf(options, around),
      now: () => world.clock.now(),
      readers: around.readers,
    })
    const outside = isEverywhere(host) ? (options.hostAddress ?? around.ownAddress()) : host
    return { door, address: `${outside.includes(':') ? `[${outside}]` : outside}:${door.port}` }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return without(code === 'EADDRINUSE' ? 'the port is in use: choose another with --api-tls' : message)
  }
}

/** What a pod of Kubernetes calls its API. */
const SERVICE_NAMES = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
]

/** [KUBE2] One name fits every node; the others are for who asks this one. */
function namesOf({ name, hostAddress, apiTls, apiNames }: Said, { addresses }: Surroundings): readonly string[] {
  const said = [hostAddress, apiTls?.host].filter((each) => each !== undefined && !isEverywhere(each)) as string[]
  const own = [name, 'localhost', '127.0.0.1', '::1', ...said, ...addresses()]
  return [...new Set([CLUSTER_NAME, ...SERVICE_NAMES, ...own, ...apiNames])]
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

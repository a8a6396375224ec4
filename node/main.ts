/**
 * Starts one node on this machine: the real world, the data directory, the runtimes that are here, the network, the API.
 *
 * @module
 */
import '../net/node20.ts'
import { availableParallelism, networkInterfaces, totalmem } from 'node:os'
import { Swarm } from '../net/index.ts'
import { allocatable } from './agent/capacity.ts'
import { Api } from './api/api.ts'
import { serveApi, type ApiServer } from './api/http.ts'
import { Readers } from './api/unread.ts'
import { openHome } from './home.ts'
import { createNode } from './node.ts'
import { LineLimit } from './line-limit.ts'
import type { NodeOptions } from './options.ts'
import { REBALANCE_LABEL } from './placement/rebalance.ts'
import { makeRuntimes } from './runtime/select.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { NodeSettings } from './self.ts'
import { NETWORK_LABEL } from './service/ways.ts'
import { homeId } from './world/real-home.ts'
import { lowestPort, networkId } from './world/real-network.ts'
import { openTlsDoor } from './tls-door.ts'
import { openRealWorld } from './world/real.ts'

/** [ADMIT8] Lines a minute about those who knock in vain, for a reason and in all. */
const STRANGER_LINES = { perKey: 10, total: 30 }

declare const SHOAL_VERSION: string | undefined

export const VERSION: string = typeof SHOAL_VERSION === 'string' ? SHOAL_VERSION : '0.0.0-dev'

export { lookForEngines } from './runtime/docker-discovery.ts'
export { rotateLog } from './runtime/process-log.ts'
export { liveHolderOf } from './world/real-lock.ts'

export interface StartedNode {
  readonly name: string
  readonly node: string
  /** Multiaddrs with `/p2p/`. */
  readonly addresses: readonly string[]
  /** `http://127.0.0.1:7443`, `unix:/run/shoal/shoal.sock` */
  readonly api: readonly string[]
  /** Whether the cluster was created or joined just now. */
  readonly isNew: boolean
  /** Resolves, with the reason, when the node cannot go on. */
  readonly fatal: Promise<string>
  stop(): Promise<void>
}

/** Rejects with an error whose message is a sentence for the user: directory in use, other cluster, bad ticket, port taken. */
export async function startNode(options: NodeOptions): Promise<StartedNode> {
  let onFatal!: (reason: string) => void
  const fatal = new Promise<string>((resolve) => (onFatal = resolve))
  const world = await openRealWorld({ directory: options.dataDir, logLevel: options.logLevel })
  const undo: (() => Promise<void>)[] = [() => world.disk.close()]
  try {
    const home = await openHome(world, options.begin)
    const readers = new Readers()
    const tls = await openTlsDoor(options, { home, world, addresses, ownAddress, readers })
    if (tls !== undefined) undo.push(() => tls.door.close())
    const self = home.identity.node
    const strangers = new LineLimit(STRANGER_LINES)
    const runtimes = runtimesFor(options, {
      node: self,
      home: homeId(options.dataDir),
      cluster: home.members.clusterId,
    })
    const transport = new Swarm({
      identity: home.identity,
      members: home.members,
      dataKey: home.dataKey,
      listen: [`/ip${options.listen.host.includes(':') ? 6 : 4}/${options.listen.host}/tcp/${options.listen.port}`],
      now: () => world.clock.now(),
      random: (length) => world.dice.bytes(length),
      refused: (refusal) => {
        const line = strangers.take(refusal.reason, world.clock.mono())
        if (line !== undefined) world.log.note('warn', 'stranger-refused', { ...refusal, ...line })
      },
    })
    let server: ApiServer | undefined
    const node = await createNode({
      world: { ...world, transport, runtimes },
      home,
      settings: { ...settingsOf(options, runtimes), ...(tls === undefined ? {} : { apiTls: tls.address }) },
      api: () => [...(server?.urls ?? []), ...(tls === undefined ? [] : [`https://${tls.address}`])],
      calmMs: options.calmMs,
      onFatal,
    })
    undo.push(() => node.stop())
    const api = new Api(node.backend, (error) => world.log.note('error', 'api-fault', { error: String(error) }))
    server = await serveApi(api, {
      socket: options.apiSocket,
      readers,
      ...(options.api === undefined ? {} : { tcp: options.api }),
    })
    tls?.door.open(api)
    const urls = [...server.urls, ...(tls === undefined ? [] : [`https://${tls.address}`])]
    undo.push(async () => {
      api.close()
      await server?.close()
    })
    world.log.note('info', 'node-ready', {
      node: self,
      name: options.name,
      api: urls,
      addresses: transport.addresses(),
    })
    return {
      name: options.name,
      node: self,
      addresses: transport.addresses(),
      api: urls,
      isNew: home.isNew,
      fatal,
      stop: () => runBackwards(undo),
    }
  } catch (error) {
    await runBackwards(undo)
    throw error
  }
}

/** All of them, whichever fail: a disk that is full may keep a store from closing, but not a door. */
async function runBackwards(undo: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of undo.toReversed()) await step().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

function runtimesFor(
  { runtime, dataDir, dockerHost, hostPaths }: NodeOptions,
  owner: { node: string; home: string; cluster: string },
): Runtime[] {
  const all = makeRuntimes({
    ...owner,
    directory: dataDir,
    hostPaths,
    ...(dockerHost === undefined ? {} : { dockerHost }),
  })
  return runtime === 'auto' ? all : all.filter(({ name }) => name === runtime)
}

function settingsOf(options: NodeOptions, runtimes: readonly Runtime[]): NodeSettings {
  const network = networkId()
  const platform = { os: process.platform, arch: goArchitecture(process.arch) }
  return {
    name: options.name,
    hostAddress: options.hostAddress ?? ownAddress(),
    labels: {
      'kubernetes.io/hostname': options.name,
      'kubernetes.io/os': platform.os,
      'kubernetes.io/arch': platform.arch,
      ...options.labels,
      // The others do not wait for it.
      ...(options.calmMs === undefined ? { [REBALANCE_LABEL]: 'off' } : {}),
      // Last: one that a user sets could send traffic to a stranger's address.
      ...(network === undefined ? {} : { [NETWORK_LABEL]: network }),
    },
    taints: [],
    capacity: allocatable({ cores: availableParallelism(), memoryBytes: totalmem() }),
    platform,
    runtimes: runtimes.map(({ name }) => name),
    version: VERSION,
    ...(network === undefined ? {} : { network }),
    lowestPort: lowestPort(),
    dataDir: options.dataDir,
    ...gatewayOf(),
  }
}

/** Where containers of Docker's default bridge reach this machine. */
function gatewayOf(): { gateway?: string } {
  const address = networkInterfaces()['docker0']?.find(({ family }) => family === 'IPv4')?.address
  return address === undefined ? {} : { gateway: address }
}

/** All that this machine has now. */
function addresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
}

/** The first address that others can reach; loopback on a machine without a network. */
function ownAddress(): string {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map((one) => ({ name, ...one })),
  )
  const outside = all.find(
    ({ name, internal, family }) => !internal && family === 'IPv4' && !/^(docker|br-|veth)/.test(name),
  )
  return outside?.address ?? '127.0.0.1'
}

/** Go's and Docker's names for architectures differ from Node's in these. */
function goArchitecture(arch: string): string {
  return { x64: 'amd64', ia32: '386' }[arch] ?? arch
}

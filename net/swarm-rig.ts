/**
 * Swarms on loopback for tests: each behind a small proxy that can be cut, so that a process dies without dying; and a stranger
 * who speaks the protocol down to the first words, and then says what a test wants. No test of its own.
 *
 * @module
 */
import './node20.ts'
import { randomBytes } from 'node:crypto'
import { connect as connectTo, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Connection, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { helloFrame } from './admission.ts'
import { CHANNEL_PROTOCOL } from './channel.ts'
import { listenOn } from './contract.ts'
import type { ContractRig, Listener } from './contract.ts'
import { firstFrame } from './first-frame.ts'
import { frameOf } from './frames.ts'
import { createHost } from './host.ts'
import { libp2pKeyOf } from './identity.ts'
import type { Identity } from './identity.ts'
import { LINK_PROTOCOL } from './link.ts'
import type { Members } from './members.ts'
import { newCluster, newIdentity } from './rig.ts'
import type { TestCluster } from './rig.ts'
import { packPlain } from './statement.ts'
import { Swarm } from './swarm.ts'
import type { Refusal } from './swarm.ts'

export interface SwarmRig extends ContractRig {
  readonly cluster: TestCluster
  readonly refusals: Refusal[]
  member(as?: { identity: Identity; members: Members }, nowMs?: () => number): Promise<Listener>
}

const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

export const newSwarmRig = (): SwarmRig => {
  const cluster = newCluster()
  const refusals: Refusal[] = []
  const started: Listener[] = []
  const proxies = new Map<string, Proxy>()
  return {
    cluster,
    refusals,
    member: async (as = cluster.member(), now = Date.now) => {
      const proxy = await startProxy()
      const swarm = new Swarm({
        ...as,
        listen: [LOOPBACK],
        announce: [`/ip4/127.0.0.1/tcp/${proxy.port}`],
        now,
        random: randomBytes,
        refused: (refusal) => refusals.push(refusal),
      })
      const listener = await listenOn(swarm)
      proxy.target = swarm.listeningPorts()[0] ?? 0
      started.push(listener)
      proxies.set(swarm.self, proxy)
      return listener
    },
    stranger: async (door) => (await knock(door.transport.addresses()[0] ?? '', Buffer.from('let me in'))).bytes,
    kill: async (listener) => proxies.get(listener.transport.self)?.cut(),
    close: async () => {
      await Promise.all(started.map(({ transport }) => transport.stop()))
      for (const proxy of proxies.values()) proxy.cut()
    },
  }
}

interface Proxy {
  readonly port: number
  target: number
  /** As a killed process: the kernel closes its sockets, and nobody listens any more. */
  cut(): void
}

const startProxy = async (): Promise<Proxy> => {
  const sockets = new Set<Socket>()
  let target = 0
  const server: Server = createServer((inner) => {
    const outer = connectTo(target, '127.0.0.1')
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    get target() {
      return target
    },
    set target(value: number) {
      target = value
    },
    cut: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/**
 * Dials, shakes hands as `identity`, says `words` (nothing when undefined), and waits until the other side closes. `bytes`: what
 * it was told after the handshake, decrypted.
 */
export const knock = async (
  address: string,
  words: Uint8Array | undefined,
  identity: Identity = newIdentity(),
): Promise<{ bytes: number; closedMs: number }> => {
  let bytes = 0
  const host = await createLibp2p({
    privateKey: libp2pKeyOf(identity),
    transports: [tcp()],
    streamMuxers: [yamux()],
    connectionEncrypters: [
      (components) => {
        const inner = noise()(components)
        return {
          protocol: CHANNEL_PROTOCOL,
          secureInbound: (stream, options) => inner.secureInbound(stream, options),
          secureOutbound: async (stream, options) => {
            const secured = await inner.secureOutbound(stream, options)
            await new Promise<void>((resolve) => {
              secured.connection.addEventListener('message', (event) => (bytes += event.data.byteLength))
              secured.connection.addEventListener('close', () => resolve())
              if (words !== undefined) secured.connection.send(frameOf(words))
            })
            throw new Error('closed by the other side')
          },
        }
      },
    ],
  })
  const startMs = performance.now()
  await host.dial(multiaddr(address)).catch(() => {})
  const closedMs = performance.now() - startMs
  await host.stop()
  return { bytes, closedMs }
}

/** A member's key in hands that obey no rule: admitted, and free to open any protocol and write any bytes. */
export const startHostile = async ({
  identity,
  members,
}: {
  identity: Identity
  members: Members
}): Promise<Awaited<ReturnType<typeof createHost>>> => {
  const host = await createHost({
    identity,
    words: {
      ask: () => helloFrame(members, identity.node),
      accept: () => {},
      answer: () => {
        throw new Error('takes nobody')
      },
    },
  })
  await host.start()
  return host
}

/** Opens a link by hand, so that gossip is answered. */
export const openLinkByHand = async (connection: Connection): Promise<Stream> => {
  const stream = await connection.newStream(LINK_PROTOCOL)
  const mark = randomBytes(8).toString('hex')
  const accepted = firstFrame(stream, { bytesMax: 8192, signal: AbortSignal.timeout(3000) })
  stream.send(frameOf(packPlain(['open', mark, mark, '', []])))
  await accepted
  return stream
}

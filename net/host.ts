/**
 * The libp2p host under a swarm, and the small one a newcomer joins with: TCP, our admitting noise, yamux, identify and ping.
 * Every setting that is not libp2p's own has its reason beside it.
 *
 * @module
 */
import './node20.ts'
import { identify } from '@libp2p/identify'
import type { ComponentLogger, Logger, ServiceMap } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { ServiceFactoryMap } from 'libp2p'
import { admittingNoise } from './channel.ts'
import type { FirstWords } from './channel.ts'
import { libp2pKeyOf } from './identity.ts'
import type { Identity } from './identity.ts'
import { WINDOW_BYTES_MAX } from './streams.ts'
import { fewerWindowUpdates, HELD_BYTES_MAX } from './thrift.ts'

/** An overlay has 8 to 12 links; the rest is for streams to others, and for a test of 50 nodes in one process. */
const CONNECTIONS_MAX = 128
/** libp2p allows 5 a second from one address: a fleet on one machine or behind one NAT starts at once. A handshake costs 8 ms. */
const CONNECTIONS_PER_SECOND_MAX = 50
/** Handshakes at a time (libp2p: 10). */
const PENDING_MAX = 64
/** A handshake takes 20 ms; who needs longer than this holds a place others want. */
const UPGRADE_MS_MAX = 5000

const multiplexer = yamux({
  streamOptions: {
    initialStreamWindowSize: 4 * HELD_BYTES_MAX,
    // it grows to 16 MiB otherwise, while a stream may buffer 4: a reader that pauses would be cut off
    maxStreamWindowSize: WINDOW_BYTES_MAX,
  },
})

export interface HostOptions<Services extends ServiceMap> {
  identity: Identity
  words: FirstWords
  listen?: readonly string[]
  announce?: readonly string[]
  services?: ServiceFactoryMap<Services>
}

// oxlint-disable-next-line typescript/explicit-function-return-type: libp2p's own type, with our services in it
export const createHost = <Services extends ServiceMap>(options: HostOptions<Services>) =>
  createLibp2p({
    privateKey: libp2pKeyOf(options.identity),
    addresses: { listen: [...(options.listen ?? [])], announce: [...(options.announce ?? [])] },
    transports: [tcp()],
    connectionEncrypters: [admittingNoise(options.words)],
    streamMuxers: [() => fewerWindowUpdates(multiplexer())],
    connectionManager: {
      maxConnections: CONNECTIONS_MAX,
      inboundConnectionThreshold: CONNECTIONS_PER_SECOND_MAX,
      maxIncomingPendingConnections: PENDING_MAX,
      inboundUpgradeTimeout: UPGRADE_MS_MAX,
      // redialling is decided by the overlay above
      reconnectRetries: 0,
    },
    // it pings on a new stream per connection, 2 ms of CPU each; the beats on the links tell more
    connectionMonitor: { enabled: false },
    logger: silent,
    services: {
      // answered, but not asked on every connection: the hello and the link have said it all
      identify: identify({ runOnConnectionOpen: false }),
      ping: ping(),
      ...options.services,
    } as ServiceFactoryMap<Services>,
    nodeInfo: { name: 'shoal', version: '1', userAgent: 'shoal' },
  })

const quiet: Logger = Object.assign(() => {}, {
  error: () => {},
  trace: () => {},
  enabled: false,
  newScope: () => quiet,
}) as Logger

/** libp2p logs through `debug`, formatting names on every frame; what we need to know reaches us as events. */
const silent: ComponentLogger = { forComponent: () => quiet }

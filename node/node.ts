/**
 * One node, put together: the same on a machine and in the simulator. A world and a home come in, a running node comes out;
 * every part is handed only what it needs.
 *
 * Read from top to bottom this is the order in which a node comes to life: disk to replica, replica to view, actors on the
 * view, and the network last, since from then on others can ask.
 *
 * @module
 */
import { Replica, View, kubernetes, parseKey, type Conflict, type FactName, type Fact, type NodeId } from '../crdt/index.ts'
import type { GossipMessage, PeerId, TransportHandlers } from '../net/index.ts'
import type { Ref } from './actor/actor.ts'
import { ActorSystem } from './actor/system.ts'
import { AgentActor, type AgentMessage } from './agent/agent-actor.ts'
import type { ApiBackend } from './api/backend.ts'
import { Backend } from './backend.ts'
import type { Home } from './home.ts'
import { ownPod, placementLens, routesLens, templateOf } from './lens.ts'
import { MembershipActor, type MembershipMessage } from './membership/membership-actor.ts'
import { History } from './placement/history.ts'
import { PlacementActor, type PlacementMessage } from './placement/placement-actor.ts'
import { parseLogQuestion, serveQuestion } from './questions.ts'
import { SelfRecord, type NodeSettings } from './self.ts'
import { DataPlane } from './service/data-plane.ts'
import { serviceEnvironment } from './service/environment.ts'
import type { RouteId } from './service/ports.ts'
import { ProxyActor, type ProxyMessage } from './service/proxy-actor.ts'
import { Reach } from './service/reach.ts'
import type { RouteAddresses } from './service/routes.ts'
import { ForwardServer } from './service/serve-forward.ts'
import { EventLog } from './store/event-log.ts'
import { FRAME, tagged } from './store/frames.ts'
import { Journal, type Damage } from './store/journal.ts'
import { StoreActor, type StoreMessage } from './store/store-actor.ts'
import type { World } from './world/world.ts'

export interface NodeParts {
  readonly world: World
  readonly home: Home
  readonly settings: NodeSettings
  /** Something after which going on would be worse than starting again from disk. */
  readonly onFatal: (reason: string) => void
}

export interface RunningNode {
  readonly backend: ApiBackend
  /** Leaves the network and closes its files; pods run on. */
  stop(): Promise<void>
}

/** Bytes of a boot nonce: what makes a writer id new at every start. */
const BOOT_NONCE_BYTES = 16

/** Rejects with `JournalRefused` where the log is another cluster's. */
export async function createNode(parts: NodeParts): Promise<RunningNode> {
  const { world, home, settings, onFatal } = parts
  const self: NodeId = home.identity.node
  const { clusterId } = home.members
  const events = new EventLog()
  const view = new View({ self, clusterId })
  const inbox = new Inbox()

  const replica = new Replica({
    clusterId,
    signer: home.identity,
    trust: home.members,
    bootNonce: world.dice.bytes(BOOT_NONCE_BYTES),
    incarnation: home.incarnation,
    kinds: kubernetes,
    listener: {
      objectChanged: (key, object) => view.objectChanged(key, object),
      recordChanged(node, name, record) {
        view.recordChanged(node, name, record)
        if (record !== undefined && name.startsWith('bid/')) inbox.bid(node, record.value)
      },
      memberAdded: (node) => view.memberAdded(node),
      conflict: (conflict) => events.add(conflictEvent(conflict, (node) => nameOf(view, node)), world.clock.now()),
    },
  })
  const journal = new Journal(world.disk, clusterId)
  await loadReplica({ replica, journal, home, world })

  const system = new ActorSystem(world, { onGiveUp: (name, error) => onFatal(`the ${name} actor failed over and over: ${String(error)}`) })
  const history = new History()
  let addresses: ReadonlyMap<RouteId, RouteAddresses> = new Map()

  /** Own records are in force here at once; the store keeps and tells them. */
  const put = (name: FactName, value: Fact | undefined, ttlMs?: number): void => {
    const nowMs = world.clock.now()
    const envelope = replica.record(name, value, ttlMs === undefined ? { nowMs } : { nowMs, ttlMs })
    system.tell(store, { type: 'recorded', envelope })
  }
  const selfRecord = new SelfRecord(settings, world.clock.now(), (fact) => put('node', fact))

  const store: Ref<StoreMessage> = system.spawn(
    'store',
    () =>
      new StoreActor(
        {
          replica,
          journal,
          transport: world.transport,
          dice: world.dice,
          onMembershipFrame: (from, bytes) => system.tell(membership, { type: 'frame', from, bytes }),
          onSynced: () => system.tell(agent, { type: 'synced' }),
          onDiskFailed: (error) => onFatal(`the disk failed: ${String(error)}`),
          onBlamed: (peer, rule, reason) => world.log.note('warn', 'peer-sent-bad-bytes', { peer, rule, reason }),
        },
        self,
      ),
    { mailboxMax: 8_192, overflow: 'drop-oldest' },
  )
  const agent: Ref<AgentMessage> = system.spawn(
    'agent',
    () =>
      new AgentActor({
        node: { id: self, name: settings.name, hostAddress: settings.hostAddress },
        view: {
          pods: () => view.pods(),
          template: (workload, revision) => templateOf(view, workload, revision),
          serviceEnv: (namespace) =>
            serviceEnvironment({
              namespace,
              runtime: world.runtimes[0]?.name ?? 'process',
              services: routes.services(),
              addresses,
            }),
        },
        records: { put },
        listener: {
          podFailed(failure) {
            events.add(
              { type: 'Warning', reason: 'Failed', about: failure.workload, message: failure.reason, source: 'agent' },
              failure.atMs,
            )
            world.log.note('warn', 'pod-failed', { ...failure })
          },
          runtimeHealth: (health) => selfRecord.runtimeHealth(health),
        },
        world,
      }),
    { overflow: 'drop-oldest' },
  )
  const placement: Ref<PlacementMessage> = system.spawn('placement', () => {
    const ports = { self, view: placementLens(view), records: { put }, holdMs: (node: NodeId) => inbox.holdMs(node) }
    return new PlacementActor({ ports, agent, history })
  })
  const membership: Ref<MembershipMessage> = system.spawn('membership', () => inbox.membership(MembershipActor, { self, view, world, home, settings }))

  const routes = routesLens(view)
  const reach = new Reach(world)
  const dataPlane = new DataPlane({ ...world, reach })
  const proxy: Ref<ProxyMessage> = system.spawn(
    'proxy',
    () =>
      new ProxyActor({
        view: routes,
        self: { id: self, ...settings },
        sockets: world.sockets,
        dataPlane,
        report: (event) =>
          events.add({ type: 'Warning', reason: event.reason, about: event.service, message: event.message, source: 'routes' }, world.clock.now()),
        placed: (placed) => (addresses = placed),
      }),
    { overflow: 'drop-oldest' },
  )
  return { backend: undefined as never, stop: async () => {} }
}

/**
 * What the API asks of a node, answered from its view, its replica and, where a person wants to know of other nodes, from
 * those. Nothing here decides about the cluster.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import {
  DEFAULT_NAMESPACE,
  isForsaken,
  isReady,
  parseKey,
  workloadOf,
  WriteRefused,
  type DocumentKey,
  type KubeEvent,
  type KubeObject,
  type NodeId,
  type PodRow,
  type Replica,
  type View,
  kubernetes,
  type UsageFact,
} from '../crdt/index.ts'
import { createTicket, type Transport } from '../net/index.ts'
import type {
  ApiBackend,
  Certified,
  ClusterInfo,
  Explanation,
  ForecastAnswer,
  Gathered,
  NodeDigest,
  NodeUsage,
  Papers,
  PeerRow,
  PodPlace,
  Refusal,
  SlotExplanation,
  Ticket,
  WriteOperation,
  WriteOutcome,
} from './api/backend.ts'
import type { Meter } from './autoscale/meter.ts'
import type { ClockAnswers } from './clock/clock-actor.ts'
import { HOLD_MS, readClaims, seenNodes } from './control/claims.ts'
import { groupOf, type Slot } from './control/slot.ts'
import { wantedSlots } from './control/slots.ts'
import { authorityOf, type Home } from './home.ts'
import { forecast } from './placement/forecast.ts'
import type { History } from './placement/history.ts'
import { ask, askLogs, isRecord, type Haste, type Question } from './questions.ts'
import { ofPod } from './runtime/of-pod.ts'
import type { ExecSession, LogOptions } from './runtime/runtime.ts'
import type { NodeSettings, SelfRecord } from './self.ts'
import { askSession, askStream } from './session/ask.ts'
import type { SessionHost } from './session/host.ts'
import type { CommandOrder, ForwardOrder } from './session/order.ts'
import { eventObject, type EventLog } from './store/event-log.ts'
import type { WriteOutcome as StoreOutcome, WriteOperation as StoreOperation } from './store/store-actor.ts'
import type { Timers, World } from './world/world.ts'

export interface BackendParts {
  readonly world: Pick<World, 'clock' | 'timers' | 'dice' | 'transport' | 'runtimes'>
  readonly home: Home
  readonly settings: NodeSettings
  readonly view: View
  readonly replica: Replica
  readonly events: EventLog
  readonly history: History
  readonly selfRecord: SelfRecord
  /** As last heard on the links. */
  readonly neighbours: { roundTripMs(node: NodeId): number | undefined; root(node: NodeId): string | undefined }
  readonly sessions: SessionHost
  readonly meter: Pick<Meter, 'look'>
  /** Undefined until the node has begun. */
  readonly clock: () => ClockAnswers | undefined
  readonly api: () => readonly string[]
  /** Of a pod of this node. */
  hasten(uid: string, graceMs: number): void
  /** `applied`: it is in force here, and nothing else has been done yet. */
  write(operation: StoreOperation, by: string, applied: () => void): Promise<StoreOutcome>
}

export class Backend implements ApiBackend {
  readonly self: NodeId
  readonly view: View
  readonly #parts: BackendParts
  readonly #startedAtMs: number

  constructor(parts: BackendParts) {
    this.#parts = parts
    this.self = parts.home.identity.node
    this.view = parts.view
    this.#startedAtMs = parts.world.clock.now()
  }

  now(): number {
    return this.#parts.world.clock.now()
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#parts.world.timers.after(delayMs, run)
  }

  async write(operation: WriteOperation): Promise<WriteOutcome> {
    const trouble = this.#clockTrouble()
    if (trouble?.isRefusing === true) return { ok: false, refusal: { code: 'clock', message: trouble.says } }
    let object: KubeObject | undefined
    const outcome = await this.#parts.write(storeOperation(operation), operation.by, () => {
      // [API38] Until the disks have it the next write may have changed it, or deleted it.
      object = operation.type === 'remove' ? undefined : this.view.get(operation.key)
    })
    if (!outcome.ok) return { ok: false, refusal: refusalOf(outcome.error) }
    const durability = { durable: outcome.durability.disks, of: outcome.durability.of }
    return object === undefined ? { ok: true, ...durability } : { ok: true, object, ...durability }
  }

  #clockTrouble(): ClusterInfo['clockTrouble'] {
    const clock = this.#parts.clock()
    const standing = clock?.standing()
    if (clock === undefined || standing === undefined || standing.is === 'alone' || standing.is === 'agrees')
      return undefined
    return { isRefusing: standing.is === 'refuses', says: clock.says(standing) }
  }

  async podLogs({ node, uid }: PodPlace, options: LogOptions): Promise<Readable> {
    if (node !== this.self) return askLogs(this.#parts.world, node, { uid, options })
    return ofPod(this.#parts.world.runtimes, uid, (runtime) => runtime.logs(uid, options))
  }

  /** [SESS1] The same port wherever the pod is. */
  async session({ node, uid }: PodPlace, order: CommandOrder): Promise<ExecSession> {
    const { world, sessions } = this.#parts
    return sessions.counted(this.self, async () =>
      node === this.self ? sessions.own(uid, order) : askSession(world, node, { uid, order }),
    )
  }

  async forward({ node, uid }: PodPlace, order: ForwardOrder): Promise<Duplex> {
    const { world, sessions } = this.#parts
    return sessions.counted(this.self, async () =>
      node === this.self ? sessions.ownPort(uid, order) : askStream(world, node, { uid, order }),
    )
  }

  async hasten({ node, uid }: PodPlace, graceMs: number): Promise<void> {
    const haste = { ask: 'hasten', uid, graceMs } as const
    if (node === this.self) return void this.ownHaste(haste)
    const { transport, timers } = this.#parts.world
    await ask(transport, timers, node, haste)
  }

  /** What this node does when another one asks for haste: it looks at nothing but the pod's name, as it is to end. */
  ownHaste({ uid, graceMs }: Haste): Record<string, never> {
    this.#parts.hasten(uid, graceMs)
    return {}
  }

  async events(): Promise<Gathered<KubeEvent>> {
    const { answers, missing } = await this.#askAll('events')
    const rows = [...this.ownEvents(), ...answers.flatMap(({ answer }) => eventsOf(answer))]
    return { rows: rows.sort((a, b) => (a.lastTimestamp < b.lastTimestamp ? -1 : 1)), missing }
  }

  /** [TOP1] */
  async usage(): Promise<Gathered<NodeUsage>> {
    const [own, { answers, missing }] = await Promise.all([this.ownUsage(), this.#askAll('usage')])
    const { rows, odd } = usagesOf(answers)
    return {
      rows: [{ node: this.self, fact: own }, ...rows],
      missing: [...missing, ...odd.map((node) => this.#nameOf(node))],
    }
  }

  ownUsage(): Promise<UsageFact> {
    return this.#parts.meter.look()
  }

  /** What this node answers when another one asks for its events. */
  ownEvents(): KubeEvent[] {
    const node = this.#nameOf(this.self)
    return this.#parts.events.list().map((event) => eventObject(event, node))
  }

  async digests(): Promise<readonly NodeDigest[]> {
    const own = { node: this.self, name: this.#nameOf(this.self), ...this.ownDigest() }
    const { answers, silent } = await this.#askAll('digest')
    return [
      own,
      ...answers.map(({ node, answer }) => ({ node, name: this.#nameOf(node), ...digestOf(answer) })),
      ...silent.map(({ node, trouble }) => ({ node, name: this.#nameOf(node), trouble })),
    ]
  }

  ownDigest(): Omit<NodeDigest, 'node' | 'name'> {
    const { root, documents, records, members } = this.#parts.replica.digest()
    const heads = Object.fromEntries([...this.#parts.replica.heads()].map(([key, hashes]) => [key, hashes.join(' ')]))
    return { root, documents, records, members, heads }
  }

  peers(): readonly PeerRow[] {
    const { root: ownRoot } = this.#parts.replica.digest()
    return this.view.nodes().map((row) => this.#peerRow(row, ownRoot))
  }

  #peerRow({ id, name, fact, verdict, sinceMs, isSelf }: ReturnType<View['nodes']>[number], ownRoot: string): PeerRow {
    const { neighbours } = this.#parts
    const roundTripMs = neighbours.roundTripMs(id)
    const clockOffsetMs = this.#parts.clock()?.offsetMs(id)
    const root = isSelf ? ownRoot : neighbours.root(id)
    return {
      node: id,
      name,
      isSelf,
      addresses: fact.addresses,
      verdict,
      pods: this.view.podsOn(id).filter(({ fact: { phase } }) => phase === 'Pending' || phase === 'Running').length,
      sinceMs,
      version: fact.version,
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs: Math.round(clockOffsetMs) }),
      ...(root === undefined ? {} : { root, agrees: root === ownRoot }),
    }
  }

  certify(request: Certified): Papers | undefined {
    const { world, home } = this.#parts
    const authority = authorityOf(home, world)
    if (authority === undefined) return undefined
    const certificate = authority.clientCertificate({ ...request, nowMs: world.clock.now() })
    return { authority: authority.certificate, certificate }
  }

  async ticket(lifeMs: number): Promise<Ticket> {
    const { world, home } = this.#parts
    const nowMs = world.clock.now()
    const random = (length: number): Uint8Array => world.dice.bytes(length)
    const { clusterId } = home.members
    const joins = world.transport
      .addresses()
      .map((address) => createTicket({ address, clusterId, issuer: home.identity, nowMs, random, lifeMs }))
    return { joins, expiresAtMs: nowMs + lifeMs }
  }

  explain(key: DocumentKey): Explanation | undefined {
    const workload = this.view.workload(key)
    if (workload === undefined) return undefined
    const pods = this.view.podsOf(key)
    const claimed = pods.map(claimedSlot)
    const taken = new Set(claimed.map(({ slot }) => slot))
    const nowMs = this.now()
    const sight = { nowMs, nodes: seenNodes(this.view.nodes(), nowMs), holdMs: () => HOLD_MS }
    const wanted = wantedSlots(workload, readClaims(pods, sight, workload), nowMs)
    const open = wanted
      .filter((slot) => !taken.has(`${slot.revision}/${slot.index}`))
      .map((slot) => this.#openSlot(slot))
    return { workload: key, replicas: workload.replicas, slots: [...claimed, ...open] }
  }

  forecast(key: DocumentKey, object: KubeObject): ForecastAnswer {
    const { view } = this
    const wanted = workloadOf(
      { key, object, life: 1, changedAtMs: this.now(), heads: [] },
      view.namespaceRules(parseKey(key)?.namespace ?? DEFAULT_NAMESPACE),
    )
    const standing = view.workload(key)
    // What is shown has its defaults written out, what is stored may not: they are one revision all the same.
    const isStanding = standing !== undefined && isDeepStrictEqual(standing.template, wanted.template)
    const { slots, declines } = forecast({
      workload: key,
      revision: isStanding ? standing.revision : wanted.revision,
      template: wanted.template,
      podSecurity: wanted.podSecurity,
      replicas: wanted.replicas,
      nodes: view.nodes(),
      pods: view.pods(),
      workloads: view.workloads(),
    })
    return {
      slots: slots.map(({ node, ...each }) => ({
        ...each,
        ...(node === undefined ? {} : { node: this.#nameOf(node) }),
      })),
      declines: declines.map(({ node, why }) => ({ node: this.#nameOf(node), why })),
    }
  }

  #openSlot(slot: Slot): SlotExplanation {
    const { rounds, pending } = this.#parts.history.explain({ group: groupOf(slot), slot: slot.id })
    return {
      slot: `${slot.revision}/${slot.index}`,
      state: 'open',
      sinceMs: rounds.at(-1)?.atMs ?? this.now(),
      says: pending.length > 0 ? pending.join('; ') : 'its auction has not ended yet',
      auction: rounds[0]?.lines ?? [],
    }
  }

  clusterInfo(): ClusterInfo {
    const { home, settings, selfRecord, world } = this.#parts
    const { fact } = selfRecord
    const clockTrouble = this.#clockTrouble()
    return {
      clusterId: home.members.clusterId,
      node: this.self,
      name: this.#nameOf(this.self),
      version: settings.version,
      startedAtMs: this.#startedAtMs,
      platform: `${settings.platform.os}/${settings.platform.arch}`,
      members: home.members.list().length,
      addresses: world.transport.addresses(),
      api: this.#parts.api(),
      runtimes: fact.runtimes,
      runtimeTrouble: fact.runtimeTrouble,
      dataDir: settings.dataDir,
      ...(clockTrouble === undefined ? {} : { clockTrouble }),
    }
  }

  /** Every other member that is not lost, at once; each has its time limit. */
  async #askAll(what: Question['ask']): Promise<{
    answers: readonly { node: NodeId; answer: unknown }[]
    missing: readonly string[]
    silent: readonly { node: NodeId; trouble: string }[]
  }> {
    const question = what === 'digest' ? ({ ask: what, heads: true } as const) : ({ ask: what } as const)
    const { transport, timers } = this.#parts.world
    const others = this.view.nodes().filter(({ isSelf }) => !isSelf)
    const asked = await Promise.all(
      others.map(async ({ id, verdict }) =>
        verdict === 'lost' ? { node: id, trouble: 'lost' } : askOne({ transport, timers, node: id, question }),
      ),
    )
    const silent = asked.flatMap((one) => ('trouble' in one ? [one] : []))
    const answers = asked.flatMap((one) => ('answer' in one ? [one] : []))
    return { answers, silent, missing: silent.map(({ node }) => this.#nameOf(node)) }
  }

  #nameOf(node: NodeId): string {
    return this.view.node(node)?.name ?? node
  }
}

function claimedSlot(row: PodRow): SlotExplanation {
  const { node, fact } = row
  const ready = isReady(row)
  return {
    slot: `${fact.revision}/${fact.index}`,
    state: 'claimed',
    pod: fact.name,
    node,
    claimedAtMs: fact.claimedAtMs,
    ready,
    says: ready
      ? (fact.relieves?.why ?? '')
      : isForsaken(row)
        ? 'its node does not answer'
        : [fact.reason, fact.message].filter((text) => text !== '').join(': '),
    auction: fact.auction,
  }
}

async function askOne(input: {
  transport: Pick<Transport, 'open'>
  timers: Timers
  node: NodeId
  question: Parameters<typeof ask>[3]
}): Promise<{ node: NodeId; answer: unknown } | { node: NodeId; trouble: string }> {
  const { transport, timers, node, question } = input
  try {
    return { node, answer: await ask(transport, timers, node, question) }
  } catch (error) {
    return { node, trouble: error instanceof Error ? error.message : String(error) }
  }
}

function storeOperation(operation: WriteOperation): StoreOperation {
  if (operation.type === 'remove') {
    const { key, ifUid } = operation
    return ifUid === undefined ? { verb: 'delete', key } : { verb: 'delete', key, ifUid }
  }
  const { key, object, mode, ifVersion } = operation
  return ifVersion === undefined ? { verb: mode, key, object } : { verb: mode, key, object, ifVersion }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof WriteRefused) return { code: error.code, message: error.message, fields: error.errors }
  return { code: 'unavailable', message: error instanceof Error ? error.message : String(error) }
}

/** Only what has the shape of an Event: the answer came from another machine. */
function eventsOf(answer: unknown): KubeEvent[] {
  return Array.isArray(answer) ? answer.filter(isEvent) : []
}

function isEvent(value: unknown): value is KubeEvent {
  if (!isRecord(value) || value['kind'] !== 'Event') return false
  const { metadata, involvedObject, source, type, count } = value
  const texts = ['reason', 'message', 'firstTimestamp', 'lastTimestamp'].every(
    (field) => typeof value[field] === 'string',
  )
  const parts =
    isRecord(metadata) && typeof metadata['name'] === 'string' && isRecord(involvedObject) && isRecord(source)
  return (
    texts && parts && Number.isSafeInteger(count) && (count as number) >= 0 && (type === 'Normal' || type === 'Warning')
  )
}

/** [TOP1] Held to what a record of it is held to. */
export function usagesOf(answers: readonly { readonly node: NodeId; readonly answer: unknown }[]): {
  readonly rows: readonly NodeUsage[]
  readonly odd: readonly NodeId[]
} {
  const read = answers.map(({ node, answer }) => ({ node, ...kubernetes.parseFact('usage', answer) }))
  return {
    rows: read.flatMap((each) => ('fact' in each ? [{ node: each.node, fact: each.fact as UsageFact }] : [])),
    odd: read.flatMap((each) => ('error' in each ? [each.node] : [])),
  }
}

function digestOf(answer: unknown): Omit<NodeDigest, 'node' | 'name'> {
  if (!isRecord(answer) || typeof answer['root'] !== 'string')
    return { trouble: 'answered something that is no digest' }
  const { root, documents, records, members, heads } = answer
  const texts = isRecord(heads)
    ? Object.entries(heads).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text] as const] : []))
    : []
  return {
    root,
    documents: Number(documents),
    records: Number(records),
    members: Number(members),
    heads: Object.fromEntries(texts),
  }
}

/**
 * What happened on this node, as Kubernetes Events: a bounded number in memory. Events are news, not state: they are asked of
 * every node when somebody wants to read them and never travel with the documents.
 *
 * @module
 */
import { timestamp, parseKey, type DocumentKey, type KubeEvent, sha256Hex } from '../../crdt/index.ts'

/** Events kept: some hours of a quiet node, some minutes of a busy one. */
export const EVENTS_MAX = 1_000

export interface NodeEvent {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for programs: `Scheduled`, `BackOff`, `Conflict`. */
  readonly reason: string
  readonly message: string
  /** What it is about. */
  readonly about: DocumentKey
  readonly count: number
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** The part of Shoal that says it. */
  readonly source: string
}

export type NewEvent = Pick<NodeEvent, 'type' | 'reason' | 'message' | 'about' | 'source'>

export class EventLog {
  /** By what is said; re-inserted when said again, so the oldest is first. */
  readonly #events = new Map<string, NodeEvent>()
  readonly #byReason = new Map<string, number>()

  add(event: NewEvent, nowMs: number): void {
    const id = `${event.about}\n${event.reason}\n${event.message}`
    const before = this.#events.get(id)
    this.#events.delete(id)
    this.#events.set(id, {
      ...event,
      count: (before?.count ?? 0) + 1,
      firstAtMs: before?.firstAtMs ?? nowMs,
      lastAtMs: nowMs,
    })
    if (before === undefined) this.#count(event.reason, 1)
    if (this.#events.size > EVENTS_MAX) this.#forgetOne()
  }

  /** [EVENT2] The oldest of what is said most: pods that come and go leave what is rare, as a Conflict, to be read. */
  #forgetOne(): void {
    const [most] = [...this.#byReason].reduce((one, other) => (other[1] > one[1] ? other : one))
    for (const [id, { reason }] of this.#events) {
      if (reason !== most) continue
      this.#events.delete(id)
      return this.#count(reason, -1)
    }
  }

  #count(reason: string, more: number): void {
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + more)
  }

  /** Oldest first. */
  list(): readonly NodeEvent[] {
    return [...this.#events.values()]
  }
}

/** As the Kubernetes API shows it. */
export function eventObject(event: NodeEvent, node: string): KubeEvent {
  const { group, kind, namespace, name } = parseKey(event.about) ?? {
    group: '',
    kind: '',
    namespace: '',
    name: event.about,
  }
  const id = sha256Hex(`${node}\n${event.about}\n${event.reason}\n${event.message}`).slice(0, 16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name}.${id}`,
      namespace: namespace === '' ? 'default' : namespace,
      uid: id,
      creationTimestamp: timestamp(event.firstAtMs),
    },
    involvedObject: { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, namespace, name },
    type: event.type,
    reason: event.reason,
    message: event.message,
    count: event.count,
    firstTimestamp: timestamp(event.firstAtMs),
    lastTimestamp: timestamp(event.lastAtMs),
    source: { component: `shoal-${event.source}`, host: node },
  }
}

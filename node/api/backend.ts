/**
 * What the API needs of a node: the port. `node.ts` implements it over view, replica, gossip and runtimes; `testing.ts`
 * over nothing but memory. The API itself decides nothing about the cluster: it reads the view, asks for a write, and
 * passes on what other nodes answer.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import type { Duplex, Readable } from 'node:stream'
import type {
  BidLine,
  DocumentKey,
  FieldError,
  KubeEvent,
  KubeObject,
  NodeId,
  UsageFact,
  Verdict,
  View,
} from '../../crdt/index.ts'
import type { ExecSession, LogOptions } from '../runtime/runtime.ts'
import type { CommandOrder, ForwardOrder } from '../session/order.ts'

/** The read model, as far as the API looks at it. */
export type ApiView = Pick<
  View,
  | 'get'
  | 'keys'
  | 'list'
  | 'stored'
  | 'contentHash'
  | 'isCurrent'
  | 'subscribe'
  | 'nodes'
  | 'pods'
  | 'podsOf'
  | 'pendingOf'
  | 'workload'
  | 'workloads'
  | 'budgets'
  | 'nodePortsTaken'
  | 'nodePortHolder'
  | 'definitions'
>

/** A pod and where it runs. */
export interface PodPlace {
  readonly node: NodeId
  readonly uid: string
}

export interface ApiBackend {
  readonly self: NodeId
  readonly view: ApiView
  /** Wall clock, ms. */
  now(): number
  /** Runs later; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void
  write(operation: WriteOperation): Promise<WriteOutcome>
  /** The output of one container, from whichever node runs it. Rejects with a sentence. */
  podLogs(pod: PodPlace, options: LogOptions): Promise<Readable>
  /** A command in a container, its own input and output, or its files, on whichever node. Rejects with a sentence. */
  session(pod: PodPlace, order: CommandOrder): Promise<ExecSession>
  /** A connection to a port of a pod, on whichever node. Rejects with a sentence. */
  forward(pod: PodPlace, order: ForwardOrder): Promise<Duplex>
  /** [GRACE2] That this pod, which is to end, may take so long and no longer. Rejects where its node cannot be told. */
  hasten(pod: PodPlace, graceMs: number): Promise<void>
  /** Events of all nodes that answer. */
  events(): Promise<Gathered<KubeEvent>>
  /** What the pods of all nodes that answer take. */
  usage(): Promise<Gathered<NodeUsage>>
  ownDigest(): Omit<NodeDigest, 'node' | 'name'>
  /** State digests of all members; those that do not answer carry `trouble`. */
  digests(): Promise<readonly NodeDigest[]>
  peers(): readonly PeerRow[]
  /** Lets the holder of a key in at the TLS doors of all nodes; undefined in a cluster that has no data key. */
  certify(request: Certified): Papers | undefined
  /** A ticket to join this cluster. */
  ticket(ttlMs: number): Promise<Ticket>
  /** Who bid what for the slots of a workload; undefined where there is no such workload. */
  explain(workload: DocumentKey): Explanation | undefined
  /** Where the slots of a valid Deployment or Pod would be, were it written now, as far as this node knows. */
  forecast(key: DocumentKey, object: KubeObject): ForecastAnswer
  clusterInfo(): ClusterInfo
}

/** `by`: who asks, for the history of the object (`unix:ada`, `loopback`). */
export type WriteOperation =
  | {
      readonly type: 'put'
      readonly key: DocumentKey
      readonly object: KubeObject
      readonly mode: 'create' | 'replace'
      readonly by: string
      /** Refused with `conflict` unless the document (`View.stored`) still has this resourceVersion. */
      readonly ifVersion?: string
    }
  | { readonly type: 'remove'; readonly key: DocumentKey; readonly by: string; readonly ifUid?: string }

export interface Refusal {
  /** `full`: this node keeps as many objects as it may. `unavailable`: it is stopping, or its disk does not take the write.
   *  `clock`: what it wrote now would be held by others, or was made without what they wrote. */
  readonly code:
    | 'already-exists'
    | 'not-found'
    | 'invalid'
    | 'conflict'
    | 'too-large'
    | 'full'
    | 'unavailable'
    | 'clock'
  readonly message: string
  readonly fields?: readonly FieldError[]
}

export type WriteOutcome =
  | {
      readonly ok: true
      /** As the API shows it after the write; absent when it was removed. */
      readonly object?: KubeObject
      /** Disks that hold the write now. */
      readonly durable: number
      /** Disks it should be on: min(2, members). */
      readonly of: number
    }
  | { readonly ok: false; readonly refusal: Refusal }

export interface NodeUsage {
  readonly node: NodeId
  readonly fact: UsageFact
}

/** Rows from many nodes, and who did not answer. */
export interface Gathered<Row> {
  readonly rows: readonly Row[]
  /** Names of nodes that could not be asked. */
  readonly missing: readonly string[]
}

export interface NodeDigest {
  readonly node: NodeId
  readonly name: string
  /** Why it did not answer, in words. The rest is absent then. */
  readonly trouble?: string
  readonly root?: string
  readonly documents?: number
  readonly records?: number
  readonly members?: number
  /** Heads by document, one text each; needed only where the root differs from that of the node that is asked. */
  readonly heads?: Readonly<Record<DocumentKey, string>>
}

export interface PeerRow {
  readonly node: NodeId
  readonly name: string
  readonly isSelf: boolean
  /** Multiaddrs with `/p2p/`. */
  readonly addresses: readonly string[]
  readonly verdict: Verdict
  /** Pods that it runs or is to run. */
  readonly pods: number
  readonly sinceMs: number
  /** Absent where there is no link. */
  readonly roundTripMs?: number
  /** What its clock is ahead of that of the node that is asked by; negative: behind. Absent where it is not heard. */
  readonly clockOffsetMs?: number
  readonly version: string
  /** Root of its state digest as last heard. */
  readonly root?: string
  /** Whether that root equals ours. Absent: not heard yet. */
  readonly agrees?: boolean
}

export interface Certified {
  readonly user: string
  readonly groups: readonly string[]
  readonly publicKey: KeyObject
  readonly lifeMs: number
}

/** Both PEM. */
export interface Papers {
  readonly authority: string
  readonly certificate: string
}

export interface Ticket {
  /** What `shoal join` takes: multiaddrs that end in `/ticket/...`, most useful first. */
  readonly joins: readonly string[]
  readonly expiresAtMs: number
}

export type SlotExplanation =
  | {
      readonly slot: string
      readonly state: 'claimed'
      readonly pod: string
      readonly node: NodeId
      readonly claimedAtMs: number
      readonly ready: boolean
      /** Why it is not ready, in words; of one that is, why it was moved here, or nothing. */
      readonly says: string
      /** The auction as the winner saw it. */
      readonly auction: readonly BidLine[]
    }
  | {
      readonly slot: string
      readonly state: 'open'
      readonly sinceMs: number
      /** What the slot waits for, in words. */
      readonly says: string
      /** The last auction: its declines say why nobody takes the slot. */
      readonly auction: readonly BidLine[]
    }

export interface Explanation {
  readonly workload: DocumentKey
  readonly replicas: number
  readonly slots: readonly SlotExplanation[]
}

/** By names of nodes. */
export interface ForecastAnswer {
  readonly slots: readonly {
    readonly index: number
    readonly node?: string
    /** `kept`: it runs there already. `open`: nobody would take it. */
    readonly is: 'kept' | 'won' | 'open'
  }[]
  /** Who would take none, or no more, and why. */
  readonly declines: readonly { readonly node: string; readonly why: string }[]
}

export interface ClusterInfo {
  readonly clusterId: string
  readonly node: NodeId
  readonly name: string
  readonly version: string
  readonly startedAtMs: number
  /** `linux/amd64` */
  readonly platform: string
  readonly members: number
  readonly addresses: readonly string[]
  /** `http://127.0.0.1:7443`, `unix:/run/shoal/shoal.sock` */
  readonly api: readonly string[]
  readonly runtimes: readonly string[]
  readonly runtimeTrouble: Readonly<Record<string, string>>
  readonly dataDir: string
  /** How its clock differs from those it hears, in words, and whether it therefore takes no writes. */
  readonly clockTrouble?: { readonly isRefusing: boolean; readonly says: string }
}

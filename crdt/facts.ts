/**
 * What a node says of itself: the values of its records. One writer each, last version wins, no history.
 *
 * A fact is checked by `parse*` when it comes in from the network, so that everything behind the view may rely on its shape.
 *
 * @module
 */
import type { DocumentKey } from './key.ts'

/** Names of the records a node may write. */
export type FactName = 'node' | 'usage' | `pod/${string}` | `bid/${string}`

export interface Platform {
  /** As Go and Docker name it: `linux`, `darwin`. */
  readonly os: string
  /** As Go and Docker name it: `amd64`, `arm64`. */
  readonly arch: string
}

export interface Resources {
  readonly cpuMilli: number
  readonly memoryBytes: number
  readonly pods: number
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** Record `node`: what this node is and where it is found. */
export interface NodeFact {
  /** The Kubernetes Node's name. Two nodes that chose the same name are told apart by the view. */
  readonly name: string
  /** Multiaddrs with `/p2p/`, most useful first. At most 16. */
  readonly addresses: readonly string[]
  /** Address on which this node serves nodePorts to others, an IP. */
  readonly hostAddress: string
  /** Where its API answers over TLS, `HOST:PORT`. Absent: it does not. */
  readonly apiTls?: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly unschedulable: boolean
  readonly capacity: Resources
  readonly platform: Platform
  /** Runtimes that answer now, best first. Empty: no pod can start here. */
  readonly runtimes: readonly string[]
  /** Why a runtime does not answer, in words, by its name. */
  readonly runtimeTrouble: Readonly<Record<string, string>>
  /** Those of them that answered since the agent began: there is an engine, and its pods are not looked after. Absent: none. */
  readonly lostRuntimes?: readonly string[]
  /** Images present, as `name:tag`, at most 64, largest first. */
  readonly images: readonly string[]
  readonly version: string
  readonly startedAtMs: number
}

/** One line of an auction as its winner saw it, kept with the claim so that `explain` answers later and anywhere. */
export type BidLine =
  | { readonly node: string; readonly score: number; readonly parts: Readonly<Record<string, number>> }
  | { readonly node: string; readonly decline: string }

export type ContainerState =
  | { readonly state: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly state: 'running'; readonly startedAtMs: number }
  | {
      readonly state: 'terminated'
      readonly exitCode: number
      readonly reason: string
      readonly finishedAtMs: number
      /** Last lines of its output, at most 2 KiB. */
      readonly message?: string
    }

export interface ContainerFact {
  readonly name: string
  readonly image: string
  readonly ready: boolean
  readonly restarts: number
  /** It runs, and is still being started: a hook or its startup probe has not succeeded. Absent: not so. */
  readonly starting?: true
  readonly now: ContainerState
  /** How the run before this one ended. */
  readonly last?: ContainerState
  /** `docker://...` or `process://...` */
  readonly id?: string
}

export interface Relief {
  /** Of the pod on the same slot that goes once this one serves. */
  readonly uid: string
  /** From where to where, and what gets better by it, in words. */
  readonly why: string
}

/** Record `pod/<uid>`: a claim on a slot and the state of the pod that fills it. Dropped (null) when the pod is gone. */
export interface PodFact {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  /** Whose pod: the document that wants it. */
  readonly workload: DocumentKey
  /** Hash of the pod template (`pod-template-hash`). */
  readonly revision: string
  /** Number of the slot within the revision, from 0. */
  readonly index: number
  /** When the slot was claimed, ms of the claimer's clock. The older claim wins; ties fall to the lower uid. */
  readonly claimedAtMs: number
  /** The auction as the claimer saw it, at most 24 lines. */
  readonly auction: readonly BidLine[]
  /** Made so that this pod may go, which serves elsewhere: it is moved to even out the nodes. */
  readonly relieves?: Relief
  /** Uid of the Pod that somebody wrote and that runs by this claim: whatever becomes of it, the claim is shown by that uid. */
  readonly ofPod?: string
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly ready: boolean
  /** Told to stop: out of the routes, its slot no longer counts. */
  readonly stopping: boolean
  /** Why it is not running yet or not ready, in words; empty when all is well. */
  readonly reason: string
  readonly message: string
  /** Address the pod listens on, reachable on its own machine and, with luck, from others. Empty until known. */
  readonly podIP: string
  readonly hostIP: string
  readonly runtime: string
  readonly startedAtMs?: number
  readonly readyAtMs?: number
  /** In the order they run. Absent: there are none. */
  readonly initContainers?: readonly ContainerFact[]
  /** All that is to run before `containers` has: absent where there is nothing, or it has not. */
  readonly initialized?: true
  readonly containers: readonly ContainerFact[]
}

/** Record `bid/<workload hash>`: an offer to run slots of one workload. Short-lived; never stored or synced. */
export interface BidFact {
  readonly workload: DocumentKey
  readonly revision: string
  /** Digest of the open slots this bid was made for. */
  readonly auction: string
  /** Score of the first, second ... slot this node would take: a supply curve, falling. Empty: declined. */
  readonly curve: readonly number[]
  /** What made up the first score. */
  readonly parts: Readonly<Record<string, number>>
  /** Why this node takes no more than `curve.length` slots, in words. */
  readonly decline?: string
}

/** Record `usage`: what the autoscaled pods of this node take. As short-lived as a bid: never stored or synced. */
export interface UsageFact {
  /** Measured over so long before it was written. */
  readonly overMs: number
  /** By uid of the pod, then by container. At most `USED_CONTAINERS_MAX` of them. */
  readonly pods: Readonly<Record<string, Readonly<Record<string, Used>>>>
}

/** Thousandths of a processor, and KiB of memory: in a list, since it travels often. */
export type Used = readonly [cpuMilli: number, memoryKiB: number]

/**
 * A node's offer for a group of open slots, from what it knows first hand: a supply curve (the score of the first slot it
 * would take, of the second ...), or a decline in a sentence with numbers.
 *
 * @module
 */
import { DEFAULT_NAMESPACE, parseKey, podSecurityRefusal, sha256Hex } from '../../crdt/index.ts'
import type { BidFact, DocumentKey, FactName, PodSecurityLevel, Resources, SecurityTemplate } from '../../crdt/index.ts'
import type { NodeRow, PodTemplate } from '../control/rows.ts'
import type { GroupId } from '../control/slot.ts'
import { reasonAgainst } from './eligible.ts'
import { hostPortsOf } from './host-ports.ts'
import { minus, podRequests, roomFor, times } from './requests.ts'
import { scoreParts, total, type ScoreParts } from './scores.ts'
import { clipped } from './sentence.ts'

/** Slots one bid may cover: keeps a bid below 2 KiB on the wire; the next round covers the rest. */
export const CURVE_MAX = 256

export interface BidQuestion {
  readonly workload: DocumentKey
  readonly revision: string
  readonly template: PodTemplate
  /** Digest of the open slots and the attempt (auction.ts). */
  readonly auction: string
  readonly openCount: number
  readonly self: NodeRow
  /** After all pods here and everything promised. */
  readonly free: Resources
  /** Promised to other auctions that still run; said in the decline. */
  readonly promised: Resources
  /** Pods of the workload here. */
  readonly siblings: number
  /** Pods of the workload that failed here of late. */
  readonly failures: number
  /** What the namespace of the workload lets its pods do. */
  readonly podSecurity?: PodSecurityLevel | undefined
  /** A port of the machine that the pod asks for and another one has, in words. */
  readonly portTaken?: string | undefined
  /** Why the agent here gave up the last claim of the group, while that counts. */
  readonly refusal: string | undefined
}

/** [BID2] The curve never rises and never promises more than is free. */
export function makeBid(question: BidQuestion): BidFact {
  const { workload, revision, auction, template, self, openCount, free, refusal } = question
  const offer = { workload, revision, auction }
  const against =
    insecure(question) ??
    reasonAgainst(template, self) ??
    question.portTaken ??
    (refusal === undefined ? undefined : `gave up the last one: ${refusal}`)
  if (against !== undefined) return { ...offer, curve: [], parts: {}, decline: clipped(against) }
  const needs = podRequests(template)
  const room = roomFor(needs, free)
  const isAlone = hostPortsOf(template).length > 0
  const most = isAlone ? 1 : CURVE_MAX
  const lacks = isAlone && room.count > 0 ? 'has one of each host port, and the pod asks for one' : room.lacks
  const scores = Array.from({ length: Math.min(room.count, openCount, most) }, (_, index) =>
    partsAt(question, needs, index),
  )
  return {
    ...offer,
    curve: falling(scores.map(total)),
    parts: scores[0] ?? {},
    ...(scores.length < openCount && lacks !== undefined && { decline: declineText(lacks, question) }),
  }
}

/** [PSS4] What a node that is lax let in is not run by the others. */
function insecure({ workload, template, podSecurity }: BidQuestion): string | undefined {
  const namespace = parseKey(workload)?.namespace ?? DEFAULT_NAMESPACE
  return podSecurityRefusal(template as SecurityTemplate, { namespace, level: podSecurity ?? 'baseline' })
}

function partsAt(
  { template, self, free, siblings, failures }: BidQuestion,
  needs: Resources,
  index: number,
): ScoreParts {
  return scoreParts({
    template,
    node: self,
    free: minus(free, times(needs, index + 1)),
    siblings: siblings + index,
    failures,
  })
}

/** Each at most the one before, whatever the parts say: the award takes slots of a node in this order. */
function falling(scores: readonly number[]): number[] {
  let last = Infinity
  return scores.map((score) => (last = Math.min(last, score)))
}

/** [BID3] A decline has numbers, and says when the lack is only promises that may be taken back. */
function declineText(lacks: string, { promised }: BidQuestion): string {
  return promised.pods === 0 ? lacks : `${lacks} (${promised.pods} promised in other auctions)`
}

/** Record names are short and made of harmless characters. */
export function bidName(group: GroupId): FactName {
  return `bid/${sha256Hex(group).slice(0, 32)}`
}

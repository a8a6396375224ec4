/**
 * What a client should know although its request went well, sent as `Warning: 299 shoal "..."`; kubectl and our CLI print
 * it. The honest part of having no master: who has not heard of a write, and whose word may be old.
 *
 * @module
 */
import type { ApiBackend, WriteOutcome } from './backend.ts'

/** A header line per warning, at most this many: 30 fields without effect are one surprise. */
export const WARNINGS_MAX = 16

type Node = ReturnType<ApiBackend['view']['nodes']>[number]

export type Written = Extract<WriteOutcome, { ok: true }>

/** [API39] How many disks have it, of how many that shall: of several writes the one that has the fewest. */
export function durability(outcomes: readonly Written[]): Record<string, string> {
  const [least] = outcomes.toSorted((one, other) => one.durable - other.durable)
  return least === undefined ? {} : { 'shoal-durable': `${least.durable}/${least.of}` }
}

export function durabilityWarnings(outcome: Written): readonly string[] {
  if (outcome.durable >= outcome.of) return []
  return [`accepted, and on ${outcome.durable} of ${outcome.of} disks so far: no other member could confirm it yet`]
}

/** [API31] Members that cannot be reached, by name. Those that are lost are no news, [API120] unless most of all are away. */
export function reachWarnings(backend: ApiBackend, method: string): readonly string[] {
  const nodes = backend.view.nodes()
  const isAway = ({ isSelf, verdict }: Node): boolean => !isSelf && (verdict === 'unreachable' || verdict === 'lost')
  const isFew = 2 * nodes.filter(isAway).length > nodes.length
  const away = nodes.filter((node) => isAway(node) && (isFew || node.verdict === 'unreachable'))
  if (away.length === 0) return []
  const names = away.map((node) => node.name).toSorted()
  const listed = names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`
  const what = method === 'GET' ? 'what is shown of them is their last word' : 'they learn of this when they are back'
  return [`unreachable: ${listed}; ${what}`]
}

/** Header values are latin1 text in quotes; what does not fit is replaced. */
export function warningHeader(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, "'")
  return `299 shoal "${safe}"`
}

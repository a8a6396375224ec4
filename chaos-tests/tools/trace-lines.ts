/**
 * A run as lines to read along: time, machine, what happened, and the facts. Faults and what users asked stand among them.
 *
 * @module
 */
import type { Fault } from '../fault.ts'
import type { Done } from '../history.ts'
import type { Onlooker } from '../run.ts'
import type { TraceEntry } from '../sim/trace.ts'
import { describeFault, labelOf } from './recording.ts'

/** What goes over cables and onto disks: most of a trace, and seldom what somebody looks for. */
const WIRE = new Set(['frame', 'gossip', 'append', 'replace'])

/** Eight letters of one tell it from all others in a run. */
const UUID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g

export interface TraceLinesOptions {
  readonly print: (line: string) => void
  /** Frames, gossip and writes to disks too. */
  readonly isFull: boolean
}

export class TraceLines implements Onlooker {
  readonly #options: TraceLinesOptions

  constructor(options: TraceLinesOptions) {
    this.#options = options
  }

  readonly see = (entry: TraceEntry): void => {
    if (this.#options.isFull || !WIRE.has(entry.what)) this.#print(entry.atMs, entry.node, ...wordsOf(entry))
  }

  async look(): Promise<void> {}

  fault(fault: Fault, is: 'begun' | 'over', atMs: number): void {
    this.#print(atMs, '*', is === 'begun' ? 'FAULT' : 'over', `${fault.id}  ${describeFault(fault)}`)
  }

  answered({ operation, startMs, endMs, outcome }: Done): void {
    const by = outcome.is === 'unreached' ? 'nobody listens' : `by ${outcome.machine}`
    const why = outcome.is === 'refused' ? ` (${outcome.answer.status})` : ''
    const tookMs = Math.round(endMs - startMs)
    this.#print(endMs, '*', outcome.is, `${operation.id}  ${labelOf(operation.what)}, ${by} in ${tookMs} ms${why}`)
  }

  healed(core: readonly string[], atMs: number): void {
    this.#print(atMs, '*', 'HEALED', `${core.join(' ')} live on`)
  }

  #print(atMs: number, node: string, what: string, facts: string): void {
    const time = (atMs / 1_000).toFixed(3).padStart(9)
    const short = facts.replace(UUID, (uid) => uid.slice(0, 8))
    this.#options.print(`${time}  ${node.padEnd(7)} ${what.padEnd(13)} ${short}`.trimEnd())
  }
}

function wordsOf({ what, detail, bytes }: TraceEntry): [what: string, facts: string] {
  const size = bytes === undefined ? '' : ` ${bytes} bytes`
  if (what === 'frame') return ['frame', `to ${detail},${size}`]
  if (!what.startsWith('log:')) return [what, `${detail}${size}`]
  return [what.slice('log:'.length), factsOf(detail)]
}

/** `{"actor":"placement","pod":"a","slot":0}` as `pod=a slot=0 (placement)`. */
function factsOf(detail: string): string {
  if (detail === '') return ''
  const { actor, ...facts } = JSON.parse(detail) as Record<string, unknown>
  const words = Object.entries(facts).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${words.join(' ')}${typeof actor === 'string' ? `  (${actor})` : ''}`
}

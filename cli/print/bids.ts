/**
 * An auction in words: who bid what, who declined and why, who won.
 *
 * @module
 */
import type { Palette } from './colour.ts'
import { age } from '../../crdt/tables.ts'
import { safe } from './safe.ts'
import { pad } from './table.ts'

export interface ExplainedBid {
  readonly node: string
  readonly score?: number
  readonly parts?: Readonly<Record<string, number>>
  readonly decline?: string
}

export type ExplainedSlot = {
  readonly slot: string
  readonly auction: readonly ExplainedBid[]
  readonly says: string
} & (
  | {
      readonly state: 'claimed'
      readonly pod: string
      readonly node: string
      readonly claimedAtMs: number
      readonly ready: boolean
    }
  | { readonly state: 'open'; readonly sinceMs: number }
)

export interface Explained {
  readonly workload: string
  readonly replicas: number
  readonly slots: readonly ExplainedSlot[]
}

interface Explaining {
  /** All slots of the workload, of which some are shown. */
  readonly of: readonly ExplainedSlot[]
  readonly palette: Palette
  readonly nowMs: number
}

export function explainText({ workload, replicas, slots }: Explained, { of, palette, nowMs }: Explaining): string {
  const [, kind, namespace, name] = workload.split('/')
  const open = of.filter(({ state }) => state === 'open').length
  const head = `${palette.bold(`${kind}/${name}`)} in ${namespace}: ${replicas} wanted, ${of.length - open} claimed, ${open} open\n`
  const ordered = slots.toSorted((one, other) => indexOf(one) - indexOf(other))
  return head + ordered.map((slot) => `\n${slotText(slot, palette, nowMs)}`).join('')
}

const indexOf = ({ slot }: ExplainedSlot): number => Number(slot.split('/').at(-1))

function slotText(slot: ExplainedSlot, palette: Palette, nowMs: number): string {
  const { green, yellow, dim } = palette
  const id = `slot ${indexOf(slot)}`
  const title =
    slot.state === 'claimed'
      ? `${id}  ${safe(slot.pod)}  on ${safe(slot.node)}  ${slot.ready ? green('ready') : yellow('not ready')}  ${dim(`claimed ${age(nowMs - slot.claimedAtMs)} ago`)}`
      : `${id}  ${yellow('open')}  ${dim(`for ${age(nowMs - slot.sinceMs)}`)}`
  // What an open slot waits for is the sum of its declines: said once, line by line.
  const isRepeated = slot.state === 'open' && slot.auction.length > 0
  const says = slot.says === '' || isRepeated ? '' : `  ${safe(slot.says)}\n`
  const widest = Math.max(0, ...slot.auction.map(({ node }) => node.length))
  const bids = slot.auction.map((bid) => `  ${pad(safe(bid.node), widest)}  ${bidText(bid, slot, palette)}\n`)
  return `${title}\n${says}${bids.length === 0 ? '  no auction is known\n' : bids.join('')}`
}

function bidText({ node, score, parts, decline }: ExplainedBid, slot: ExplainedSlot, { green, dim }: Palette): string {
  if (score === undefined) return `declined: ${safe(decline ?? 'without a reason')}`
  const counted = Object.entries(parts ?? {}).filter(([, value]) => value !== 0)
  const sum = counted.map(([name, value]) => `${name} ${round(value)}`)
  const won = slot.state === 'claimed' && slot.node === node ? `  ${green('won')}${dim(ruleText(score, slot))}` : ''
  return `bid ${round(score)}${sum.length === 0 ? '' : dim(` = ${sum.join(' + ')}`)}${won}`
}

/** What decided where the highest bid alone did not. */
function ruleText(won: number, { auction }: ExplainedSlot): string {
  const equal = auction.filter(({ score }) => score === won).length
  return equal > 1 ? ` (of ${equal} equal bids the one with the highest hash of slot and node wins)` : ''
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100)
}

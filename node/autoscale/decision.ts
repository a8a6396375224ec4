/**
 * Whether a Deployment gets another number of replicas now, and who writes that. Pure.
 *
 * Each node remembers what was asked for in the last minutes and how the number changed, and reckons alone; nobody leads. The
 * first in an order that all know writes, the next one follows a moment later if nothing has happened.
 *
 * Where half of the members or more cannot be reached nothing is changed, neither up nor down: the other side may be scaling
 * the same Deployment, and of two numbers one would be lost at the heal.
 *
 * @module
 */
import type { Autoscaler, NodeId, Proposal, Reading, ScalingRules } from '../../crdt/index.ts'
import type { NodeRow } from '../control/rows.ts'
import { isMajority, TURN_MS, turnOf } from '../control/turns.ts'

/** Of one autoscaler; a day of constant load is one span. */
const SPANS_MAX = 512
const CHANGES_MAX = 512

/** What was asked for over a time: where spans had to be put together, the least and the most of it. */
interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly least: number
  readonly most: number
}

/** What one node remembers of an autoscaler. */
export interface Memory {
  readonly sinceMs: number
  readonly replicas: number
  readonly spans: readonly Span[]
  readonly changes: readonly { readonly atMs: number; readonly by: number }[]
  /** Since when it would be changed that way. */
  readonly wish?: { readonly isUp: boolean; readonly sinceMs: number }
}

export interface ScaleQuestion {
  readonly autoscaler: Autoscaler
  /** As the Deployment says. */
  readonly replicas: number
  readonly proposal: Proposal
  readonly nodes: readonly Pick<NodeRow, 'id' | 'verdict'>[]
  /** All that were admitted, away or not. */
  readonly memberCount: number
  readonly self: NodeId
  readonly nowMs: number
}

export interface ScaleStep {
  readonly to: number
  readonly why: string
}

/** What to remember, and what to do if it is this node's turn. */
export function scaleStep(
  question: ScaleQuestion,
  before: Memory | undefined,
): { readonly memory: Memory; readonly step?: ScaleStep } {
  const { autoscaler, replicas, nodes, memberCount, self, nowMs } = question
  const memory = remembered(question, before)
  const { wish: _, ...idle } = memory
  const step = wantedStep(question, memory)
  if (step === undefined) return { memory: idle }
  const isUp = step.to > replicas
  const sinceMs = memory.wish?.isUp === isUp ? memory.wish.sinceMs : nowMs
  const wishing = { ...idle, wish: { isUp, sinceMs } }
  const alive = nodes.flatMap(({ id, verdict }) => (verdict === 'alive' ? [id] : []))
  // [HPA10]
  if (!isMajority(alive.length, memberCount)) return { memory: idle }
  // [HPA9]
  const occasion = ['shoal/autoscale/1', autoscaler.key, `${replicas}`]
  if (nowMs < sinceMs + turnOf(occasion, { self, alive }) * TURN_MS) return { memory: wishing }
  return { memory: wishing, step }
}

function remembered({ autoscaler, replicas, proposal, nowMs }: ScaleQuestion, before: Memory | undefined): Memory {
  if (before === undefined)
    return { sinceMs: nowMs, replicas, spans: withSpan([], proposal.replicas, nowMs), changes: [] }
  const { scaleUp, scaleDown } = autoscaler
  const keptMs = Math.max(...[scaleUp, scaleDown].flatMap((rules) => [rules.windowMs, periodMs(rules)]))
  const spans = withSpan(
    before.spans.filter(({ toMs }) => toMs >= nowMs - keptMs),
    proposal.replicas,
    nowMs,
  )
  const old = before.changes.filter(({ atMs }) => atMs > nowMs - keptMs)
  // Whoever changed it, people too.
  if (before.replicas === replicas) return { ...before, spans, changes: old }
  const changes = [...old, { atMs: nowMs, by: replicas - before.replicas }].slice(-CHANGES_MAX)
  return { sinceMs: before.sinceMs, replicas, spans, changes }
}

function withSpan(spans: readonly Span[], asked: number | undefined, nowMs: number): readonly Span[] {
  if (asked === undefined) return spans
  const last = spans.at(-1)
  if (last !== undefined && last.least === asked && last.most === asked)
    return [...spans.slice(0, -1), { ...last, toMs: nowMs }]
  const all = [...spans, { fromMs: nowMs, toMs: nowMs, least: asked, most: asked }]
  const [one, other] = all
  if (all.length <= SPANS_MAX || one === undefined || other === undefined) return all
  const both = {
    fromMs: one.fromMs,
    toMs: other.toMs,
    least: Math.min(one.least, other.least),
    most: Math.max(one.most, other.most),
  }
  return [both, ...all.slice(2)]
}

function wantedStep(question: ScaleQuestion, memory: Memory): ScaleStep | undefined {
  const { autoscaler, replicas, proposal, nowMs } = question
  const { minReplicas, maxReplicas } = autoscaler
  // [HPA7] Whatever is measured; nothing where there are to be none.
  if (replicas === 0) return undefined
  if (replicas > maxReplicas) return { to: maxReplicas, why: `${maxReplicas} is the most there may be` }
  if (replicas < minReplicas) return { to: minReplicas, why: `${minReplicas} is the least there may be` }
  if (proposal.replicas === undefined) return undefined
  const stable = stabilised(question, memory)
  if (stable === replicas) return undefined
  const rules = stable > replicas ? autoscaler.scaleUp : autoscaler.scaleDown
  // [HPA8] What was before this node began to look it cannot know.
  if (nowMs - memory.sinceMs < Math.max(rules.windowMs, periodMs(rules))) return undefined
  const bounded = Math.min(maxReplicas, Math.max(minReplicas, stable))
  const to =
    stable > replicas ? Math.min(bounded, upLimit(question, memory)) : Math.max(bounded, downLimit(question, memory))
  return to === replicas ? undefined : { to, why: whyOf(proposal) }
}

/** [HPA8] Up to the least, down to the most that was asked for in the window of that way. */
function stabilised({ autoscaler: { scaleUp, scaleDown }, replicas, nowMs }: ScaleQuestion, { spans }: Memory): number {
  const within = (windowMs: number): readonly Span[] => spans.filter(({ toMs }) => toMs >= nowMs - windowMs)
  const floor = Math.min(...within(scaleUp.windowMs).map(({ least }) => least))
  const ceiling = Math.max(...within(scaleDown.windowMs).map(({ most }) => most))
  return Math.min(Math.max(replicas, floor), ceiling)
}

/** [HPA11] As many as the policies let be added to what there was when their period began. */
function upLimit({ autoscaler: { scaleUp }, replicas, nowMs }: ScaleQuestion, memory: Memory): number {
  const limits = scaleUp.policies.map(({ type, value, periodMs }) => {
    const start = replicas - changedSince(memory, nowMs - periodMs)
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100) - 1e-9)
  })
  return Math.max(replicas, chosen(scaleUp, limits, { most: Math.max, least: Math.min }) ?? replicas)
}

function downLimit({ autoscaler: { scaleDown }, replicas, nowMs }: ScaleQuestion, memory: Memory): number {
  const limits = scaleDown.policies.map(({ type, value, periodMs }) => {
    const start = replicas - changedSince(memory, nowMs - periodMs)
    return type === 'Pods' ? start - value : Math.floor(start * (1 - value / 100) + 1e-9)
  })
  return Math.min(replicas, chosen(scaleDown, limits, { most: Math.min, least: Math.max }) ?? replicas)
}

/** `Max` is the largest change, whichever way. */
function chosen(
  { select }: ScalingRules,
  limits: readonly number[],
  { most, least }: Record<'most' | 'least', (...limits: readonly number[]) => number>,
): number | undefined {
  if (select === 'Disabled') return undefined
  return select === 'Max' ? most(...limits) : least(...limits)
}

const changedSince = ({ changes }: Memory, sinceMs: number): number =>
  changes.filter(({ atMs }) => atMs > sinceMs).reduce((sum, { by }) => sum + by, 0)

const periodMs = ({ policies }: ScalingRules): number => Math.max(0, ...policies.map((policy) => policy.periodMs))

/** [HPA12] In numbers, of the metric that asks for the most. */
function whyOf({ readings, replicas }: Proposal): string {
  const found = readings.find((reading) => reading.replicas === replicas)
  return found === undefined ? '' : readingText(found)
}

function readingText({ metric: { resource, container, wanted }, amount = 0, percent }: Reading): string {
  const whose = container === undefined ? resource : `${resource} of container ${container}`
  if (wanted.percent !== undefined)
    return `${whose} is at ${percent} % of what was asked for, ${wanted.percent} % is wanted`
  const text = (value: number): string => (resource === 'cpu' ? `${value}m` : `${Math.round(value / 2 ** 20)}Mi`)
  return `${whose} is at ${text(amount)} a pod, ${text(wanted.amount)} is wanted`
}

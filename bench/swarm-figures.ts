/**
 * What came out of it, set side by side: our median, theirs as the floor, the ratio; and the same as a table for people.
 *
 * @module
 */
import { median, type Figure } from './figures.ts'

export type Samples = Map<string, { readonly shoal: number[]; readonly swarm: number[] }>

export function note(samples: Samples, figure: string, name: 'shoal' | 'swarm', value: number): void {
  const both = samples.get(figure) ?? { shoal: [], swarm: [] }
  both[name].push(value)
  samples.set(figure, both)
}

/** Of the design, section 12. */
const GOALS: Readonly<Record<string, number>> = {
  deploy_12_ratio: 1.15,
  rollout_12: 4,
  rollout_failed: 0,
  failover_worker: 3,
  failover_leader: 3,
  isolated_container_back: 1,
  isolated_order_answered_ms: 50,
  isolated_order_accepted: 1,
}

const HIGHER = new Set(['isolated_order_accepted', 'rollout_requests'])

function unitOf(figure: string): string {
  if (figure.endsWith('_ratio')) return 'x docker run'
  if (figure.endsWith('_ms')) return 'ms'
  if (figure.endsWith('_mb')) return 'MB'
  return HIGHER.has(figure) || figure.endsWith('_failed') ? '' : 's'
}

/** Each of Shoal with Swarm's as its floor, and then each of Swarm. */
export function comparisonOf(samples: Samples): Figure[] {
  return [...samples].flatMap(([figure, { shoal, swarm }]) => {
    const [unit, better] = [unitOf(figure), HIGHER.has(figure) ? ('higher' as const) : ('lower' as const)]
    const goal = GOALS[figure]
    const ours = {
      figure: `shoal_${figure}`,
      value: median(shoal),
      unit,
      better,
      ...(goal === undefined ? {} : { goal }),
    }
    const theirs = { figure: `swarm_${figure}`, value: median(swarm), unit, better }
    return [...(shoal.length > 0 ? [ours] : []), ...(swarm.length > 0 ? [theirs] : [])]
  })
}

/** A row a figure: median and range of both, and how many times as much ours is. */
export function tableOf(samples: Samples): string[] {
  const rows = [...samples].map(([figure, { shoal, swarm }]) => {
    const ratio = shoal.length > 0 && swarm.length > 0 ? median(shoal) / median(swarm) : Number.NaN
    const times = Number.isFinite(ratio) ? `${ratio.toPrecision(2)} x` : ''
    const goal = GOALS[figure] === undefined ? '' : `${GOALS[figure]} ${unitOf(figure)}`.trim()
    return `| ${figure} | ${spread(shoal, figure)} | ${spread(swarm, figure)} | ${times} | ${goal} |`
  })
  return ['| figure | Shoal | Docker Swarm | Shoal / Swarm | goal |', '|---|---|---|---|---|', ...rows]
}

function spread(values: readonly number[], figure: string): string {
  if (values.length === 0) return ''
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map((value) =>
    value >= 100 ? value.toFixed(0) : value.toPrecision(3),
  )
  return `${middle} ${unitOf(figure)} (${least} to ${most})`
}

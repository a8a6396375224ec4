/**
 * How it grows with the cluster: clusters of several sizes, each in two regions, one after the other. Time is the simulation's;
 * bytes are those of frames and gossip as they are put on links. Nothing is broken but what is said, and nothing is checked:
 * the figures tell.
 *
 * @module
 */
import { growthLines, type Figure } from '../../bench/figures.ts'
import { measureMembership, type MembershipScale } from './scale-membership.ts'
import { measureSlots, type SlotScale } from './scale-slots.ts'
import { SimCluster } from './sim-cluster.ts'
import { sharedWire } from './simulate.ts'
import type { Rate } from './traffic-rate.ts'

/** Ten slots a node are placed in clusters up to this size: each node keeps each pod, so that their number counts twice. */
const SLOT_NODES_MAX = 100
/** 20 ms between the two, and what a cable within one takes. */
const REGIONS = 2
const WEATHER = { latencyMs: 0.5, jitterMs: 1 }
/** The design's, for the last of a thousand nodes. */
const SPREAD_GOAL_MS = 1_000

/** Figures as JSON lines on stdout as they come, the table of all sizes on stderr at the end. */
export async function scale({ seed, sizes }: { seed: number; sizes: readonly number[] }): Promise<void> {
  const columns: (readonly Figure[])[] = []
  for (const nodes of sizes) {
    const figures = await figuresOf({ seed, nodes })
    for (const figure of figures)
      process.stdout.write(`${JSON.stringify({ ...figure, figure: `${figure.figure}_n${nodes}` })}\n`)
    columns.push(figures)
  }
  process.stderr.write(`\n${growthLines(sizes, columns).join('\n')}\n`)
}

async function figuresOf({ seed, nodes }: { seed: number; nodes: number }): Promise<readonly Figure[]> {
  const membership = membershipFigures(await measured({ seed, nodes }, measureMembership))
  return nodes > SLOT_NODES_MAX
    ? membership
    : [...membership, ...slotFigures(await measured({ seed, nodes }, measureSlots))]
}

/** In a cluster of its own. */
async function measured<T>(
  { seed, nodes }: { seed: number; nodes: number },
  measure: (cluster: SimCluster) => Promise<T>,
): Promise<T> {
  const cluster = new SimCluster({ seed, machines: nodes, regions: REGIONS, weather: WEATHER, wire: sharedWire() })
  return cluster.run(async () => {
    await cluster.boot()
    return await measure(cluster)
  })
}

const figure = (name: string, value: number, unit: string, goal?: number): Figure => ({
  figure: `scale_${name}`,
  value,
  unit,
  better: 'lower',
  ...(goal === undefined ? {} : { goal }),
})

function membershipFigures(found: MembershipScale): Figure[] {
  const { spreadMs, deathMs, joinMs, joinedMs, falseSuspicions } = found
  return [
    figure('spread_p50', spreadMs.p50, 'ms'),
    figure('spread_p99', spreadMs.p99, 'ms'),
    figure('spread_all', spreadMs.all, 'ms', SPREAD_GOAL_MS),
    figure('death_p50', deathMs.p50, 'ms'),
    figure('death_p99', deathMs.p99, 'ms'),
    figure('death_all', deathMs.all, 'ms'),
    figure('join_all', joinMs.all, 'ms'),
    figure('join_knows_all', joinedMs, 'ms'),
    figure('false_suspicions', falseSuspicions, 'verdicts', 0),
    ...rateFigures('rest', found.atRest),
    ...rateFigures('writes', found.atWrites),
    ...rateFigures('deaths', found.atDeaths),
  ]
}

function slotFigures(found: SlotScale): Figure[] {
  return [
    figure('slots', found.slots, 'slots'),
    figure('slots_placed', found.placedMs, 'ms'),
    figure('slots_nodes_killed', found.dead, 'nodes'),
    figure('slots_replaced', found.replacedMs, 'ms'),
    figure('slots_doubled', found.doubled, 'pods', 0),
    figure('slots_moved', found.moved, 'pods', 0),
    figure('slots_max_less_min_placed', found.spreadPlaced, 'pods'),
    figure('slots_max_less_min_replaced', found.spreadReplaced, 'pods'),
    ...rateFigures('placing', found.atPlacing),
    ...rateFigures('replacing', found.atReplacing),
  ]
}

/** Of a node, in a second. */
function rateFigures(when: string, { frames, bytes }: Rate): Figure[] {
  return [figure(`${when}_frames`, frames, '/s'), figure(`${when}_bytes`, bytes, 'B/s')]
}

/**
 * The promise that a seed is a run, held to: the same seeds again and again, each time under other circumstances, and each time
 * the trace has to be the same to the last byte.
 *
 * @module
 */

/** What a run must not depend on. */
export interface Circumstances {
  /** The Node that runs it. */
  readonly node: string
  readonly timeZone: string
  /** Of the old generation, in MB: it decides when the collector runs. */
  readonly heapMb: number
}

export interface Replays {
  readonly seeds: readonly number[]
  readonly times: number
  readonly nodes: readonly string[]
  readonly hashOf: (seed: number, circumstances?: Circumstances) => Promise<string>
  readonly jobs: number
  readonly print: (line: string) => void
}

const TIME_ZONES = ['UTC', 'Asia/Tokyo', 'America/St_Johns', 'Pacific/Chatham'] as const
const HEAPS_MB = [300, 600, 2_000] as const

/** True: every replay had the trace that its seed has in this process. Told by circumstances, and each one that had not. */
export async function replays({ seeds, times, nodes, hashOf, jobs, print }: Replays): Promise<boolean> {
  const expected = new Map<number, string>()
  for (const seed of seeds) expected.set(seed, await hashOf(seed))
  const same = new Map<string, { all: number; same: number }>()
  let begun = 0
  const lane = async (): Promise<void> => {
    for (let at = begun++; at < times; at = begun++) {
      const seed = seeds[at % seeds.length]!
      const circumstances = circumstancesOf(Math.floor(at / seeds.length), nodes)
      const hash = await hashOf(seed, circumstances)
      const name = inWords(circumstances)
      const tally = same.get(name) ?? { all: 0, same: 0 }
      same.set(name, tally)
      tally.all += 1
      if (hash === expected.get(seed)) tally.same += 1
      else print(`seed ${seed} has the trace ${hash} with ${name}, and ${expected.get(seed)} in this process`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  const sum = [...same.values()].reduce((total, tally) => total + tally.same, 0)
  for (const [name, tally] of [...same].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    print(`${name}: ${tally.same} of ${tally.all}`)
  print(`${sum} of ${times} replays of ${seeds.length} seeds have the same trace`)
  return sum === times
}

/** Each combination in turn, the Node changing fastest. */
function circumstancesOf(at: number, nodes: readonly string[]): Circumstances {
  const turn = Math.floor(at / nodes.length)
  return {
    node: nodes[at % nodes.length]!,
    timeZone: TIME_ZONES[turn % TIME_ZONES.length]!,
    heapMb: HEAPS_MB[Math.floor(turn / TIME_ZONES.length) % HEAPS_MB.length]!,
  }
}

function inWords({ node, timeZone, heapMb }: Circumstances): string {
  return `${node}, ${timeZone}, a heap of ${heapMb} MB`
}

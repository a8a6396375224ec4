/**
 * Shoal and Docker Swarm, in turn on the same machines: three network namespaces with an engine each. Plain `docker run` of as
 * many containers at once is the floor of a deploy.
 *
 * `--only deploy,failover` runs some parts, `--rounds 5` says how often each, `--table` prints what goes into
 * `docs/benchmarks.md`.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import type { Contestant } from './contestant.ts'
import { ShoalContestant } from './contestant-shoal.ts'
import { SwarmContestant } from './contestant-swarm.ts'
import { printFigures } from './figures.ts'
import { comparisonOf, note, tableOf, type Samples } from './swarm-figures.ts'
import { PARTS, type PartName } from './swarm-parts.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
    table: { type: 'boolean', default: false },
  },
})

const CONTESTANTS: readonly (() => Promise<Contestant>)[] = [
  () => SwarmContestant.start(),
  () => ShoalContestant.start(),
]

function partsOf(text: string): PartName[] {
  const names = text.split(',')
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)
  return names as PartName[]
}

async function runOne(start: () => Promise<Contestant>, parts: readonly PartName[], samples: Samples): Promise<void> {
  const contestant = await start()
  try {
    for (const part of parts) {
      for (const [figure, value] of Object.entries(await PARTS[part](contestant))) {
        process.stderr.write(`  ${contestant.name} ${figure}: ${value.toFixed(3)}\n`)
        note(samples, figure, contestant.name, value)
      }
    }
  } finally {
    await contestant.stop()
  }
}

async function main(): Promise<void> {
  const parts = partsOf(options.only)
  const rounds = Number(options.rounds)
  const samples: Samples = new Map()
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    // Who comes second finds the machine as the first has left it: each does so in every other round.
    const inTurn = round % 2 === 0 ? CONTESTANTS : CONTESTANTS.toReversed()
    for (const start of inTurn) await runOne(start, parts, samples)
  }
  const figures = comparisonOf(samples)
  printFigures(`Shoal and Docker Swarm on 3 machines, median of ${rounds} rounds in turn`, figures)
  if (options.table) process.stderr.write(`\n${tableOf(samples).join('\n')}\n`)
}

await main()

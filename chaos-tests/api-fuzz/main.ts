/**
 * `npm run fuzz:api -- --minutes 5 --seed 7`: fires at the API of a node that is started for it. The exit code is 1 where anything
 * was found.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { ProcessCluster } from '../real/process-cluster.ts'
import { fuzz, type Finding } from './fuzz.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    from: { type: 'string', default: '0' },
  },
})

/** The same thing said of many shots is told so often. */
const TOLD_MAX = 2

async function main(): Promise<void> {
  const [seed, minutes] = [Number(options.seed), Number(options.minutes)]
  console.log(`seed ${seed}, ${minutes} min`)
  const cluster = await ProcessCluster.start(1, { runtime: 'process', block: 60 + (process.pid % 20) })
  const told = new Map<string, number>()
  const onFinding = ({ number, what, shot }: Finding): void => {
    const same = what.replace(/[\d"]+|fuzz-\S+/g, '').slice(0, 80)
    told.set(same, (told.get(same) ?? 0) + 1)
    if (told.get(same)! <= TOLD_MAX) console.log(`shot ${number}: ${what}\n  ${shot}`)
  }
  try {
    const [node] = cluster.nodes
    const { shots, routes, findings, codes, residentMbMax } = await fuzz({
      node: node!,
      seed,
      forMs: minutes * 60_000,
      from: Number(options.from),
      onFinding,
    })
    console.log(`${shots} shots at ${routes} routes, ${residentMbMax.toFixed(0)} MB at most; ${JSON.stringify(codes)}`)
    console.log(findings.length === 0 ? 'nothing was found' : `${findings.length} findings`)
    for (const [what, times] of told) console.log(`${times} x ${what}`)
    if (findings.length > 0) process.exitCode = 1
  } finally {
    await cluster.stop()
  }
}

await main()

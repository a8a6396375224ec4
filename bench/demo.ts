/**
 * The demo from its command to its end, a node from `up` to its API's first answer, and from `join` to the same.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { ProcessCluster } from '../chaos-tests/real/process-cluster.ts'
import { median, printFigures } from './figures.ts'

const ROUNDS = 5

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1000
}

async function demo(): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', '--runtime', 'process'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`the demo ended with ${String(code)}`)
}

async function bareNode(): Promise<void> {
  const child = spawn(process.execPath, ['-e', '0'])
  await new Promise((resolve) => child.once('exit', resolve))
}

async function main(): Promise<void> {
  const demoSeconds = await timed(demo)
  const up: number[] = []
  const join: number[] = []
  const bare: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await timed(bareNode))
    let cluster: ProcessCluster | undefined
    try {
      up.push(await timed(async () => (cluster = await ProcessCluster.start(1, { runtime: 'process' }))))
      join.push(await timed(() => cluster!.addNode(cluster!.nodes[0])))
    } finally {
      await cluster?.stop()
    }
  }
  printFigures(`The demo once; up and join, median of ${ROUNDS}`, [
    { figure: 'demo', value: demoSeconds, unit: 's', better: 'lower', goal: 60 },
    { figure: 'up_ready', value: median(up), unit: 's', better: 'lower', goal: 1.5, floor: median(bare) },
    { figure: 'join_ready', value: median(join), unit: 's', better: 'lower', goal: 3, floor: median(bare) },
  ])
}

await main()

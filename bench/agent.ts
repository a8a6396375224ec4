/**
 * What a node costs while nothing happens: memory alone and among ten, and CPU among ten. The floor is a Node process that only
 * waits.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ProcessCluster, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../cli/node-process.ts'
import { median, printFigures } from './figures.ts'

const { values: options } = parseArgs({
  options: { nodes: { type: 'string', default: '10' }, seconds: { type: 'string', default: '30' } },
})

/** Clock ticks a second, as /proc counts CPU time on Linux. */
const TICKS_PER_SECOND = 100

function rssMb(pid: number): number {
  const kb = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  return kb / 1024
}

function cpuSeconds(pid: number): number {
  // The name may hold spaces, so fields are counted from the last parenthesis on: utime and stime are the 12th and 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function bareNode(): Promise<number> {
  const child = spawn(process.execPath, [...NODE_FLAGS, '-e', 'setInterval(() => {}, 1000)'], {
    env: { ...NODE_ENVIRONMENT, ...process.env },
  })
  await delay(2_000)
  const mb = rssMb(child.pid as number)
  child.kill('SIGKILL')
  return mb
}

async function settled(nodes: readonly ProcessNode[], seconds: number): Promise<{ mb: number; cpuPercent: number }> {
  await delay(10_000)
  const before = nodes.map(({ pid }) => cpuSeconds(pid))
  await delay(seconds * 1_000)
  const used = nodes.map(({ pid }, index) => ((cpuSeconds(pid) - before[index]!) / seconds) * 100)
  return { mb: median(nodes.map(({ pid }) => rssMb(pid))), cpuPercent: median(used) }
}

async function measure(size: number): Promise<{ mb: number; cpuPercent: number }> {
  const cluster = await ProcessCluster.start(size, { runtime: 'process' })
  try {
    return await settled(cluster.nodes, Number(options.seconds))
  } finally {
    await cluster.stop()
  }
}

const size = Number(options.nodes)
const floor = await bareNode()
const alone = await measure(1)
const among = await measure(size)
printFigures('A node at rest, from the built bundle', [
  { figure: 'agent_rss_alone', value: alone.mb, unit: 'MB', better: 'lower', goal: 120, floor },
  { figure: `agent_rss_among_${size}`, value: among.mb, unit: 'MB', better: 'lower', goal: 120, floor },
  {
    figure: `agent_cpu_among_${size}`,
    value: among.cpuPercent,
    unit: '% of a core',
    better: 'lower',
    goal: 2,
    floor: 0,
  },
])

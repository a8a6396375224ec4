import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../real/process-cluster.ts'
import { killQuietly } from '../real/remains.ts'
import { stretched } from '../real/patience.ts'
import { processesNaming } from '../real/runs.ts'
import { REPOSITORY } from './shoal.ts'

/** The issue's: end to end, after install. */
const DEMO_MS = 60_000

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'demo-'))
  onTestFinished(async () => {
    for (const pid of processesNaming(directory)) killQuietly(pid)
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
})

interface Demo {
  readonly child: ChildProcess
  output(): string
  readonly code: Promise<number | null>
}

/** Everything that the demo makes lies below `directory`, or names it in its environment. */
function startDemo(): Demo {
  // tsx keeps a directory of its own beside; only Shoal's count.
  const child = spawn('npm', ['run', '-s', 'demo', '--', '--runtime', 'process'], {
    cwd: REPOSITORY,
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (output += part))
  return { child, output: () => output, code: new Promise((resolve) => child.once('close', resolve)) }
}

async function nothingIsLeft(): Promise<void> {
  await waitFor('every process of the demo to be gone', stretched(5_000), () => processesNaming(directory).length === 0)
  expect(readdirSync(directory).filter((name) => name.startsWith('shoal-'))).toEqual([])
}

test('[DEMO1, DEMO2] without a terminal the demo tells all it saw, line by line, ends by itself with 0 and leaves nothing behind', async () => {
  const startMs = performance.now()
  const demo = startDemo()
  expect(await demo.code, demo.output()).toBe(0)
  const text = demo.output()
  for (const line of [
    /node amber {2}pid \d+ {2}on 127\.0\.\d+\.1/,
    /✔ all three see each other/,
    /deployment\.apps\/web created/,
    /✔ 3 of 3 replicas ready {2}/,
    /slot 0 .* claimed/,
    /bid \d+ = .* won/,
    /kill -9 of (amber|basil|cedar) and its/,
    /sees that (amber|basil|cedar) is gone/,
    /✔ new bids: (amber|basil|cedar) takes it as web-/,
    /✔ 3 of 3 replicas ready again/,
    /\d+ requests through the surviving nodes: \d+ failed, 0 of them later/,
    /All as told, in [\d.]+ s/,
  ]) {
    expect(text).toMatch(line)
  }
  expect(text.match(/http:\/\/127\.0\.\d+\.\d:30080 {2}hello from web-/g)).toHaveLength(3)
  expect(text, 'no colours and no cursor movements where there is no terminal').not.toContain('\u001b')
  expect(performance.now() - startMs).toBeLessThan(stretched(DEMO_MS))
  await nothingIsLeft()
})

test.each([
  ['while nodes start', /Three nodes, no master/],
  ['while replicas run', /✔ 3 of 3 replicas ready {2}/],
] as const)('[DEMO3] Ctrl-C %s ends the demo and leaves nothing behind', async (_when, line) => {
  const demo = startDemo()
  await waitFor(`the demo to say ${line}`, stretched(DEMO_MS), () => {
    if (demo.child.exitCode !== null) throw new Error(`the demo ended before:\n${demo.output()}`)
    return line.test(demo.output())
  })
  // As a terminal does it: to the whole group.
  process.kill(-(demo.child.pid as number), 'SIGINT')
  expect(await demo.code).not.toBe(0)
  await nothingIsLeft()
})

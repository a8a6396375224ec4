import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NodeOptions } from '../node/options.ts'
import { boundLog, running, startInBackground } from './node-process.ts'

let home = ''
const pids: number[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-node-'))
})
afterEach(() => {
  for (const pid of pids.splice(0)) process.kill(pid)
  rmSync(home, { recursive: true, force: true })
})

function options(): NodeOptions {
  return {
    name: 'amber',
    dataDir: join(home, 'data'),
    listen: { host: '127.0.0.1', port: 0 },
    api: undefined,
    apiTls: undefined,
    apiNames: [],
    apiSocket: join(home, 'shoal.sock'),
    hostAddress: undefined,
    labels: {},
    runtime: 'process',
    dockerHost: undefined,
    hostPaths: [],
    calmMs: 60_000,
    logLevel: 'info',
    begin: { how: 'join', ticket: '/ip4/secret' },
  }
}

function program(source: string): readonly string[] {
  const file = join(home, 'program.cjs')
  writeFileSync(file, source)
  return [file]
}

test('[CLI52] a node in the background is waited for until it answers; its ticket is in no command line', async () => {
  const source = `
    const chunks = []
    process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      const { apiSocket, name, begin } = JSON.parse(Buffer.concat(chunks))
      const info = JSON.stringify({ name, joined: begin.ticket, argv: process.argv.slice(2) })
      setTimeout(() => require('http').createServer((_, answer) => answer.end(info)).listen(apiSocket), 100)
    })`
  expect(await running(options())).toBeUndefined()
  const { info, pid } = await startInBackground(options(), program(source))
  pids.push(pid)
  expect(info).toEqual({ name: 'amber', joined: '/ip4/secret', argv: ['__node'] })
  expect(await running(options())).toMatchObject({ name: 'amber' })
})

test('[CLI52] a node that ends instead leaves its own last words as the error', async () => {
  const source = `console.error('{"level":"info"}\\nerror: the data directory is in use by pid 7'); process.exit(1)`
  await expect(startInBackground(options(), program(source))).rejects.toThrow(/^the data directory is in use by pid 7$/)
})

test('[CLI65] the log of a node in the background is bounded: what is long is moved away, one old file is kept', async () => {
  const [file, old] = [join(home, 'node.log'), join(home, 'node.log.1')]
  const log = openSync(file, 'a')
  await boundLog({ dataDir: home }, { bytesMax: 1_000, lookMs: 5 })
  const lines = async (word: string): Promise<void> => {
    const moved = (): boolean => existsSync(old) && readFileSync(old, 'utf8').includes(word)
    while (!moved()) {
      writeSync(log, `${word}\n`.repeat(100))
      await sleep(1)
    }
  }
  await lines('first-word')
  await lines('later-word')
  expect(readdirSync(home).filter((name) => name.startsWith('node.log'))).toEqual(['node.log', 'node.log.1'])
  closeSync(log)
})

test('[CLI52] a data directory that cannot be made is named before anything is started', async () => {
  writeFileSync(join(home, 'data'), '')
  const impossible = { ...options(), dataDir: join(home, 'data', 'below') }
  await expect(startInBackground(impossible, program(''))).rejects.toThrow(
    /the data directory .*below cannot be made: .*; choose another with --data-dir/,
  )
})

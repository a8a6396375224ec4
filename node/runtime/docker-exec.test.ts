import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type Docker from 'dockerode'
import type { Engine } from './docker-engine.ts'
import { openExec } from './docker-exec.ts'

test('[RT32] a command of which the engine does not know the process yet is asked for again, and killed', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const answers = [
    { Running: true, Pid: 0 },
    { Running: true, Pid: 0 },
    { Running: true, Pid: child.pid },
  ]
  const exec = {
    start: async () => new PassThrough(),
    inspect: async () => (answers.length > 1 ? answers.shift() : answers[0]),
  }
  const docker = { getContainer: () => ({ exec: async () => exec }) } as unknown as Docker
  const engine: Engine = { where: 'a test', call: (_doing, _limitMs, work) => work(docker), close: () => {} }
  // As if this test's group of processes were the container.
  const id = readFileSync('/proc/self/cgroup', 'utf8').trim()
  const session = await openExec(engine, { id, container: 'web' }, { command: ['sleep', '60'], tty: true, stdin: true })
  session.exit.catch(() => {})
  session.close()
  expect(await ended).toEqual([null, 'SIGKILL'])
})

import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { RuntimeError, type ExecSession } from '../runtime/runtime.ts'
import { realTimers } from '../world/real-clock.ts'
import { runCommand, type CommandEnd } from './command.ts'

interface Fake {
  readonly stdout?: Readable
  readonly stderr?: Readable
  readonly exit?: Promise<number>
}

function ran(fake: Fake | Error, timeoutMs = 10_000): { end: Promise<CommandEnd>; closed: Promise<void> } {
  let close = (): void => {}
  const closed = new Promise<void>((resolve) => (close = resolve))
  const session = (): ExecSession => {
    const { stdout = Readable.from([]), stderr = Readable.from([]), exit = Promise.resolve(0) } = fake as Fake
    const end = (): void => {
      close()
      stdout.destroy()
      stderr.destroy()
    }
    return { stdin: new PassThrough(), stdout, stderr, exit, resize: async () => {}, close: end }
  }
  const runtime = { exec: async () => (fake instanceof Error ? Promise.reject(fake) : session()) }
  const order = { uid: 'u', container: 'web', command: ['check'], timeoutMs }
  return { end: runCommand({ runtime, timers: realTimers }, order), closed }
}

test('[EXC1] a command ends with its code and what it said, on either output', async () => {
  expect(await ran({ stdout: Readable.from([Buffer.from('fine\n')]) }).end).toEqual({ exitCode: 0, output: 'fine' })
  const failed = { stderr: Readable.from([Buffer.from('no db\n')]), exit: Promise.resolve(3) }
  expect(await ran(failed).end).toEqual({ exitCode: 3, output: 'no db' })
})

test('[EXC1] one that cannot be run says why', async () => {
  const end = await ran(new RuntimeError('bad-command', 'there is no such program')).end
  expect(end).toEqual({ trouble: 'there is no such program' })
})

test('[EXC2] one that does not end in time is left', async () => {
  const { end, closed } = ran({ stdout: new PassThrough(), exit: new Promise(() => {}) }, 20)
  expect(await end).toEqual({ trouble: 'did not end within 0.02 s' })
  await closed
})

test('[EXC3] of what it says 1 KiB is kept; one that never stops talking is left', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1024 * 1024, 'x')
    })(),
  )
  const { end, closed } = ran({ stdout: endless })
  await closed
  expect(await end).toEqual({ exitCode: 0, output: 'x'.repeat(1_024) })
})

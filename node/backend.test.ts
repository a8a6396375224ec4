import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { ownLogs } from './backend.ts'
import { RuntimeError, type Runtime } from './runtime/runtime.ts'

const OPTIONS = { container: 'main', follow: false, timestamps: false, previous: false }

const runtime = (logs: () => Promise<Readable>): Runtime => ({ logs }) as unknown as Runtime
const failing = (code: RuntimeError['code'], sentence: string): Runtime =>
  runtime(() => Promise.reject(new RuntimeError(code, sentence)))

test('[API63] logs come from the runtime that has the pod, though another one does not answer', async () => {
  const runtimes = [
    failing('unavailable', 'no engine answers'),
    failing('not-found', 'no such pod'),
    runtime(() => Promise.resolve(Readable.from('hello'))),
  ]
  expect(await text(await ownLogs(runtimes, 'uid', OPTIONS))).toBe('hello')
})

test('[API63] where none has it, the one that did not answer is named, since it may have it', async () => {
  const down = failing('unavailable', 'no engine answers')
  const gone = failing('not-found', 'no such pod')
  await expect(ownLogs([down, gone], 'uid', OPTIONS)).rejects.toThrow('no engine answers')
  await expect(ownLogs([gone], 'uid', OPTIONS)).rejects.toThrow('no runtime of this node has pod uid')
})

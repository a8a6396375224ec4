import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { usagesOf } from './backend.ts'
import { ofPod } from './runtime/of-pod.ts'
import { RuntimeError, type Runtime } from './runtime/runtime.ts'

const OPTIONS = { container: 'main', follow: false, timestamps: false, previous: false }

const runtime = (logs: () => Promise<Readable>): Runtime => ({ logs }) as unknown as Runtime
const failing = (code: RuntimeError['code'], sentence: string): Runtime =>
  runtime(() => Promise.reject(new RuntimeError(code, sentence)))

const ownLogs = (runtimes: readonly Runtime[], uid: string, options: typeof OPTIONS): Promise<Readable> =>
  ofPod(runtimes, uid, (each) => each.logs(uid, options))

test('[API63] logs come from the runtime that has the pod, though another one does not answer', async () => {
  const runtimes = [
    failing('unavailable', 'no engine answers'),
    failing('not-found', 'no such pod'),
    runtime(() => Promise.resolve(Readable.from('hello'))),
  ]
  expect(await text(await ownLogs(runtimes, 'uid', OPTIONS))).toBe('hello')
})

test('[API75] a runtime that has the container and no previous run of it is heard', async () => {
  const runtimes = [failing('not-found', 'no such pod'), failing('no-previous', 'main has no run before the last')]
  await expect(ownLogs(runtimes, 'uid', OPTIONS)).rejects.toMatchObject({ code: 'no-previous' })
})

test('[API63] where none has it, the one that did not answer is named, since it may have it', async () => {
  const down = failing('unavailable', 'no engine answers')
  const gone = failing('not-found', 'no such pod')
  await expect(ownLogs([down, gone], 'uid', OPTIONS)).rejects.toThrow('no engine answers')
  await expect(ownLogs([gone], 'uid', OPTIONS)).rejects.toThrow('no runtime of this node has pod uid')
})

test('[TOP1] an answer that is no usage is taken for none, and its node named', () => {
  const fact = { overMs: 15_000, pods: { u1: { web: [250, 1_024] } } }
  const answers = [{ overMs: 1, pods: { u1: { web: [-1, 0] } } }, fact, undefined, 'no'].map((answer, index) => ({ node: `n${index}`, answer })) // prettier-ignore
  expect(usagesOf(answers)).toEqual({ rows: [{ node: 'n1', fact }], odd: ['n0', 'n2', 'n3'] })
})

import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { LogOptions } from '../runtime/runtime.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { clipEnd, clipStart, MESSAGE_BYTES_MAX } from './bounds.ts'
import { readLastLines } from './log-tail.ts'

const POD = { uid: 'u', container: 'web' }

function tailOf(log: Readable | Error, time = new VirtualTime()): Promise<string> {
  const logs = (): Promise<Readable> => (log instanceof Error ? Promise.reject(log) : Promise.resolve(log))
  return readLastLines({ runtime: { logs, message: async () => '' }, timers: time.timers }, POD)
}

test('[TAIL1] asks for the last 20 lines of the run that ended', async () => {
  const asked: LogOptions[] = []
  const runtime = {
    message: async () => ' \n',
    logs: (_: string, options: LogOptions) => {
      asked.push(options)
      return Promise.resolve(Readable.from([Buffer.from('a\nb\n')]))
    },
  }
  expect(await readLastLines({ runtime, timers: new VirtualTime().timers }, POD)).toBe('a\nb')
  expect(asked).toEqual([{ container: 'web', follow: false, tailLines: 20, timestamps: false, previous: false }])
})

test('[TAIL2] of endless lines the last 2 KiB are kept and no more than 1 MiB is read', async () => {
  let read = 0
  const endless = new Readable({
    read() {
      read += 65_536
      this.push(Buffer.alloc(65_536, 'x'))
    },
  })
  expect((await tailOf(endless)).length).toBe(MESSAGE_BYTES_MAX)
  expect(read).toBeLessThan(2 ** 20 + 4 * 65_536)
  expect(endless.destroyed).toBe(true)
})

test('[TAIL3] a log that does not end is cut off after 3 s', async () => {
  const time = new VirtualTime()
  const hanging = new Readable({ read() {} })
  hanging.push('said this')
  const tail = tailOf(hanging, time)
  await new Promise((resolve) => setImmediate(resolve))
  time.advance(3_000)
  expect(await tail).toBe('said this')
  expect(time.waiting).toBe(0)
})

test('[TAIL3] a log that cannot be read is an empty one', async () => {
  expect(await tailOf(new Error('no log'))).toBe('')
})

test.each([
  { text: 'ab', bytesMax: 2, start: 'ab', end: 'ab' },
  { text: 'abc', bytesMax: 2, start: 'ab', end: 'bc' },
  { text: 'aéé', bytesMax: 4, start: 'aé', end: 'éé' },
  { text: '🦐🦐', bytesMax: 7, start: '🦐', end: '🦐' },
  { text: '🦐', bytesMax: 3, start: '', end: '' },
])('[TAIL4] $text in $bytesMax bytes is cut between characters', ({ text, bytesMax, start, end }) => {
  expect(clipEnd(text, bytesMax)).toBe(start)
  expect(clipStart(text, bytesMax)).toBe(end)
})

test('[TAIL5] what a run wrote to its termination message stands for its log', async () => {
  const said = (message: Promise<string>) => ({
    message: () => message,
    logs: async () => Readable.from([Buffer.from('a log\n')]),
  })
  const { timers } = new VirtualTime()
  const words = (message: Promise<string>) => readLastLines({ runtime: said(message), timers }, POD)
  expect(await words(Promise.resolve('no disk left\n'))).toBe('no disk left')
  expect(await words(Promise.resolve('x'.repeat(4_096)))).toHaveLength(MESSAGE_BYTES_MAX)
  expect(await words(Promise.reject(new Error('gone')))).toBe('a log')
})

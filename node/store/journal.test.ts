import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryDisk } from '../world/memory-disk.ts'
import { Journal, JournalRefused, LOG_BYTES_MAX } from './journal.ts'

const CLUSTER = 'c0ffee'.repeat(10)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textsOf = (all: readonly Uint8Array[]): string[] => all.map((one) => new TextDecoder().decode(one))

async function journalWith(texts: readonly string[]): Promise<{ disk: MemoryDisk; journal: Journal }> {
  const disk = new MemoryDisk()
  const journal = new Journal(disk, CLUSTER)
  await journal.open()
  await journal.append(texts.map(bytesOf))
  return { disk, journal }
}

async function reopen(disk: MemoryDisk) {
  const { envelopes, damage } = await new Journal(disk, CLUSTER).open()
  return { texts: textsOf(envelopes), damage }
}

describe('what was acknowledged is there again', () => {
  test('[LOG1] after a crash every acknowledged envelope is read back, in order', async () => {
    const { disk, journal } = await journalWith(['one', 'two'])
    await Promise.all([journal.append([bytesOf('three')]), journal.append([bytesOf('four')])])
    disk.crash()
    expect((await reopen(disk)).texts).toEqual(['one', 'two', 'three', 'four'])
  })

  test('[LOG2] appends that wait while the disk is busy share one fsync', async () => {
    const { disk, journal } = await journalWith([])
    let syncs = 0
    const sync = disk.sync.bind(disk)
    disk.sync = (file) => ((syncs += 1), sync(file))
    await Promise.all(Array.from({ length: 50 }, (_, index) => journal.append([bytesOf(`${index}`)])))
    expect(syncs).toBeLessThanOrEqual(2)
    expect((await reopen(disk)).texts).toHaveLength(50)
  })

  test('[LOG3] after a failed fsync nothing more is acknowledged', async () => {
    const { disk, journal } = await journalWith(['one'])
    const sync = disk.sync.bind(disk)
    disk.sync = () => Promise.reject(new Error('EIO'))
    await expect(journal.append([bytesOf('two')])).rejects.toThrow('EIO')
    disk.sync = sync
    await expect(journal.append([bytesOf('three')])).rejects.toThrow('EIO')
  })

  test('[LOG12] it is settled when all that was appended is durable, and never after a failure', async () => {
    const { disk, journal } = await journalWith(['one'])
    await journal.settled()
    const sync = disk.sync.bind(disk)
    let finish: () => void = () => {}
    disk.sync = async (file) => {
      await new Promise<void>((resolve) => (finish = resolve))
      await sync(file)
    }
    const [appended, settled] = [journal.append([bytesOf('two')]), journal.settled()]
    let isSettled = false
    void settled.then(() => (isSettled = true))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(isSettled).toBe(false)
    finish()
    await Promise.all([appended, settled])
    disk.sync = () => Promise.reject(new Error('EIO'))
    const failing = journal.append([bytesOf('three')])
    await expect(journal.settled()).rejects.toThrow('EIO')
    await expect(failing).rejects.toThrow('EIO')
  })

  test('[LOG3] nor is what waited its turn behind the fsync that failed, nor anything after a failed snapshot', async () => {
    const { disk, journal } = await journalWith(['one'])
    const sync = disk.sync.bind(disk)
    disk.sync = () => Promise.reject(((disk.sync = sync), new Error('EIO')))
    const first = journal.append([bytesOf('two')])
    // One turn later the first group is on its way and this one gathers behind it.
    const second = Promise.resolve().then(() => journal.append([bytesOf('three')]))
    const outcomes = await Promise.allSettled([first, second])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])

    const other = await journalWith(['one'])
    other.disk.replace = () => Promise.reject(new Error('ENOSPC'))
    await expect(other.journal.snapshot([bytesOf('one')])).rejects.toThrow('ENOSPC')
    await expect(other.journal.append([bytesOf('two')])).rejects.toThrow('ENOSPC')
  })
})

describe('damage', () => {
  test('[LOG4] a torn tail is cut, and the log goes on behind it', async () => {
    const { disk } = await journalWith(['one', 'two'])
    const whole = (await disk.read('log'))!
    await disk.truncate('log', whole.length - 2)
    const second = new Journal(disk, CLUSTER)
    const { envelopes, damage } = await second.open()
    expect(textsOf(envelopes)).toEqual(['one'])
    expect(damage).toMatchObject([{ file: 'log', lostStretches: 0 }])
    await second.append([bytesOf('three')])
    expect(await reopen(disk)).toEqual({ texts: ['one', 'three'], damage: [] })
  })

  test('[LOG5] any flipped byte costs at most the record it hit, and is told', async () => {
    const { disk } = await journalWith(['one', 'two', 'three'])
    const whole = (await disk.read('log'))!
    const headBytes = whole.length - 3 * 16 - 'onetwothree'.length
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: headBytes, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = Uint8Array.from(whole)
          bytes[at]! ^= flip
          const damaged = new MemoryDisk()
          await damaged.replace('log', bytes)
          const { texts, damage } = await reopen(damaged)
          expect(texts).toHaveLength(2)
          expect(damage).toHaveLength(1)
        },
      ),
    )
  })

  test.each([
    [
      'of another cluster',
      `shoal-log-1 ${'abcdef'.repeat(10)}\n`,
      'other-cluster',
      /belongs to cluster abcdefab…: use another --data/,
    ],
    [
      'that is none of ours',
      'SQLite format 3\0 and so on, and on, and on, and on, and on, and on',
      'not-a-log',
      /does not start like a Shoal log/,
    ],
  ])('[LOG6] a file %s is refused and left as it is', async (_what, content, code, message) => {
    const disk = new MemoryDisk()
    await disk.replace('log', bytesOf(content))
    const refusal = await new Journal(disk, CLUSTER).open().catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(JournalRefused)
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(textsOf([(await disk.read('log'))!])).toEqual([content])
  })
})

test.each([
  ['in the magic', 3],
  ['in the name of the cluster', 20],
])('[LOG10] a bit that flipped %s of a head is damage: what the file holds is read', async (_what, at) => {
  const { disk } = await journalWith(['one', 'two'])
  const bytes = Uint8Array.from((await disk.read('log'))!)
  bytes[at]! ^= 1
  await disk.replace('log', bytes)
  const { texts, damage } = await reopen(disk)
  expect(texts).toEqual(['one', 'two'])
  expect(damage).toEqual([{ file: 'log', tornTailBytes: 0, lostStretches: 1, lostBytes: 1 }])
})

describe('snapshot', () => {
  test('[LOG7] a long log asks for a snapshot, which takes its place', async () => {
    const { disk, journal } = await journalWith([])
    expect(journal.wantsSnapshot).toBe(false)
    const block = 'x'.repeat(500_000)
    for (let bytes = 0; bytes <= LOG_BYTES_MAX; bytes += block.length) await journal.append([bytesOf(block)])
    expect(journal.wantsSnapshot).toBe(true)
    await journal.snapshot([bytesOf('all there is')])
    await journal.append([bytesOf('and more')])
    expect(journal.wantsSnapshot).toBe(false)
    expect((await reopen(disk)).texts).toEqual(['all there is', 'and more'])
  })

  test('[LOG8] a crash between snapshot and new log loses nothing', async () => {
    const { disk, journal } = await journalWith(['one'])
    const replace = disk.replace.bind(disk)
    disk.replace = async (file, bytes) => {
      if (file === 'log') throw new Error('power cut')
      await replace(file, bytes)
    }
    await expect(journal.snapshot([bytesOf('one')])).rejects.toThrow('power cut')
    disk.replace = replace
    disk.crash()
    expect((await reopen(disk)).texts).toEqual(['one', 'one'])
  })
  test('[LOG9] what is appended while a snapshot waits for the disk or is made is kept, behind it', async () => {
    const { disk, journal } = await journalWith(['one'])
    const answers: Promise<void>[] = []
    answers.push(journal.append([bytesOf('two')]))
    await Promise.resolve()
    // The disk is at work on 'two', 'three' gathers: a snapshot of these three comes behind it, and before the others.
    answers.push(journal.append([bytesOf('three')]))
    answers.push(journal.snapshot(['one', 'two', 'three'].map(bytesOf)))
    answers.push(journal.append([bytesOf('four')]))
    for (let turn = 0; turn < 20; turn += 1) {
      await Promise.resolve()
      answers.push(journal.append([bytesOf(`later-${turn}`)]))
    }
    await Promise.all(answers)
    disk.crash()
    const later = Array.from({ length: 20 }, (_, turn) => `later-${turn}`)
    expect((await reopen(disk)).texts).toEqual(['one', 'two', 'three', 'four', ...later])
  })
})

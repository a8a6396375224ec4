import { describe, expect, test } from 'vitest'
import { EventHeap } from './event-heap.ts'
import { Life } from './life.ts'
import { Stream } from './random.ts'
import { SimClock } from './sim-clock.ts'
import { SimDisk } from './sim-disk.ts'
import { SimTime, START_MS } from './sim-time.ts'
import { Tripwire } from './tripwire.ts'

test('[SIM1] events come by their time, then in the order they were put in; what was called off does not', () => {
  const heap = new EventHeap()
  const chance = new Stream(1, 'heap')
  const put = Array.from({ length: 500 }, (_, order) => ({ order, event: heap.add(chance.between(0, 20), () => {}) }))
  const dropped = put.filter((_, at) => at % 7 === 0)
  for (const { event } of dropped) event.run = undefined
  const expected = put
    .filter((one) => !dropped.includes(one))
    .map(({ event }) => event)
    .toSorted((one, other) => one.dueMs - other.dueMs || one.order - other.order)
  const taken = []
  for (let event = heap.takeDue(100); event !== undefined; event = heap.takeDue(100)) taken.push(event)
  expect(taken).toEqual(expected)
})

test('[SIM2] promises and ticks run dry between two events', async () => {
  const time = new SimTime()
  const log: string[] = []
  time.after(1, () => {
    void (async () => {
      for (let turn = 0; turn < 100; turn++) await new Promise<void>((resolve) => process.nextTick(resolve))
      log.push('a hundred turns')
    })()
  })
  time.after(1, () => log.push('the next event'))
  await time.runUntil(10)
  expect(log).toEqual(['a hundred turns', 'the next event'])
})

test('[SIM2] a timer that sets itself again with no delay is found', async () => {
  const time = new SimTime()
  const again = (): void => void time.after(0, again)
  again()
  await expect(time.runUntil(10)).rejects.toThrow('time stands still')
})

test.each([
  ['an event', () => boom()],
  ['a tick', () => process.nextTick(boom)],
  ['a tick after a promise', () => void Promise.resolve().then(() => process.nextTick(boom))],
  ['a microtask', () => queueMicrotask(boom)],
])('[SIM14] what %s throws ends the run, and the next one is whole', async (_, act) => {
  for (let round = 0; round < 3; round++) {
    const time = new SimTime()
    const log: string[] = []
    time.after(1, act)
    time.after(2, () => log.push('went on'))
    await expect(time.runUntil(10)).rejects.toThrow('boom')
    expect(log).toEqual([])
    const next = new SimTime()
    next.after(1, () => process.nextTick(() => log.push('next')))
    await next.runUntil(10)
    expect(log).toEqual(['next'])
    expect(process.hasUncaughtExceptionCaptureCallback()).toBe(false)
  }
})

function boom(): never {
  throw new Error('boom')
}

describe('a tripwire', () => {
  const trip = async (deed: () => unknown): Promise<unknown> => {
    const wire = new Tripwire()
    wire.set()
    try {
      const time = new SimTime(wire)
      time.after(1, () => {
        try {
          deed()
        } catch {
          // Swallowed, as simulated code might.
        }
      })
      await time.runUntil(10)
      return undefined
    } catch (error) {
      return error
    } finally {
      wire.remove()
    }
  }

  test.each([
    ['Date.now', () => Date.now()],
    ['new Date()', () => new Date()],
    ['Math.random', () => Math.random()],
    ['performance.now', () => performance.now()],
    ['setTimeout', () => setTimeout(() => {}, 0)],
    ['setImmediate', () => setImmediate(() => {})],
    ['process.hrtime', () => process.hrtime()],
    ['fetch', () => fetch('http://127.0.0.1:1')],
  ])('[SIM3] names %s, also where the error was swallowed', async (what, deed) => {
    expect(String(await trip(deed))).toContain(`touched the real ${what}:`)
  })

  test('[SIM3] lets everything pass after a run that broke off', async () => {
    const wire = new Tripwire()
    wire.set()
    try {
      const time = new SimTime(wire)
      const again = (): void => void time.after(0, again)
      again()
      await expect(time.runUntil(10)).rejects.toThrow('time stands still')
      expect(Date.now()).toBeGreaterThan(0)
    } finally {
      wire.remove()
    }
  })

  test('[SIM3] lets arithmetic on given times pass, and everything once it is taken away', async () => {
    expect(await trip(() => new Date(1).toISOString())).toBe(undefined)
    expect(Date.now()).toBeGreaterThan(0)
  })
})

test('[SIM4] a stream depends on its seed and name alone', () => {
  const draws = (seed: number, name: string): number[] => {
    const stream = new Stream(seed, name)
    return Array.from({ length: 10 }, () => stream.unit())
  }
  expect(draws(1, 'a')).toEqual(draws(1, 'a'))
  expect(draws(1, 'a')).not.toEqual(draws(1, 'b'))
  expect(draws(1, 'a')).not.toEqual(draws(2, 'a'))
})

test('[SIM7] a clock may be off, run wrong and be set; its timers are as wrong as it is, and never early', async () => {
  const time = new SimTime()
  const clock = new SimClock(time, { offsetMs: 5_000, rateError: 0.01 })
  let firedMs: number | undefined
  clock.after(1_010, () => (firedMs = clock.mono()))
  await time.runUntil(1_001)
  expect(firedMs).toBeGreaterThanOrEqual(1_010)
  expect(clock.now()).toBe(START_MS + 5_000 + Math.floor(1_001 * 1.01))
  clock.jump(-3_600_000)
  expect(clock.now()).toBe(START_MS + 5_000 + Math.floor(1_001 * 1.01) - 3_600_000)
})

describe('a process', () => {
  test('[SIM8] that was killed hears nothing and its timers do not run', async () => {
    const time = new SimTime()
    const life = new Life(time)
    const heard: string[] = []
    life.timers.after(5, () => heard.push('timer'))
    void life.answer(new Promise<void>((resolve) => time.after(5, resolve))).then(() => heard.push('answer'))
    time.after(3, () => life.end())
    await time.runUntil(10)
    life.enter(() => heard.push('message'))
    expect(heard).toEqual([])
  })

  test('[SIM8] that stands still hears all of it afterwards, in order', async () => {
    const time = new SimTime()
    const life = new Life(time)
    const heard: string[] = []
    life.pause()
    life.timers.after(1, () => heard.push(`timer at ${time.nowMs}`))
    time.after(2, () => life.enter(() => heard.push(`message at ${time.nowMs}`)))
    time.after(50, () => life.resume())
    await time.runUntil(100)
    expect(heard).toEqual(['timer at 50', 'message at 50'])
  })
})

describe('a disk', () => {
  const newDisk = (seed = 1) => {
    const time = new SimTime()
    const disk = new SimDisk({
      name: 'a',
      chance: new Stream(seed, 'disk'),
      nowMs: () => time.nowMs,
      trace: { add() {} },
    })
    return { time, disk, port: disk.open(time) }
  }
  const drive = async <T>(time: SimTime, work: Promise<T>): Promise<T> => {
    await time.runUntil(time.nowMs + 10_000)
    return work
  }

  test('[SIM9] keeps what was synced, and of the rest a first part at most, when the power is cut', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { time, disk, port } = newDisk(seed)
      await drive(time, port.append('log', Buffer.from('kept')))
      await drive(time, port.sync('log'))
      await drive(time, port.append('log', Buffer.from('perhaps')))
      disk.cutPower()
      const left = Buffer.from((await drive(time, port.read('log'))) ?? []).toString()
      expect('keptperhaps'.startsWith(left) && left.startsWith('kept')).toBe(true)
    }
  })

  test('[SIM9] is slow, full or failing for as long as a fault says so', async () => {
    const { time, disk, port } = newDisk()
    disk.spoil('f1', { isFull: true })
    disk.spoil('f2', { syncFails: 1 })
    await expect(
      drive(
        time,
        port.append('log', Buffer.from('x')).catch((error: unknown) => String(error)),
      ),
    ).resolves.toContain('no space left')
    await expect(
      drive(
        time,
        port.sync('log').catch((error: unknown) => String(error)),
      ),
    ).resolves.toContain('could not sync')
    disk.mend('f1')
    disk.mend('f2')
    disk.spoil('f3', { slowMs: 500 })
    const startMs = time.nowMs
    let doneMs = 0
    void port.append('log', Buffer.from('x')).then(() => (doneMs = time.nowMs))
    await time.runUntil(startMs + 10_000)
    expect(doneMs - startMs).toBeGreaterThan(500)
  })
})

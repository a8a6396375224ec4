import { describe, expect, test } from 'vitest'
import type { Actor, Context } from './actor.ts'
import { Mailbox } from './mailbox.ts'
import { planRestart, NO_FAILURES, RESTARTS_MAX, CALM_MS, RESTART_DELAY_MS_MAX } from './supervisor.ts'
import { ActorSystem, type SystemOptions } from './system.ts'
import { VirtualTime } from '../world/virtual-time.ts'

const quiet = { note: () => {} }

function newSystem(options?: SystemOptions) {
  const time = new VirtualTime()
  return { time, system: new ActorSystem({ clock: time.clock, timers: time.timers, log: quiet }, options) }
}

/** Runs microtasks until none is left that was there when called. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

function recorder<T>(seen: T[]): () => Actor<T> {
  return () => ({ receive: (message) => void seen.push(message) })
}

describe('delivery', () => {
  test('[ACT1] messages arrive in the order they were told', async () => {
    const { system } = newSystem()
    const seen: number[] = []
    const ref = system.spawn('a', recorder(seen))
    for (let number = 0; number < 1000; number += 1) system.tell(ref, number)
    await settle()
    await settle()
    expect(seen.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })

  test('[ACT2] a handler runs to completion before another starts', async () => {
    const { system } = newSystem()
    const log: string[] = []
    const second = system.spawn<string>('second', () => ({ receive: () => void log.push('second') }))
    const first = system.spawn<string>('first', () => ({
      receive(_message, context) {
        log.push('first starts')
        context.tell(second, 'go')
        log.push('first ends')
      },
    }))
    system.tell(first, 'go')
    await settle()
    expect(log).toEqual(['first starts', 'first ends', 'second'])
  })

  test('[ACT3] a busy actor lets the world have a turn', async () => {
    const { system, time } = newSystem()
    let count = 0
    const ref = system.spawn<number>('loop', () => ({
      receive(_message, context) {
        count += 1
        if (count < 2000) context.tell(context.self, 0)
      },
    }))
    system.tell(ref, 0)
    await settle()
    expect(count).toBeLessThan(2000)
    for (let turn = 0; turn < 20; turn += 1) {
      time.advance(1)
      await settle()
    }
    expect(count).toBe(2000)
  })
})

describe('mailbox', () => {
  test('[ACT4] a full mailbox loses the newest or the oldest, as its owner chose, and counts it', () => {
    const take = (mailbox: Mailbox<number>) => [mailbox.shift(), mailbox.shift(), mailbox.shift()]
    const newest = new Mailbox<number>({ mailboxMax: 2, overflow: 'drop-newest' })
    const oldest = new Mailbox<number>({ mailboxMax: 2, overflow: 'drop-oldest' })
    for (const mailbox of [newest, oldest]) for (const number of [1, 2, 3]) mailbox.push(number)
    expect([take(newest), newest.dropped]).toEqual([[1, 2, undefined], 1])
    expect([take(oldest), oldest.dropped]).toEqual([[2, 3, undefined], 1])
  })
})

describe('timers and piped work', () => {
  test('[ACT5] nothing reaches an actor that was stopped: no timer, no late answer', async () => {
    const { system, time } = newSystem()
    const seen: string[] = []
    let resolve!: (value: string) => void
    const work = new Promise<string>((yes) => (resolve = yes))
    const ref = system.spawn<string>('a', () => ({
      receive(message, context: Context<string>) {
        seen.push(message)
        if (message !== 'start') return
        context.after(10, 'tick')
        context.pipe(work, (value) => value, String)
      },
    }))
    system.tell(ref, 'start')
    await settle()
    system.stop(ref)
    resolve('late')
    time.advance(100)
    await settle()
    expect(seen).toEqual(['start'])
  })

  test('[ACT6] the outcome of work comes back as a message, good or bad', async () => {
    const { system } = newSystem()
    const seen: string[] = []
    const ref = system.spawn<string>('a', () => ({
      receive(message, context) {
        seen.push(message)
        if (message !== 'start') return
        context.pipe(Promise.resolve(7), (value) => `done ${value}`, String)
        context.pipe(Promise.reject(new Error('no disk')), String, (error) => `failed ${(error as Error).message}`)
      },
    }))
    system.tell(ref, 'start')
    await settle()
    expect(seen).toEqual(['start', 'done 7', 'failed no disk'])
  })
})

describe('supervision', () => {
  test('[ACT7] an actor that throws is made anew after a pause and keeps its waiting messages', async () => {
    const { system, time } = newSystem()
    const seen: string[] = []
    let made = 0
    const ref = system.spawn<string>('a', () => {
      made += 1
      return {
        receive(message) {
          if (message === 'bad') throw new Error('bad')
          seen.push(message)
        },
      }
    })
    for (const message of ['one', 'bad', 'two']) system.tell(ref, message)
    await settle()
    expect([seen, made]).toEqual([['one'], 1])
    time.advance(50)
    await settle()
    expect([seen, made]).toEqual([['one', 'two'], 2])
  })

  test('[ACT8] an actor that fails again and again is given up, and the node is told', async () => {
    const given: string[] = []
    const { system, time } = newSystem({ onGiveUp: (name) => given.push(name) })
    const ref = system.spawn<string>('a', () => ({
      receive() {
        throw new Error('always')
      },
    }))
    for (let count = 0; count <= RESTARTS_MAX; count += 1) {
      system.tell(ref, 'go')
      await settle()
      time.advance(RESTART_DELAY_MS_MAX)
      await settle()
    }
    expect(given).toEqual(['a'])
  })

  test('[ACT9] the pause doubles up to its bound and a calm minute forgets', () => {
    let failures = NO_FAILURES
    const delays: number[] = []
    for (let count = 0; count < 4; count += 1) {
      const plan = planRestart(failures, count)
      failures = plan.failures
      delays.push(plan.action === 'restart' ? plan.delayMs : -1)
    }
    expect(delays).toEqual([50, 100, 200, 400])
    expect(planRestart(failures, 4 + CALM_MS)).toMatchObject({ action: 'restart', delayMs: 50 })
  })
})

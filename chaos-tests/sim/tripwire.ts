/**
 * Nothing simulated may touch the real clock, dice, timers, disk or network: what it got from there would be different in the
 * next run of the same seed. While a simulation runs each of them throws, and says who touched what.
 *
 * @module
 */
import childProcess from 'node:child_process'
import crypto from 'node:crypto'
import dgram from 'node:dgram'
import fs from 'node:fs'
import fsPromises from 'node:fs/promises'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import os from 'node:os'
import timers from 'node:timers'
import workers from 'node:worker_threads'

/** The machine's own, for the simulator itself. */
export const realSetImmediate = setImmediate
export const realNow = performance.now.bind(performance)

export class Tripped extends Error {
  constructor(what: string) {
    super(`simulated code touched the real ${what}: it is to go through the world`)
    this.name = 'Tripped'
  }
}

type Holder = Record<string, unknown>
type Crypto = typeof crypto.webcrypto

/** What is taken away, by where it hangs. */
const WIRED: readonly (readonly [name: string, holder: object, members: readonly string[]])[] = [
  ['', globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'fetch']],
  ['Date', Date, ['now']],
  ['Math', Math, ['random']],
  ['performance', performance, ['now']],
  ['process', process, ['hrtime', 'uptime']],
  ['crypto', crypto, ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync']],
  ['webcrypto', Object.getPrototypeOf(crypto.webcrypto) as object, ['randomUUID']],
  ['timers', timers, ['setTimeout', 'setInterval', 'setImmediate']],
  [
    'fs',
    fs,
    [
      'readFile',
      'readFileSync',
      'writeFile',
      'writeFileSync',
      'open',
      'openSync',
      'readdir',
      'readdirSync',
      'statSync',
    ],
  ],
  ['fs/promises', fsPromises, ['readFile', 'writeFile', 'open', 'readdir', 'stat', 'rename', 'rm']],
  ['net', net, ['connect', 'createConnection', 'createServer']],
  ['http', http, ['request', 'get', 'createServer']],
  ['dgram', dgram, ['createSocket']],
  ['child_process', childProcess, ['spawn', 'exec', 'execFile', 'spawnSync', 'execFileSync', 'fork']],
  ['worker_threads', workers, ['Worker']],
  ['os', os, ['hostname', 'cpus', 'totalmem', 'freemem', 'networkInterfaces', 'loadavg', 'availableParallelism']],
]

type Call = (this: unknown, ...words: unknown[]) => unknown

/** Set once for many runs; it bites only between `arm` and `disarm`, that is, while simulated code runs. */
export class Tripwire {
  readonly #undo: (() => void)[] = []
  #isArmed = false
  /** The first who touched one: what he threw may have been swallowed on the way. */
  culprit: Tripped | undefined

  set(): void {
    for (const [name, holder, members] of WIRED) {
      for (const member of members) this.#wire(name, holder as Holder, member)
    }
    this.#wireDate()
    this.#stillDice()
    syncBuiltinESMExports()
  }

  remove(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo()
    syncBuiltinESMExports()
  }

  arm(): void {
    this.#isArmed = true
  }

  /** Throws what simulated code touched meanwhile, also where that code caught it. */
  disarm(): void {
    this.#isArmed = false
    const { culprit } = this
    this.culprit = undefined
    if (culprit !== undefined) throw culprit
  }

  #wire(name: string, holder: Holder, member: string): void {
    const owner = Object.getOwnPropertyDescriptor(holder, member)
    const real = holder[member] as Call
    const what = name === '' ? member : `${name}.${member}`
    const check = (): void => this.#check(what)
    const trap = new Proxy(real, {
      apply: (target, itself, words: unknown[]) => (check(), Reflect.apply(target, itself, words)),
      construct: (target, words: unknown[], itself) => (check(), Reflect.construct(target, words, itself) as object),
    })
    Object.defineProperty(holder, member, { value: trap, configurable: true, writable: true, enumerable: true })
    this.#undo.push(() => {
      if (owner === undefined) delete holder[member]
      else Object.defineProperty(holder, member, owner)
    })
  }

  /** `new Date(ms)` is arithmetic and stays; `new Date()` reads the clock. */
  #wireDate(): void {
    const real = Date
    const check = (what: string): void => this.#check(what)
    globalThis.Date = new Proxy(real, {
      construct(target, words: unknown[], itself) {
        if (words.length === 0) check('new Date()')
        return Reflect.construct(target, words, itself) as object
      },
      apply: (target) => (check('Date()'), target()),
    })
    this.#undo.push(() => (globalThis.Date = real))
  }

  /** Automerge asks for a writer's name with every document it opens, though none is written by: it gets the same each time. */
  #stillDice(): void {
    const holder = Object.getPrototypeOf(crypto.webcrypto) as Crypto
    const { getRandomValues } = holder
    const isArmed = (): boolean => this.#isArmed
    holder.getRandomValues = function <T extends NodeJS.ArrayBufferView | null>(this: Crypto, into: T): T {
      if (!isArmed() || into === null) return getRandomValues.call(this, into as never) as T
      new Uint8Array(into.buffer, into.byteOffset, into.byteLength).fill(1)
      return into
    }
    this.#undo.push(() => (holder.getRandomValues = getRandomValues))
  }

  #check(what: string): void {
    if (!this.#isArmed) return
    const error = new Tripped(what)
    this.culprit ??= error
    throw error
  }
}

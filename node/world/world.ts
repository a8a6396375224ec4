/**
 * The outside of a node, as ports. Everything in `crdt/` and `node/` reaches clock, dice, timers, disk, network and
 * containers through here and nowhere else, so that the same code runs on a machine (`real.ts`) and in the simulator.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Transport } from '../../net/index.ts'
import type { Runtime } from '../runtime/runtime.ts'

export interface Clock {
  /** Wall clock, ms since 1970. May jump. */
  now(): number
  /** Monotonic, ms from some start. Never goes back. */
  mono(): number
}

/** Stops a timer; calling it twice or late does nothing. */
export type Cancel = () => void

export interface Timers {
  after(delayMs: number, run: () => void): Cancel
}

export interface Dice {
  bytes(length: number): Uint8Array
  /** In [0, 1). */
  unit(): number
}

/** Files of this node, in one directory of its own, locked against a second process. Names are relative, without `..`. */
export interface Disk {
  /** Undefined where the file does not exist. */
  read(file: string): Promise<Uint8Array | undefined>
  /** Into the page cache; durable only after `sync`. */
  append(file: string, bytes: Uint8Array): Promise<void>
  sync(file: string): Promise<void>
  /** All or nothing, durable when it resolves. */
  replace(file: string, bytes: Uint8Array): Promise<void>
  truncate(file: string, lengthBytes: number): Promise<void>
  remove(file: string): Promise<void>
}

export interface Listening {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** TCP as services need it. Errors carry Node's codes: `ECONNREFUSED`, `EADDRINUSE`, `ETIMEDOUT`. */
export interface Sockets {
  listen(address: { host: string; port: number }, onConnection: (connection: Duplex) => void): Promise<Listening>
  connect(address: { host: string; port: number; timeoutMs: number }): Promise<Duplex>
}

export type Facts = Readonly<Record<string, unknown>>

export interface Log {
  note(level: 'debug' | 'info' | 'warn' | 'error', what: string, facts?: Facts): void
}

export interface World {
  readonly clock: Clock
  readonly timers: Timers
  readonly dice: Dice
  readonly disk: Disk
  readonly sockets: Sockets
  readonly transport: Transport
  /** By name, best first. */
  readonly runtimes: readonly Runtime[]
  readonly log: Log
}

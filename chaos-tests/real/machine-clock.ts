/**
 * A wall clock for each machine of a lab: namespaces share the kernel's, so the agent's is that of libfaketime, which reads the
 * offset from a file whenever somebody asks for the time. Timers and the monotonic clock are the kernel's own.
 *
 * The agent alone has it: pods get an environment of their own, and the engine asks the kernel.
 *
 * @module
 */
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClockFaults } from '../sim/sim-clock.ts'

/** With a lock: a node has several threads. */
const LIBRARY = 'faketime/libfaketimeMT.so.1'
/** Debian's directories of libraries are named after the kind of processor. */
const LIBRARIES = '/usr/lib'
/** Where the library keeps what a process and its children share; a process that is killed leaves it there. */
const SHARED = '/dev/shm'

export class MachineClock {
  /** What a process has to be started with. */
  readonly environment: Readonly<Record<string, string>>
  readonly #file: string
  readonly #rate: number
  #offsetMs: number

  /** `file`: what the clock is ahead by, as the library reads it. */
  constructor(file: string, { offsetMs = 0, rateError = 0 }: ClockFaults = {}) {
    this.#file = file
    this.#rate = 1 + rateError
    this.#offsetMs = offsetMs
    this.environment = {
      LD_PRELOAD: libraryFile(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
    this.#write()
  }

  /** Sets it on or back, as an administrator or NTP does. */
  jump(byMs: number): void {
    this.#offsetMs += byMs
    this.#write()
  }

  /** At once: whoever reads it meanwhile reads what was there before, or what is there now. */
  #write(): void {
    const ahead = (this.#offsetMs / 1_000).toFixed(6)
    const next = `${this.#file}.new`
    writeFileSync(next, `${this.#offsetMs < 0 ? '' : '+'}${ahead}${this.#rate === 1 ? '' : ` x${this.#rate}`}\n`)
    renameSync(next, this.#file)
  }
}

/** Of a process that has ended. */
export function removeShared(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(join(SHARED, name), { force: true })
}

/** Throws where it is not installed. */
export function libraryFile(libraries = LIBRARIES): string {
  const found = readdirSync(libraries)
    .map((name) => join(libraries, name, LIBRARY))
    .find((file) => existsSync(file))
  if (found === undefined) throw new Error('the lab needs libfaketime: apt-get install faketime')
  return found
}

/**
 * The world of a real machine: what `node/` runs on outside the simulator. Transport and runtimes are made by the wiring, which
 * knows keys and engines; the rest is here.
 *
 * @module
 */
import { realClock, realDice, realTimers } from './real-clock.ts'
import { openRealDisk } from './real-disk.ts'
import type { RealDisk } from './real-disk.ts'
import { realLog } from './real-log.ts'
import type { LogLevel } from './real-log.ts'
import { realSockets } from './real-sockets.ts'
import type { World } from './world.ts'

export interface RealWorldOptions {
  /** Made where absent; locked until `disk.close()`. */
  readonly directory: string
  readonly logLevel?: LogLevel
}

export type RealWorld = Omit<World, 'transport' | 'runtimes' | 'disk'> & { readonly disk: RealDisk }

/** Throws a `DiskError` where the directory cannot be used, `locked` with the pid that holds it. */
export async function openRealWorld({ directory, logLevel = 'info' }: RealWorldOptions): Promise<RealWorld> {
  return {
    clock: realClock,
    timers: realTimers,
    dice: realDice,
    disk: await openRealDisk(directory),
    sockets: realSockets,
    log: realLog({ level: logLevel }),
  }
}

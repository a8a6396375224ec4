/**
 * What is measured of an orchestrator beside another: the same orders, given to any of its machines. Whether they are carried
 * out is seen in the kernel (`machines.ts`).
 *
 * @module
 */
import type { Machines } from './machines.ts'

export interface Work {
  readonly name: string
  readonly replicas: number
  readonly image: string
  /** Between the word to end and the end. */
  readonly graceSeconds: number
  /** Default: the image's own. */
  readonly command?: readonly string[]
}

export interface Contestant {
  readonly name: 'shoal' | 'swarm'
  readonly machines: Machines
  /** Seconds from the order to join until all see the newcomer as ready, of each machine but the first. */
  readonly joins: readonly number[]
  /** Each resolves when the order is accepted, and rejects where it is refused; by the machine of that number. */
  deploy(work: Work, by?: number): Promise<void>
  scale(name: string, replicas: number): Promise<void>
  /** Three at a time, new ones first. */
  update(name: string, image: string): Promise<void>
  remove(name: string): Promise<void>
  /** The machine whose loss costs most; undefined where there is none such. */
  leader(): Promise<number | undefined>
  /** The cable first, then agent, engine and containers at once. */
  cut(index: number): Promise<void>
  /** A machine that was cut, or unplugged, is back and ready in the eyes of all. */
  bringBack(index: number): Promise<void>
  /** `host:port` of the service in front of `web`, by machine; undefined where this kernel cannot have one. */
  openDoors(name: string): Promise<readonly string[] | undefined>
  /** Processes beside the engine. */
  agentPids(): readonly number[]
  stop(): Promise<void>
}

export const MACHINES = 3
export const WAIT_MS = 120_000

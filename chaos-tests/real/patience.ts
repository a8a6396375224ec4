/**
 * How long to wait on a machine that is shared: bounds are the promises' own on a quiet one, and are stretched by its load. A
 * wait ends early when the fact is there, so a generous bound costs nothing.
 *
 * @module
 */
import { availableParallelism, loadavg } from 'node:os'

/** How much slower than a quiet machine this one is now, at least 1. */
export function patience(): number {
  return Math.max(1, (2 * (loadavg()[0] ?? 0)) / availableParallelism())
}

/** A promise's bound, stretched by the load of the machine. */
export function stretched(ms: number): number {
  return Math.ceil(ms * patience())
}

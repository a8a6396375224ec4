/**
 * Workloads of which nobody knows how many pods run: there is no room for all of them, or they end by themselves.
 *
 * @module
 */
import { isFailing } from './failing.ts'
import { isHeavy } from './heavy.ts'

/** Tells by a workload's name, or that of a pod. */
export function mayLackPods(name: string): boolean {
  return isHeavy(name) || isFailing(name)
}

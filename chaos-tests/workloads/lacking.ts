/**
 * Workloads of which nobody knows how many pods run: there is no room for all of them, they end by
 * themselves, an update that cannot serve is under way, nobody but who wrote them counts them, or
 * an autoscaler counts them.
 *
 * @module
 */
import { isBare } from './bare.ts'
import { isFailing } from './failing.ts'
import { isGrowing } from './growing.ts'
import { isHeavy } from './heavy.ts'
import { isMending } from './mending.ts'

/** Tells by a workload's name, or that of a pod. */
export function mayLackPods(name: string): boolean {
  return isHeavy(name) || isFailing(name) || isMending(name) || isBare(name) || isGrowing(name)
}

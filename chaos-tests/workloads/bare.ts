/**
 * Pods that somebody writes by themselves: some serve until they are deleted, some do their work and are done.
 *
 * @module
 */
import { requests, workload, type Drawn } from '../workload.ts'
import { requestOf, type PodDeed } from './deeds.ts'

const NAME = 'bare'
/** From one to the next, and how long one stays, in the mean. */
const PAUSE_MS = 12_000
const STAY_MS = 60_000
/** The longest that work takes. */
const WORK_MS_MAX = 20_000

/** Tells by its name. */
export function isBare(name: string): boolean {
  return name.startsWith(NAME)
}

export const bare = workload<PodDeed>({
  name: NAME,
  draw({ chance, lastsMs }) {
    const deeds: Drawn<PodDeed>[] = []
    let count = 0
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      // Named as the pods of a Deployment are, by which those who look at both tell what each belongs to.
      const name = `${NAME}${count}-by-hand`
      count += 1
      const worksMs = chance.between(0, WORK_MS_MAX)
      const work = chance.chance(0.5)
        ? { fails: { afterMs: worksMs, how: chance.pick(['done', 'exit'] as const) } }
        : {}
      deeds.push({ atMs, what: { verb: 'add-pod', name, ...work } })
      deeds.push({ atMs: atMs + chance.exponential(STAY_MS), what: { verb: 'drop-pod', name } })
    }
    return deeds.filter(({ atMs }) => atMs < lastsMs).toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(requestOf),
})

/**
 * Machines join while the cluster runs, and leave it for good: somebody takes them away.
 *
 * @module
 */
import type { Operation } from '../history.ts'
import { workload, type Doing, type Drawn } from '../workload.ts'

export type MemberDeed = { readonly verb: 'join' } | { readonly verb: 'leave'; readonly machine: string }

export function isJoin({ workload: name, what }: Pick<Operation, 'workload' | 'what'>): boolean {
  return name === members.name && (what as MemberDeed).verb === 'join'
}

const JOINS_MAX = 2
/** So long after somebody joined all have heard of it. */
const WELCOME_MS = 5_000
/** So that it is there before the faults end. */
const JOIN_ENDS_BEFORE_MS = 10_000

export const members = workload<MemberDeed>({
  name: 'members',
  draw({ chance, machines, lastsMs }) {
    const joins = Array.from({ length: chance.between(1, JOINS_MAX) }, (): Drawn<MemberDeed> => {
      const atMs = chance.unit() * Math.max(0, lastsMs - JOIN_ENDS_BEFORE_MS)
      return { atMs, what: { verb: 'join' } }
    })
    // Somebody has to stay who knows what the cluster was.
    const leaves = chance.sample(machines, chance.between(0, Math.floor((machines.length - 1) / 2)))
    const left = leaves.map((machine): Drawn<MemberDeed> => {
      const atMs = chance.unit() * lastsMs
      return { atMs, what: { verb: 'leave', machine } }
    })
    return [...joins, ...left].toSorted((one, other) => one.atMs - other.atMs)
  },
  async carryOut({ cluster, history, downs, operation, what }) {
    if (what.verb === 'leave') {
      // Not amid a welcome: whoever was let in by a member that is gone before it told anybody knows nobody.
      while (isWelcoming({ cluster, history }, what.machine)) await cluster.runFor(200)
      // Held down by nobody who will let go: no fault that ends brings it back.
      downs.hold(what.machine, operation.id)
      await cluster.cutPower(what.machine)
      return
    }
    const startMs = cluster.nowMs()
    const [via] = operation.via
    if (via === undefined || cluster.stateOf(via) !== 'up') return
    try {
      const machine = await cluster.addMachine(via)
      history.joins.push({ machine, startMs, endMs: cluster.nowMs() })
    } catch {
      // Its door was out of reach, or went away under it: then it is no member.
    }
  },
})

function isWelcoming({ cluster, history }: Pick<Doing<unknown>, 'cluster' | 'history'>, machine: string): boolean {
  return history.begun.some((operation) => {
    if (!isJoin(operation) || operation.via[0] !== machine) return false
    const over = history.ended.includes(operation)
    const latest = history.joins.at(-1)
    return !over || (latest !== undefined && cluster.nowMs() - latest.endMs < WELCOME_MS)
  })
}

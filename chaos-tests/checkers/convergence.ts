/**
 * P1: within 5 s of the last fault or write all members of a component hold the same desired state. P7 rests on it: what the
 * same state looks like is the same on every node. It is looked at where it was the same before the look and after it: once
 * all hold the same, a write of a node that is dead by now may still be under way, and comes to one of them before the others.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { Violation, type Checker } from '../checker.ts'
import type { Cluster } from '../cluster.ts'
import { deploymentsOn, type SeenDeployment } from './objects.ts'

const WITHIN_MS = 5_000

export const convergence: Checker = {
  rule: 'P1',
  begin: () => ({
    async settle({ cluster, core, sinceMs, note }) {
      for (;;) {
        const heads = await headsOf(cluster, core)
        if (heads.every((one) => isDeepStrictEqual(one, heads[0]))) break
        const sofarMs = cluster.nowMs() - sinceMs
        if (sofarMs > WITHIN_MS)
          throw new Violation(
            'P1',
            `after ${WITHIN_MS} ms ${core.join(', ')} hold different things: ${difference(core, heads)}`,
          )
        await cluster.runFor(50)
      }
      note('P1', cluster.nowMs() - sinceMs)
    },
  }),
}

type Heads = Readonly<Record<string, string>>

function headsOf(cluster: Cluster, core: readonly string[]): Promise<Heads[]> {
  return Promise.all(core.map(async (machine) => (await cluster.holding(machine)).heads))
}

function difference(core: readonly string[], heads: readonly Heads[]): string {
  const keys = new Set(heads.flatMap((one) => Object.keys(one)))
  const differing = [...keys].filter((key) => heads.some((one) => one[key] !== heads[0]?.[key]))
  return differing
    .map(
      (key) =>
        `${key} (${core.map((machine, at) => `${machine} ${heads[at]?.[key]?.slice(0, 6) ?? 'none'}`).join(', ')})`,
    )
    .join('; ')
}

export const determinism: Checker = {
  rule: 'P7',
  begin: () => ({
    async settle({ cluster, core }) {
      const shown = await shownOfOneState(cluster, core)
      // What a workload has come to is each node's own look at it, and counts into the version; what is wanted is not.
      const wanted = shown.map((list) =>
        list.map(({ metadata, spec }) => ({ metadata: { ...metadata, resourceVersion: '' }, spec })),
      )
      for (const [at, list] of wanted.entries()) {
        if (isDeepStrictEqual(list, wanted[0])) continue
        throw new Violation(
          'P7',
          `${core[0]} and ${core[at]} show the same state differently: ${unlike(wanted[0], list)}`,
        )
      }
    },
  }),
}

/** What each shows of one and the same state. */
async function shownOfOneState(
  cluster: Cluster,
  core: readonly string[],
): Promise<readonly (readonly SeenDeployment[])[]> {
  const startMs = cluster.nowMs()
  for (;;) {
    const before = await headsOf(cluster, core)
    const shown = await Promise.all(core.map((machine) => deploymentsOn(cluster, machine)))
    const heads = [...before, ...(await headsOf(cluster, core))]
    if (heads.every((one) => isDeepStrictEqual(one, heads[0]))) return shown
    if (cluster.nowMs() - startMs > WITHIN_MS)
      throw new Violation('P1', `for ${WITHIN_MS} ms, after they had agreed, ${core.join(', ')} hold different things`)
    await cluster.runFor(50)
  }
}

/** Where two values first differ, as a path and both sides. */
function unlike(one: unknown, other: unknown, path = ''): string {
  const isBoth = [one, other].every((value) => typeof value === 'object' && value !== null)
  if (!isBoth) return `${path} is ${JSON.stringify(one)} and ${JSON.stringify(other)}`
  const [left, right] = [one, other] as Record<string, unknown>[]
  const keys = [...new Set([...Object.keys(left!), ...Object.keys(right!)])]
  const key = keys.find((each) => !isDeepStrictEqual(left![each], right![each])) ?? ''
  return unlike(left![key], right![key], `${path}/${key}`)
}

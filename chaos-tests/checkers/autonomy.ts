/**
 * P11: a node needs nobody. One that loses all others goes on running what it ran; and one that boots alone, from nothing but
 * its own disk, brings the workloads back.
 *
 * @module
 */
import { Violation, type Checker, type Settled } from '../checker.ts'
import type { Cluster } from '../cluster.ts'
import { lastTouchMs } from '../workloads/deeds.ts'
import { LEAST } from '../workloads/draining.ts'
import { mayLackPods } from '../workloads/lacking.ts'
import { deploymentsOn, glance, workloadIn, type SeenDeployment } from './objects.ts'
import { Outlook } from './outlook.ts'

/** What was being stopped, or replaced by an update, when the others went away is over by then. */
const SETTLES_MS = 15_000
/** A container that ended by itself is started again in this time. */
const BACK_MS = 15_000
/** All of it: the others are found to be lost, then P2's 10 s, and a pull and a start at the slow end, twice. */
const ALONE_MS = 10_000 + 10_000 + 15_000
/** By default an update may take a quarter of the pods away, rounded down. */
const UNAVAILABLE = 0.25

/** What a machine ran of a workload when it had been alone for a while. */
interface Kept {
  readonly sinceMs: number
  readonly atLeast: ReadonlyMap<string, number>
  /** Since when there are too few. */
  readonly fewSinceMs: Map<string, number>
}

export const autonomy: Checker = {
  rule: 'P11',
  begin: () => {
    const outlook = new Outlook()
    const alone = new Map<string, Kept>()
    return {
      async watch({ cluster, history }) {
        const { atMs, components, isClean } = outlook.look(cluster)
        const sinceMs = outlook.quietSinceMs
        if (!isClean || atMs - sinceMs < SETTLES_MS || cluster.machines.length === 1) return
        for (const [machine, ...others] of components) {
          if (machine === undefined || others.length > 0 || !cluster.isSound(machine)) continue
          if (cluster.isStarved(machine)) continue
          const running = await runningOn(cluster, machine)
          let kept = alone.get(machine)
          if (kept?.sinceMs !== sinceMs) {
            kept = { sinceMs, atLeast: await wantedOf(cluster, machine, running), fewSinceMs: new Map() }
            alone.set(machine, kept)
          }
          for (const [workload, atLeast] of kept.atLeast) {
            const isFew = (running.get(workload) ?? 0) < atLeast
            const isTouched = lastTouchMs(history, workload, atMs) > sinceMs - SETTLES_MS
            if (!isFew || isTouched) kept.fewSinceMs.delete(workload)
            else if (!kept.fewSinceMs.has(workload)) kept.fewSinceMs.set(workload, atMs)
            if (atMs - (kept.fewSinceMs.get(workload) ?? atMs) <= BACK_MS) continue
            throw new Violation(
              'P11',
              `${machine} is alone and ran ${atLeast} pods of ${workload}; now it runs ${running.get(workload) ?? 0}`,
            )
          }
        }
      },
      async settle(settled) {
        if (settled.lastAlone !== undefined) await bootsAlone(settled, settled.lastAlone)
      },
    }
  },
}

async function runningOn(cluster: Cluster, machine: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const run of await cluster.runs()) {
    if (run.machine !== machine) continue
    const workload = workloadIn(run.pod)
    counts.set(workload, (counts.get(workload) ?? 0) + 1)
  }
  return counts
}

/**
 * No more than is wanted: the rest is a surplus that the older claims of others made one. Nor more than is to serve while
 * machines are maintained: what is stopped for that has no other machine to go to.
 */
async function wantedOf(
  cluster: Cluster,
  machine: string,
  running: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const list = await glance<{ items: SeenDeployment[] }>(cluster, machine, '/apis/apps/v1/deployments')
  return new Map(
    (list?.items ?? [])
      .filter(({ metadata }) => !mayLackPods(metadata.name))
      .map(({ metadata: { name }, spec: { replicas } }) => [
        name,
        Math.min(running.get(name) ?? 0, LEAST.get(name) ?? replicas - Math.floor(replicas * UNAVAILABLE)),
      ]),
  )
}

/** The power fails everywhere and comes back in one place. */
async function bootsAlone({ cluster, core, note }: Settled, machine: string): Promise<void> {
  const before = await deploymentsOn(cluster, machine)
  for (const each of core) await cluster.cutPower(each)
  await cluster.restart(machine)
  const startMs = cluster.nowMs()
  const after = await deploymentsOn(cluster, machine)
  const specsOf = (list: readonly SeenDeployment[]): string =>
    JSON.stringify(list.map(({ metadata: { name, uid }, spec }) => ({ name, uid, spec })))
  if (specsOf(after) !== specsOf(before))
    throw new Violation('P11', `${machine} knew ${specsOf(before)}, and after a cold start alone ${specsOf(after)}`)
  for (;;) {
    const running = await runningOn(cluster, machine)
    const missing = after.filter(
      ({ metadata, spec }) => !mayLackPods(metadata.name) && (running.get(metadata.name) ?? 0) !== spec.replicas,
    )
    if (missing.length === 0) break
    if (cluster.nowMs() - startMs > ALONE_MS)
      throw new Violation(
        'P11',
        `${machine} was started alone, and after ${ALONE_MS} ms ${missing.map(({ metadata, spec }) => `${running.get(metadata.name) ?? 0} pods of ${metadata.name} run of ${spec.replicas}`).join(', ')}`,
      )
    await cluster.runFor(100)
  }
  note('P11', cluster.nowMs() - startMs)
}

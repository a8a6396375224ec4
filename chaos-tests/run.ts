/**
 * One run of a plan on a cluster: first a phase in which things break while users work and invariants are watched, then
 * one in which a connected core is whole for good and everybody else is dead for ever, and in which it must come right.
 *
 * @module
 */
import { WATCH_MS, type Checked, type Checker } from './checker.ts'
import { CHECKERS } from './checkers/index.ts'
import type { Cluster } from './cluster.ts'
import { Downs, type Fault, type Stage } from './fault.ts'
import { History, type Done, type Operation } from './history.ts'
import { nemesisOf } from './nemeses/index.ts'
import type { Plan } from './plan.ts'
import { workloadOf } from './workloads/index.ts'
import { isJoin } from './workloads/members.ts'

export interface RunReport {
  readonly operations: number
  readonly acked: number
  readonly faults: number
  /** Machines that came in meanwhile. */
  readonly joined: readonly string[]
  /** How long what was promised took, by rule. */
  readonly tookMs: Readonly<Record<string, number>>
}

/** Somebody who looks on and keeps what he sees: it changes nothing for the run. */
export interface Onlooker {
  /** With the checkers, and before them. */
  look(checked: Checked): Promise<void>
  fault(fault: Fault, is: 'begun' | 'over', atMs: number): void
  answered(done: Done): void
  /** All faults are over. */
  healed(core: readonly string[], atMs: number): void
}

export interface RunOptions {
  /** Default: all there are. */
  readonly checkers?: readonly Checker[]
  readonly onlooker?: Onlooker
}

/** Rejects with a `Violation`. */
export async function run(
  cluster: Cluster,
  plan: Plan,
  { checkers: wanted = CHECKERS, onlooker }: RunOptions = {},
): Promise<RunReport> {
  const history = new History()
  const startMs = cluster.nowMs()
  let isSafetyOver = false
  const isCalm = (): boolean => !isSafetyOver && plan.faults.every(({ fromMs }) => cluster.nowMs() < startMs + fromMs)
  const checked = { cluster, history, isCalm }
  const checkers = wanted.map((one) => one.begin())
  const downs = new Downs()
  const restart = async (machine: string): Promise<void> => {
    await cluster.restart(machine)
    for (const checker of checkers) await checker.started?.(checked, machine)
  }
  // Whom a fault brings back one after the other, and late, is not of the core: that is brought up by the heal.
  const bringBack = async (machine: string, fault: string): Promise<void> =>
    downs.release(machine, fault) && !isSafetyOver ? restart(machine) : undefined
  const going = new Set<string>()
  const isOn = (fault: string): boolean => going.has(fault)
  const stage = { cluster, downs, going, isOn, bringBack, restart, ended: new Set<string>(), onlooker }
  const watchers = onlooker === undefined ? checkers : [{ watch: onlooker.look.bind(onlooker) }, ...checkers]
  const watching = watch(cluster, checked, watchers)
  await Promise.race([watching.failed, safety(stage, plan, history)])
  await Promise.race([watching.failed, joined(cluster, history)])
  isSafetyOver = true
  await Promise.race([watching.failed, heal(stage, plan)])
  const core = coreOf(cluster, plan)
  onlooker?.healed(core, cluster.nowMs())
  const sinceMs = cluster.nowMs()
  const tookMs: Record<string, number> = {}
  const note = (rule: string, ms: number): void => void (tookMs[rule] = ms)
  const lastAlone = plan.lastAlone === null ? undefined : cluster.machines[plan.lastAlone]
  const settled = { ...checked, core, sinceMs, lastAlone, note }
  for (const checker of checkers) {
    if (checker.settle !== undefined) await Promise.race([watching.failed, checker.settle(settled)])
  }
  watching.stop()
  const acked = history.done.filter(({ outcome }) => outcome.is === 'acked').length
  const came = history.joins.map(({ machine }) => machine)
  return { operations: history.done.length, acked, faults: plan.faults.length, joined: came, tookMs }
}

interface WatchedStage extends Stage {
  /** Faults that have begun and are not over. */
  readonly going: Set<string>
  readonly onlooker: Onlooker | undefined
}

/** All operations and faults, each at its time. */
async function safety(stage: WatchedStage, { operations, faults, safetyMs }: Plan, history: History): Promise<void> {
  const { cluster } = stage
  const startMs = cluster.nowMs()
  const deeds = [
    ...operations.map((operation) => ({ atMs: operation.atMs, act: () => carryOut(stage, operation, history) })),
    ...faults.map((fault) => ({ atMs: fault.fromMs, act: () => begin(stage, fault) })),
    // What would last longer is ended by the heal.
    ...faults
      .filter(({ toMs }) => toMs < safetyMs)
      .map((fault) => ({ atMs: fault.toMs, act: () => end(stage, fault) })),
  ].toSorted((one, other) => one.atMs - other.atMs)
  const pass = async (): Promise<void> => {
    for (const { atMs, act } of deeds) {
      const waitMs = startMs + atMs - cluster.nowMs()
      if (waitMs > 0) await cluster.runFor(waitMs)
      // Nobody waits for an answer, or for a restart that hangs for as long as another fault lasts.
      act().catch(broken.reject)
    }
    await cluster.runFor(Math.max(0, startMs + safetyMs - cluster.nowMs()))
  }
  const broken = breakable()
  await Promise.race([broken.promise, pass()])
}

function breakable(): { readonly promise: Promise<never>; reject(error: unknown): void } {
  let reject!: (error: unknown) => void
  const promise = new Promise<never>((_, fail) => (reject = fail))
  promise.catch(() => {})
  return { promise, reject }
}

async function carryOut(stage: WatchedStage, operation: Operation, history: History): Promise<void> {
  history.begun.push(operation)
  await workloadOf(operation).carryOut({ ...stage, history, operation, what: operation.what })
  history.ended.push(operation)
  for (const done of history.done) if (done.operation === operation) stage.onlooker?.answered(done)
}

function begin(stage: WatchedStage, fault: Fault): Promise<void> {
  stage.onlooker?.fault(fault, 'begun', stage.cluster.nowMs())
  stage.going.add(fault.id)
  return nemesisOf(fault).begin(stage, fault.what, fault.id)
}

function end(stage: WatchedStage, fault: Fault): Promise<void> {
  stage.onlooker?.fault(fault, 'over', stage.cluster.nowMs())
  stage.going.delete(fault.id)
  return nemesisOf(fault).end(stage, fault.what, fault.id)
}

/** Nobody is on the way in: from here on it is known who there is. */
async function joined(cluster: Cluster, { begun, ended }: History): Promise<void> {
  await cluster.waitUntil('newcomers to be in or turned away', 60_000, () =>
    begun.every((operation) => !isJoin(operation) || ended.includes(operation)),
  )
}

function coreOf(cluster: Cluster, { core, machines, absent, newcomersStay }: Plan): readonly string[] {
  const first = machines - absent.length
  return cluster.machines.filter((_, index) => (index < first ? core.includes(index) : newcomersStay))
}

/** Every fault ends; the core is up; the rest is off, and no fault of it is mended. */
async function heal({ cluster, downs, going, restart }: WatchedStage, plan: Plan): Promise<void> {
  const core = coreOf(cluster, plan)
  going.clear()
  for (const { id } of plan.faults) {
    await cluster.mendNetwork(id)
    cluster.more?.mend(id)
  }
  downs.clear()
  for (const machine of cluster.machines) if (!core.includes(machine)) await cluster.cutPower(machine)
  for (const machine of core) if (cluster.stateOf(machine) === 'paused') await cluster.resume(machine)
  const isUp = (machine: string): boolean => cluster.stateOf(machine) === 'up'
  const down = core.filter((machine) => !isUp(machine))
  // One that is up may be on its way still: that is waited for.
  await Promise.all([...down.map(restart), ...core.filter(isUp).map((machine) => cluster.restart(machine))])
  await cluster.waitUntil('the core is up', 60_000, () => core.every((machine) => cluster.stateOf(machine) === 'up'))
}

function watch(
  cluster: Cluster,
  checked: Checked,
  checkers: readonly { watch?(checked: Checked): Promise<void> }[],
): { readonly failed: Promise<never>; stop(): void } {
  let isOver = false
  const failed = breakable()
  const look = async (): Promise<void> => {
    while (!isOver) {
      for (const checker of checkers) await checker.watch?.(checked)
      await cluster.runFor(WATCH_MS)
    }
  }
  look().catch(failed.reject)
  return { failed: failed.promise, stop: () => (isOver = true) }
}

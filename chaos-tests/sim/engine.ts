/**
 * The container engine of one machine: a `SimRuntime` that takes the times which Docker was measured to take. It outlives the
 * agents that use it; each sees it through a port of its own, which falls silent with the agent.
 *
 * @module
 */
import type { Runtime } from '../../node/runtime/runtime.ts'
import { SimRuntime, type SimOperation, type SimProgram } from '../../node/agent/sim-runtime.ts'
import type { Clock, Timers } from '../../node/world/world.ts'
import type { EngineTrouble } from '../cluster.ts'
import { endOf, takenMilli } from '../workloads/deeds.ts'
import type { Life } from './life.ts'
import type { Stream } from './random.ts'
import type { Trace } from './trace.ts'

/** Of a hardened busybox on a small machine: half of them are faster than `p50`, five of a hundred slower than `p95`. */
const MEASURED_MS: Readonly<Record<SimOperation, { readonly p50: number; readonly p95: number }>> = {
  check: { p50: 2, p95: 6 },
  list: { p50: 3, p95: 10 },
  inspect: { p50: 2, p95: 6 },
  create: { p50: 6, p95: 20 },
  start: { p50: 135, p95: 345 },
  recreate: { p50: 12, p95: 40 },
  stop: { p50: 31, p95: 80 },
  remove: { p50: 5, p95: 15 },
  refresh: { p50: 2, p95: 6 },
  sizes: { p50: 5, p95: 20 },
  usage: { p50: 3, p95: 10 },
  logs: { p50: 3, p95: 10 },
  exec: { p50: 49, p95: 120 },
  attach: { p50: 5, p95: 15 },
}
/** z of 95 %: a log-normal between the two. */
const Z_95 = 1.645
/** A small image from a registry nearby. */
const PULL_MS = { p50: 900, p95: 3_000 }
/** From the start of a program until its port is open, in the mean. */
const LISTEN_MS = 150

export interface EngineOptions {
  readonly name: string
  readonly clock: Clock
  readonly timers: Timers
  readonly chance: Stream
  readonly nowMs: () => number
  readonly trace: Pick<Trace, 'add'>
  readonly onStart: (uid: string) => void
}

export function newEngine(options: EngineOptions, faults: () => EngineTrouble): SimRuntime {
  const { clock, timers, chance, onStart } = options
  const draw = ({ p50, p95 }: { p50: number; p95: number }): number => {
    const normal = Math.sqrt(2 * chance.exponential(1)) * Math.cos(2 * Math.PI * chance.unit())
    const ms = p50 * Math.exp((normal * Math.log(p95 / p50)) / Z_95)
    return Math.min(ms, 20 * p95) * (faults().slow ?? 1)
  }
  return new SimRuntime({
    clock,
    timers,
    operationMs: (operation) => draw(MEASURED_MS[operation]),
    pullMs: () => draw(PULL_MS),
    listenMs: () => chance.exponential(LISTEN_MS),
    programOf: ({ command }) => programOf(command),
    onStart,
    eventMs: () => {
      const { eventsLost = 0, eventsLateMs = 0 } = faults()
      if (eventsLost > 0 && chance.chance(eventsLost)) return 'lost'
      return 1 + chance.unit() * eventsLateMs
    },
  })
}

const EXIT_CODES = { done: 0, exit: 3, oom: 137 }

function programOf(command: readonly string[] | undefined): SimProgram {
  const end = endOf(command)
  if (end === undefined) return { cpuMilli: takenMilli(command) }
  return { exitAfterMs: end.afterMs, exitCode: EXIT_CODES[end.how], isOom: end.how === 'oom' }
}

/** The engine as one start of the agent sees it. */
export function engineOf(engine: SimRuntime, life: Life, { name, nowMs, trace }: EngineOptions): Runtime {
  const note = (what: string, detail: string): void => trace.add(nowMs(), name, what, detail)
  return {
    name: engine.name,
    check: () => life.answer(engine.check()),
    list: () => life.answer(engine.list()),
    inspect: (uid) => life.answer(engine.inspect(uid)),
    create: (pod) => {
      note('create', pod.uid)
      return life.answer(engine.create(pod))
    },
    start: (uid, container) => {
      note('start', `${uid}/${container}`)
      return life.answer(engine.start(uid, container))
    },
    recreate: (pod, container) => life.answer(engine.recreate(pod, container)),
    stop: (uid, graceMs, containers) => {
      note('stop', containers === undefined ? uid : `${uid}/${containers.join('+')}`)
      return life.answer(engine.stop(uid, graceMs, containers))
    },
    remove: (uid) => {
      note('remove', uid)
      return life.answer(engine.remove(uid))
    },
    refresh: (uid, volumes) => life.answer(engine.refresh(uid, volumes)),
    emptySizes: (uid, volumes) => life.answer(engine.emptySizes(uid, volumes)),
    usage: () => life.answer(engine.usage()),
    logs: (uid, options) => life.answer(engine.logs(uid, options)),
    message: (uid, container) => life.answer(engine.message(uid, container)),
    exec: (uid, container, options) => life.answer(engine.exec(uid, container, options)),
    attach: (uid, container) => life.answer(engine.attach(uid, container)),
    pathKind: (uid, container) => life.answer(engine.pathKind(uid, container)),
    copyOut: (uid, container, path) => life.answer(engine.copyOut(uid, container, path)),
    copyIn: (uid, container, path) => life.answer(engine.copyIn(uid, container, path)),
    watch: (onEvent) => {
      const watch = engine.watch((event) => life.enter(() => onEvent(event)))
      life.onEnd(() => watch.stop())
      return watch
    },
    close: async () => {},
  }
}

/**
 * Whether a running container lives: its startup probe first, and then, for as long as it runs, its liveness probe. Pure; a
 * verdict ends the container, and it is the pod's machine that sees to that.
 *
 * Until it has started, a container is asked more often than its startup probe's period (100 ms, doubling), so that what is up
 * in a second does not wait for ten; but a failure counts only once a period, so that it has all the time its manifest gives it.
 *
 * @module
 */
import type { ProbeAnswer, ProbeRule } from './probe-rule.ts'

const EAGER_PERIOD_MS = 100

export interface VigilRules {
  readonly startup?: ProbeRule
  readonly liveness?: ProbeRule
}

/** Of one run. */
export interface Vigils {
  readonly rules: VigilRules
  /** Monotonic: when the run was first seen. */
  readonly sinceMs: number
  /** While it is starting. */
  readonly startup?: Vigil
  /** Once it has started. */
  readonly liveness?: Vigil
  /** Why it is to be ended. */
  readonly verdict?: Verdict
}

export interface Vigil {
  readonly rule: ProbeRule
  /** Monotonic: when it is asked next. */
  readonly nextProbeMs: number
  /** Monotonic: before this a failure does not count. */
  readonly countsFromMs: number
  readonly eagerMs: number
  /** In a row. */
  readonly failures: number
  /** What the last failure said. */
  readonly message: string
}

export interface Verdict {
  /** In words: what failed how often, and what it said. */
  readonly message: string
  readonly graceMs?: number
}

/** A run was first seen. `isStarted`: by an earlier agent. */
export function beginVigils(rules: VigilRules, { monoMs, isStarted }: { monoMs: number; isStarted: boolean }): Vigils {
  const begun = { rules, sinceMs: monoMs }
  if (isStarted || rules.startup === undefined) return started(begun, monoMs)
  return { ...begun, startup: beginVigil(rules.startup, monoMs + rules.startup.initialDelayMs) }
}

function started(starting: Vigils, monoMs: number): Vigils {
  const { startup: _, ...vigils } = starting
  const { liveness } = vigils.rules
  if (liveness === undefined) return vigils
  return { ...vigils, liveness: beginVigil(liveness, Math.max(monoMs, vigils.sinceMs + liveness.initialDelayMs)) }
}

function beginVigil(rule: ProbeRule, fromMs: number): Vigil {
  return { rule, nextProbeMs: fromMs, countsFromMs: fromMs, eagerMs: EAGER_PERIOD_MS, failures: 0, message: '' }
}

/** [LIV1] [LIV2] The answer to the question that is due. */
export function answered(
  vigils: Vigils,
  kind: 'startup' | 'liveness',
  { answer, monoMs }: { answer: ProbeAnswer; monoMs: number },
): Vigils {
  const vigil = vigils[kind]
  if (vigil === undefined) return vigils
  if (answer.ok) return kind === 'startup' ? started(vigils, monoMs) : { ...vigils, liveness: renewed(vigil, monoMs) }
  const failed = afterFailure(vigil, { reason: answer.reason, isEager: kind === 'startup', monoMs })
  if (failed.failures < vigil.rule.failureThreshold) return { ...vigils, [kind]: failed }
  const { graceMs } = vigil.rule
  const times = failed.failures === 1 ? '' : ` ${failed.failures} times`
  const message = `its ${kind} probe failed${times}: ${answer.reason}`
  const { startup: _, liveness: __, ...rest } = vigils
  return { ...rest, verdict: { message, ...(graceMs === undefined ? {} : { graceMs }) } }
}

function renewed(vigil: Vigil, monoMs: number): Vigil {
  return { ...vigil, nextProbeMs: monoMs + vigil.rule.periodMs, failures: 0, message: '' }
}

function afterFailure(
  vigil: Vigil,
  { reason, isEager, monoMs }: { reason: string; isEager: boolean; monoMs: number },
): Vigil {
  const { periodMs } = vigil.rule
  const counts = !isEager || monoMs >= vigil.countsFromMs
  const countsFromMs = counts ? monoMs + periodMs : vigil.countsFromMs
  const eagerMs = Math.min(vigil.eagerMs, periodMs)
  return {
    ...vigil,
    failures: vigil.failures + (counts ? 1 : 0),
    countsFromMs,
    nextProbeMs: isEager ? Math.min(monoMs + eagerMs, countsFromMs) : countsFromMs,
    eagerMs: eagerMs * 2,
    message: reason,
  }
}

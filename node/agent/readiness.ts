/**
 * Whether a running container may have traffic. Pure: answers and instants in, a verdict and the next question out;
 * `prober.ts` asks.
 *
 * Three rules:
 * - a `readinessProbe`: Kubernetes' delay, period, timeout and thresholds. Until the first success it is asked more often than
 *   its period (100 ms, doubling up to the period): a probe every 10 s would otherwise keep a server that needs 1 s out of the
 *   routes for 10.
 * - no probe, but a TCP port: ready as soon as the first port accepts a connection, or after 1 s. Kubernetes says ready the
 *   moment the process exists and sends it traffic that is refused; the second bounds the wait for a server whose declared
 *   port is wrong or bound to another address.
 * - neither: ready when running.
 *
 * @module
 */
import { probeRule, type ProbeAnswer, type ProbeRule, type ProbeTarget } from './probe-rule.ts'
import type { ContainerSpec } from './template.ts'

/** How long a port may stay shut before a container without a probe is taken for ready. */
export const FIRST_PORT_WAIT_MS = 1_000
const FIRST_PORT_PERIOD_MS = 50
/** First pause between questions before the first success. */
const EAGER_PERIOD_MS = 100
const FIRST_PORT_TIMEOUT_MS = 500

export type ReadinessRule =
  | { readonly kind: 'running' }
  | { readonly kind: 'first-port'; readonly target: ProbeTarget; readonly timeoutMs: number }
  | ({ readonly kind: 'probe' } & ProbeRule)

export interface Readiness {
  readonly rule: ReadinessRule
  /** Monotonic: when the run was first seen. */
  readonly sinceMs: number
  readonly ready: boolean
  /** How often the last answer was given in a row. */
  readonly inRow: number
  readonly lastOk: boolean | undefined
  /** Pause before the next question while there was no success yet. */
  readonly eagerMs: number
  /** Monotonic; undefined: no more questions. */
  readonly nextProbeMs: number | undefined
  /** Why it is not ready, in words. */
  readonly message: string
}

export function readinessRule(container: ContainerSpec): ReadinessRule {
  const rule = probeRule(container.readinessProbe, container)
  if (rule !== undefined) return { kind: 'probe', ...rule }
  const port = container.ports?.find(({ protocol }) => protocol === undefined || protocol === 'TCP')
  if (port === undefined) return { kind: 'running' }
  return { kind: 'first-port', target: { kind: 'tcp', port: port.containerPort }, timeoutMs: FIRST_PORT_TIMEOUT_MS }
}

/** A run was first seen. */
export function beginReadiness(rule: ReadinessRule, monoMs: number): Readiness {
  const common = { rule, sinceMs: monoMs, inRow: 0, lastOk: undefined, eagerMs: EAGER_PERIOD_MS, message: '' }
  switch (rule.kind) {
    case 'running':
      return { ...common, ready: true, nextProbeMs: undefined }
    case 'first-port':
      return { ...common, ready: false, nextProbeMs: monoMs, message: 'its first port is not open yet' }
    case 'probe':
      return { ...common, ready: false, nextProbeMs: monoMs + rule.initialDelayMs, message: 'not probed yet' }
  }
}

/** A run found by a new agent that was ready when the old one ended: ready until it fails, so that routes do not flicker. */
export function adoptReadiness(rule: ReadinessRule, monoMs: number): Readiness {
  const fresh = beginReadiness(rule, monoMs)
  return { ...fresh, ready: true, message: '', nextProbeMs: rule.kind === 'probe' ? monoMs : undefined }
}

/** The answer to the question that was due at `nextProbeMs`. */
export function probed(before: Readiness, answer: ProbeAnswer, monoMs: number): Readiness {
  const inRow = before.lastOk === answer.ok ? before.inRow + 1 : 1
  const heard = { ...before, inRow, lastOk: answer.ok }
  const { rule } = before
  switch (rule.kind) {
    case 'running':
      return before
    case 'first-port': {
      const ready = answer.ok || monoMs - before.sinceMs >= FIRST_PORT_WAIT_MS
      if (ready) return { ...heard, ready, message: '', nextProbeMs: undefined }
      const lastMs = before.sinceMs + FIRST_PORT_WAIT_MS
      return { ...heard, nextProbeMs: Math.min(monoMs + FIRST_PORT_PERIOD_MS, lastMs) }
    }
    case 'probe': {
      if (answer.ok) {
        const ready = before.ready || inRow >= rule.successThreshold
        return {
          ...heard,
          ready,
          message: ready ? '' : `answered ${inRow} of ${rule.successThreshold} times`,
          nextProbeMs: monoMs + rule.periodMs,
        }
      }
      const ready = before.ready && inRow < rule.failureThreshold
      const isEager = !before.ready && before.eagerMs < rule.periodMs
      return {
        ...heard,
        ready,
        eagerMs: isEager ? before.eagerMs * 2 : before.eagerMs,
        message: ready ? '' : `readiness probe failed: ${answer.reason}`,
        nextProbeMs: monoMs + (isEager ? before.eagerMs : rule.periodMs),
      }
    }
  }
}

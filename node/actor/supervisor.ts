/**
 * What happens to an actor whose handler threw: it is made anew after a pause that doubles, and given up once it fails too
 * often in a row. Giving up ends the node, since a node without its store or its agent only pretends to be one; its
 * supervisor (systemd) starts it again from disk, and its containers run on meanwhile.
 *
 * @module
 */
export const RESTART_DELAY_MS_MIN = 50
export const RESTART_DELAY_MS_MAX = 5_000
/** Failures in a row, each within `CALM_MS` of the last, after which an actor is given up. */
export const RESTARTS_MAX = 8
/** Running this long without a failure forgets the earlier ones. */
export const CALM_MS = 60_000

export interface Failures {
  readonly count: number
  readonly lastAtMs: number
}

export const NO_FAILURES: Failures = { count: 0, lastAtMs: Number.NEGATIVE_INFINITY }

export type RestartPlan =
  | { readonly action: 'restart'; readonly delayMs: number; readonly failures: Failures }
  | { readonly action: 'give-up'; readonly failures: Failures }

export function planRestart(failures: Failures, nowMs: number): RestartPlan {
  const before = nowMs - failures.lastAtMs > CALM_MS ? 0 : failures.count
  const next = { count: before + 1, lastAtMs: nowMs }
  if (next.count > RESTARTS_MAX) return { action: 'give-up', failures: next }
  return {
    action: 'restart',
    delayMs: Math.min(RESTART_DELAY_MS_MIN * 2 ** before, RESTART_DELAY_MS_MAX),
    failures: next,
  }
}

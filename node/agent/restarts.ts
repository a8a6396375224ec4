/**
 * When an ended container is started again. The first time at once, since most crashes are one of a kind; then 10 s, doubling
 * to 5 min, as the kubelet does, so that a container that cannot run costs its node next to nothing. Ten minutes of running
 * forgive what was before.
 *
 * Pure; waiting is counted on the monotonic clock, run times on the runtime's own stamps.
 *
 * @module
 */
/** The kubelet's figures. */
const BACK_OFF_MS_MIN = 10_000
const BACK_OFF_MS_MAX = 300_000
export const FORGIVEN_AFTER_MS = 600_000

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

export interface Restarts {
  /** Ends in a row, none after a run of `FORGIVEN_AFTER_MS`. */
  readonly crashes: number
  /** Monotonic. Not started again before. */
  readonly notBeforeMs: number
}

export const NO_RESTARTS: Restarts = { crashes: 0, notBeforeMs: 0 }

export function backOffMs(crashes: number): number {
  if (crashes <= 1) return 0
  return Math.min(BACK_OFF_MS_MIN * 2 ** (crashes - 2), BACK_OFF_MS_MAX)
}

/** A run of `ranMs` has ended. */
export function afterExit(before: Restarts, { ranMs, monoMs }: { ranMs: number; monoMs: number }): Restarts {
  const crashes = ranMs >= FORGIVEN_AFTER_MS ? 1 : before.crashes + 1
  return { crashes, notBeforeMs: monoMs + backOffMs(crashes) }
}

/**
 * [RST6] It ran when an earlier agent last wrote of it, and had ended when this one came: with the machine, its engine or that
 * agent, more likely than by itself. It is started at once, and the next end has the pause that this one would have had.
 */
export function afterUnseenExit({ crashes }: Restarts, { ranMs, monoMs }: { ranMs: number; monoMs: number }): Restarts {
  return { crashes: ranMs >= FORGIVEN_AFTER_MS ? 0 : crashes, notBeforeMs: monoMs }
}

/**
 * A container found at its n-th attempt by an agent that has just started: it is held to its past, or else every restart of
 * the agent would let a crash loop run hot.
 */
export function adoptedRestarts(attempt: number): Restarts {
  return { crashes: attempt, notBeforeMs: 0 }
}

/** What a container is to its pod. A sidecar is an init container that goes on running beside what comes after it. */
export type Role = 'init' | 'sidecar' | 'main'

/** [RST5] By which policy a container of a pod is started again. */
export function policyOf(role: Role, pod: RestartPolicy): RestartPolicy {
  switch (role) {
    case 'main':
      return pod
    case 'sidecar':
      return 'Always'
    case 'init':
      return pod === 'Never' ? 'Never' : 'OnFailure'
  }
}

export function mayRestart(policy: RestartPolicy, exitCode: number): boolean {
  switch (policy) {
    case 'Always':
      return true
    case 'OnFailure':
      return exitCode !== 0
    case 'Never':
      return false
  }
}

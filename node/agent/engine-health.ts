/**
 * What to think of a runtime that answers, answers not, or answers again. Pure.
 *
 * One missed answer keeps new pods away from it; for 10 s what its pods were last seen doing is believed, since an engine that
 * restarts leaves its containers running; then nothing is known of them any more.
 *
 * @module
 */
/** How long the last sight of a pod is believed while its engine is silent. */
export const BELIEVED_MS = 10_000

export type EngineState = 'answers' | 'silent' | 'unknown'

export interface EngineHealth {
  readonly state: EngineState
  /** Monotonic. */
  readonly lastAnswerMs: number
  /** Why it does not answer; empty while it does. */
  readonly reason: string
}

/** Nothing has been heard: given the same patience as one that fell silent now. */
export function newHealth(monoMs: number): EngineHealth {
  return { state: 'silent', lastAnswerMs: monoMs, reason: 'it has not been asked yet' }
}

export function answered(monoMs: number): EngineHealth {
  return { state: 'answers', lastAnswerMs: monoMs, reason: '' }
}

export function missed(before: EngineHealth, { reason, monoMs }: { reason: string; monoMs: number }): EngineHealth {
  const isBelieved = monoMs - before.lastAnswerMs < BELIEVED_MS
  return { ...before, state: isBelieved ? 'silent' : 'unknown', reason }
}

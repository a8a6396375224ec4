/**
 * What a pod's actor is told, by the agent and by its own work.
 *
 * @module
 */
import type { DocumentKey } from '../../crdt/index.ts'
import type { RunningPod } from '../runtime/runtime.ts'
import type { Outcome } from './operations.ts'
import type { ProbeAnswer } from './probe-rule.ts'
import type { Question } from './questions.ts'

export type PodMessage =
  /** The pod as the runtime lists it; undefined: it does not exist. An actor that is told anything else first looks for itself. */
  | { readonly type: 'begin'; readonly found: RunningPod | undefined }
  | { readonly type: 'look' }
  /** How a listing shows it; taken for a hint, since what was seen may be newer. */
  | { readonly type: 'listed'; readonly pod: RunningPod }
  | { readonly type: 'release'; readonly reason: string }
  /** Instead of the grace that its template gives. */
  | { readonly type: 'hasten'; readonly graceMs: number }
  | { readonly type: 'runtime-silent'; readonly reason: string }
  | { readonly type: 'runtime-returned' }
  /** These ConfigMaps and Secrets read differently now. */
  | { readonly type: 'config-changed'; readonly keys: ReadonlySet<DocumentKey> }
  /** Changed files have been given to the runtime, or could not be. */
  | { readonly type: 'refreshed'; readonly error?: unknown }
  | { readonly type: 'wake' }
  /** Its empty directories are to be measured. */
  | { readonly type: 'measure' }
  /** Bytes by volume; undefined: that could not be told. */
  | { readonly type: 'measured'; readonly sizes?: ReadonlyMap<string, number> }
  | PodOutcome
  | { readonly type: 'probed'; readonly question: Question; readonly answer: ProbeAnswer }

/** Of the operation of this number; that of an earlier one does not count any more. */
export type PodOutcome =
  | { readonly type: 'done'; readonly number: number; readonly outcome: Outcome }
  | { readonly type: 'failed'; readonly number: number; readonly error: unknown }
  | { readonly type: 'overdue'; readonly number: number }

/** Told to the agent when the record has been dropped. */
export interface PodGone {
  readonly type: 'pod-gone'
  readonly uid: string
}

/**
 * What becomes of something that came in, and why a local write was refused.
 *
 * @module
 */
import type { Envelope } from './envelope.ts'
import type { NodeId } from './identity.ts'
import type { FieldError } from './kind-port.ts'

export type Receipt =
  /** Taken in. `released`: envelopes that had been held for this one and are in force now, too. */
  | { readonly verdict: 'new'; readonly envelope: Envelope; readonly released: readonly Envelope[] }
  | { readonly verdict: 'known' }
  /** Not usable yet and nobody's fault. Kept for a while, in a bounded buffer; sync brings it again. */
  | { readonly verdict: 'held'; readonly reason: string }
  | { readonly verdict: 'unknown-author'; readonly author: NodeId }
  /** Bad for ever, whoever has it: the sender is to blame. `rule` is an id of `docs/spec/crdt.md`. */
  | { readonly verdict: 'refused'; readonly rule: string; readonly reason: string }

export type WriteRefusal = 'already-exists' | 'not-found' | 'invalid' | 'conflict' | 'too-large'

/** A local write that changed nothing. `errors` names the fields where the code is `invalid`. */
export class WriteRefused extends Error {
  readonly code: WriteRefusal
  readonly errors: readonly FieldError[]

  constructor(code: WriteRefusal, message: string, errors: readonly FieldError[] = []) {
    super(message)
    this.name = 'WriteRefused'
    this.code = code
    this.errors = errors
  }
}

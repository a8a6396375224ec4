/**
 * Second half of the gate for changes: whether a change is right where it was made. Everything is judged against what its
 * writer saw, the changes it follows, and against nothing else that this node may hold, so that every node that has those
 * judges alike.
 *
 * @module
 */
import type { Change } from './automerge.ts'
import type { Fault } from './chunk.ts'
import type { Document, Sight } from './document.ts'
import type { Inspected } from './inspect.ts'
import { faultsOf, objectOf } from './intent.ts'
import type { DocumentKey } from './key.ts'
import type { FieldError, KindPort } from './kind-port.ts'
import { FIELDS_MAX, OBJECT_CHARS_MAX } from './limits.ts'
import { type Entries, fieldsOf, type Standing, standingOf } from './lives.ts'
import type { KubeObject } from './object.ts'
import { unflatten } from './unflatten.ts'

/** The object as the change leaves it; undefined where it deletes it. */
export interface Judged {
  readonly object: KubeObject | undefined
}

export function judgeChange(
  inspected: Inspected,
  document: Document,
  kinds: Pick<KindPort, 'validate'>,
): Judged | Fault {
  const { change } = inspected
  const expected = 1 + Math.max(0, ...change.deps.map((dep) => document.change(dep)?.opMax ?? 0))
  if (change.startOp !== expected) {
    return refuse('GATE14', `its first operation has the number ${change.startOp} where ${expected} is next`)
  }
  const sight = document.at(change.deps)
  const fault = checkPredecessors(change, sight) ?? checkLife(inspected, sight)
  return fault ?? judgeResult(document.key, { inspected, sight, kinds })
}

/** It replaces exactly what its writer saw. More would hide the unseen, less would make conflicts out of nothing. */
function checkPredecessors({ operations }: Change, sight: Sight): Fault | undefined {
  for (const { key, text, predecessors } of operations) {
    const standing = sight.candidates(key).map(({ operation }) => operation)
    const isExact = standing.length === predecessors.length && standing.every((id) => predecessors.includes(id))
    if (!isExact) return refuse('GATE15', `its key "${key.slice(0, 80)}" does not replace what its writer saw there`)
    if (text === undefined && standing.length === 0)
      return refuse('GATE15', `it removes "${key.slice(0, 80)}", which is not there`)
  }
  return undefined
}

/** Lives follow one another: the next begins when the last has ended, and only the one that counts is edited. */
function checkLife({ life, does, within }: Inspected, sight: Sight): Fault | undefined {
  const standing = standingOf(sight.entries)
  if (does === 'create') return checkCreation({ life, within }, standing)
  if (!standing.isLive) return refuse('GATE16', `it is about life ${life} of an object that does not live`)
  if (life !== standing.life) return refuse('GATE16', `it is about life ${life} where life ${standing.life} is lived`)
  return does === 'edit' || within === standing.within
    ? undefined
    : refuse('GATE16', `it ends life ${life} as if that had begun in life ${within ?? 0} of its namespace`)
}

/** [LIFE8] A life ends by a deletion, or with the namespace's: the next one is in a later life of that, and never in an
 *  earlier one. */
function checkCreation(
  { life, within = 0 }: Pick<Inspected, 'life' | 'within'>,
  standing: Standing,
): Fault | undefined {
  const { next, isLive, within: before = 0 } = standing
  if (life !== next) return refuse('GATE16', `it creates life ${life} where ${next} is next`)
  if (within < before)
    return refuse('GATE16', `it creates life ${life} in life ${within} of its namespace, after life ${before} of that`)
  if (isLive && within === before)
    return refuse('GATE16', `it creates life ${life} where life ${standing.life} has not ended`)
  return undefined
}

function judgeResult(
  key: DocumentKey,
  { inspected, sight, kinds }: { inspected: Inspected; sight: Sight; kinds: Pick<KindPort, 'validate'> },
): Judged | Fault {
  if (inspected.does === 'delete') return { object: undefined }
  const read = readLife(key, { entries: after(sight.entries, inspected.change), life: inspected.life, kinds })
  if ('object' in read) return read
  const [first] = read.errors
  return refuse('GATE17', `what it leaves is not valid: ${first?.field ?? ''} ${first?.message ?? ''}`)
}

function after(before: Entries, { operations }: Change): Entries {
  const entries = new Map(before)
  for (const { key, text } of operations) {
    if (text === undefined) entries.delete(key)
    else entries.set(key, text)
  }
  return entries
}

/** The object of one life, or what is wrong with it. */
export function readLife(
  key: DocumentKey,
  { entries, life, kinds }: { entries: Entries; life: number; kinds: Pick<KindPort, 'validate'> },
): { readonly object: KubeObject } | { readonly errors: readonly FieldError[] } {
  const fields = fieldsOf(entries, life)
  let chars = 0
  for (const [pointer, text] of fields) chars += pointer.length + text.length
  if (fields.size > FIELDS_MAX || chars > OBJECT_CHARS_MAX) {
    const message = `has ${fields.size} fields with ${chars} characters; ${FIELDS_MAX} and ${OBJECT_CHARS_MAX} are allowed`
    return { errors: [{ field: '', reason: 'TooLong', message }] }
  }
  const object = objectOf(key, unflatten(fields))
  const errors = faultsOf(key, object, kinds)
  return errors.length === 0 ? { object } : { errors }
}

function refuse(rule: string, reason: string): Fault {
  return { rule, reason: `the change is refused: ${reason}` }
}

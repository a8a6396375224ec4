/**
 * The only file that knows Automerge. A document is one flat map of text at Automerge's root (decision 1).
 *
 * It speaks to the handle below Automerge's JavaScript layer, which is typed and exported but not promised: a change costs
 * 50 us there and up to 5 ms above it (`research/feasibility.md`, 4.1). A document lives in wasm only while it is open; whoever
 * opens one must `free` it. Few are open at once, so that the wasm heap stays far below the 64 MB from which on each growth
 * stops V8 for a full collection.
 *
 * @module
 */
import * as A from '@automerge/automerge'

type Handle = ReturnType<typeof A.getBackend>

/** `12@<writer>`: the twelfth operation as its writer saw the document. */
export type OperationId = string

export interface Operation {
  readonly key: string
  /** Undefined: the key is deleted. */
  readonly text: string | undefined
  /** The operations it replaces. */
  readonly predecessors: readonly OperationId[]
}

/** A change as plain data. */
export interface Change {
  readonly writer: string
  readonly seq: number
  readonly startOp: number
  readonly timeMs: number
  readonly message: string
  readonly deps: readonly string[]
  readonly operations: readonly Operation[]
}

/** One of the values of a key: several where writers set it concurrently. */
export interface Candidate {
  readonly text: string
  readonly operation: OperationId
}

const ROOT = '_root'

/** Automerge's handle class, by way of an empty document: it is not exported by name. */
const freshHandle: () => Handle = handleMaker()

function handleMaker(): () => Handle {
  const handle = A.getBackend(A.init())
  const { constructor } = handle as unknown as { constructor: { new: (writer?: string) => Handle } }
  return () => constructor.new()
}

export class OpenDocument {
  readonly #handle: Handle

  private constructor(handle: Handle) {
    this.#handle = handle
  }

  /** Built from its changes, plain chunks in any order. Throws what Automerge throws. */
  static of(chunks: readonly Uint8Array[]): OpenDocument {
    const handle = freshHandle()
    try {
      if (chunks.length > 0) handle.applyChanges([...chunks])
    } catch (error) {
      freeQuietly(handle)
      throw error
    }
    return new OpenDocument(handle)
  }

  /** Takes one change more, or says why Automerge would not have it: whoever opened this document is then to free it, since
   *  a handle that panicked stays broken for ever (finding 0.5). `heads`: what they are to be, sorted; Automerge takes
   *  a change whose past it does not know, and says nothing. */
  add(chunk: Uint8Array, heads: readonly string[]): { readonly error: string } | undefined {
    try {
      this.#handle.applyChanges([chunk])
      return this.heads().join() === heads.join() ? undefined : { error: 'Automerge took it in and did not apply it' }
    } catch (error) {
      return { error: sentenceOf(error) }
    }
  }

  /** Hashes of the changes that nothing follows, sorted. */
  heads(): string[] {
    return this.#handle.getHeads().toSorted()
  }

  /** Key -> text, the winner of each key. `heads`: as it was there. */
  entries(heads?: readonly string[]): Map<string, string> {
    const root = this.#handle.materialize(ROOT, heads === undefined ? undefined : [...heads])
    return new Map(Object.entries(root as Record<string, string>))
  }

  /** The value of a key that stands. */
  winner(key: string): string | undefined {
    const value = this.#handle.get(ROOT, key)
    return typeof value === 'string' ? value : undefined
  }

  /** All values of a key, the winner last. */
  candidates(key: string, heads?: readonly string[]): Candidate[] {
    const all = this.#handle.getAll(ROOT, key, heads === undefined ? undefined : [...heads])
    return all.map((value) => ({ text: String(value[1]), operation: String(value[2]) }))
  }

  free(): void {
    freeQuietly(this.#handle)
  }
}

/** Undefined text where Automerge cannot read it, or where it is more than sets and deletions of text at the root. */
export function readChange(plainChunk: Uint8Array): Change | { readonly error: string } {
  try {
    const change = A.decodeChange(plainChunk)
    const operations = change.ops.map(readOperation)
    if (!operations.every((operation) => operation !== undefined)) {
      return { error: 'it does more than set and delete text at the root' }
    }
    const { actor, seq, startOp, time, message, deps } = change
    return { writer: actor, seq, startOp, timeMs: time, message: message ?? '', deps, operations }
  } catch (error) {
    return { error: sentenceOf(error) }
  }
}

function readOperation(op: A.DecodedChange['ops'][number]): Operation | undefined {
  const { action, obj, key, value, datatype, pred, insert } = op as typeof op & { insert?: boolean }
  if (obj !== ROOT || typeof key !== 'string' || insert === true) return undefined
  if (action === 'set' && typeof value === 'string' && (datatype === undefined || datatype === 'str')) {
    return { key, text: value, predecessors: pred }
  }
  return action === 'del' && value === undefined ? { key, text: undefined, predecessors: pred } : undefined
}

/** As a plain chunk. */
export function writeChange(change: Change): Uint8Array {
  const ops = change.operations.map(({ key, text, predecessors }) => ({
    action: text === undefined ? 'del' : 'set',
    obj: ROOT,
    key,
    pred: [...predecessors],
    ...(text === undefined ? {} : { value: text }),
  }))
  const { writer, seq, startOp, timeMs, message, deps } = change
  return A.encodeChange({
    actor: writer,
    author: null,
    seq,
    startOp,
    time: timeMs,
    message: message === '' ? null : message,
    deps: [...deps],
    ops,
  })
}

function freeQuietly(handle: Handle): void {
  try {
    handle.free()
  } catch {
    // A panicked handle may refuse to be freed; some 11 KB stay behind, and its sender is cut off.
  }
}

function sentenceOf(error: unknown): string {
  return `Automerge says: ${String(error).slice(0, 200)}`
}

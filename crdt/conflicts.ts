/**
 * Which concurrent edits could not all stand. Nobody is asked: the winner is the same on every node. But whoever lost an
 * acknowledged write is to be told (P6).
 *
 * @module
 */
import { type Change, type Operation, readChange } from './automerge.ts'
import { type Document, type KnownChange, plainChunkOf } from './document.ts'
import { OBJECT_TEXT } from './fields.ts'
import type { Conflict, ConflictSide } from './listener.ts'
import { type Entries, deletedKey, parseFieldKey } from './lives.ts'
import { isOwnership } from './owned.ts'

/** Operations of concurrent changes that are looked at for one that came in, the latest first: each costs some 10 us. At
 *  least one change is. */
const OPERATIONS_LOOKED_AT_MAX = 512

/** With more heads than this a document is being flooded, and to look for who lost what would be the flooder's lever. */
const HEADS_LOOKED_AT_MAX = 64

export interface Newcomer {
  readonly known: KnownChange
  readonly change: Change
  /** The head that is read, where the merge is not valid. */
  readonly insteadOfMerge: KnownChange | undefined
}

/** The conflicts that a change brought with it, which is in force already. */
export function findConflicts(document: Document, { known, change, insteadOfMerge }: Newcomer): Conflict[] {
  if (document.heads.length > HEADS_LOOKED_AT_MAX) return []
  const concurrent = concurrentTo(document, known)
  const { entries } = document.now()
  if (known.does === 'delete' || entries.has(deletedKey(known.life))) return deletions(document, known, concurrent)
  const standing = standingChanges(document)
  const fields = concurrent.flatMap((other) => fieldConflicts(document, { known, change, other, entries, standing }))
  return insteadOfMerge === undefined ? fields : [...fields, ...invalidMerge(document, insteadOfMerge)]
}

function concurrentTo(document: Document, known: KnownChange): KnownChange[] {
  const past = document.ancestors([known.hash])
  const others = [...document.changes()]
    .filter((other) => !past.has(other.hash) && other.life === known.life)
    .toReversed()
  let left = OPERATIONS_LOOKED_AT_MAX
  return others.filter(({ operations }, at) => (left -= operations) >= 0 || at === 0)
}

/** A deletion wins over every edit that had not seen it. */
function deletions(document: Document, known: KnownChange, concurrent: readonly KnownChange[]): Conflict[] {
  const about = { key: document.key, life: known.life, cause: 'deleted', path: '' } as const
  if (known.does === 'delete') {
    const losers = concurrent.filter(({ does }) => does === 'edit')
    return losers.map((loser) => ({ ...about, winner: sideOf(known), loser: sideOf(loser) }))
  }
  const winner = concurrent.find(({ does }) => does === 'delete')
  return winner === undefined ? [] : [{ ...about, winner: sideOf(winner), loser: sideOf(known) }]
}

function invalidMerge(document: Document, read: KnownChange): Conflict[] {
  const losers = document.heads.filter((head) => head !== read.hash).map((head) => document.change(head))
  const about = { key: document.key, life: read.life, cause: 'invalid', path: '' } as const
  return losers.flatMap((loser) =>
    loser === undefined ? [] : [{ ...about, winner: sideOf(read), loser: sideOf(loser) }],
  )
}

/** The changes whose values of a key stand, the winner last; looked up once for each key. */
type StandingChanges = (key: string) => readonly (KnownChange | undefined)[]

function standingChanges(document: Document): StandingChanges {
  const sight = document.now()
  const known = new Map<string, readonly (KnownChange | undefined)[]>()
  return (key) => {
    const standing = known.get(key) ?? sight.candidates(key).map(({ operation }) => document.changeOf(operation))
    known.set(key, standing)
    return standing
  }
}

interface Pair {
  readonly standing: StandingChanges
  readonly known: KnownChange
  readonly change: Change
  readonly other: KnownChange
  readonly entries: Entries
}

function fieldConflicts(document: Document, { known, change, other, entries, standing }: Pair): Conflict[] {
  const theirs = readChange(plainChunkOf(other))
  if ('error' in theirs) return []
  const theirKeys = new Map(theirs.operations.map((operation) => [operation.key, operation]))
  const ourKeys = new Map(change.operations.map((operation) => [operation.key, operation]))
  const conflicts: Conflict[] = []
  const sides = { ours: known, theirs: other }
  const lostTo = (by: ReadonlyMap<string, Operation>, operation: Operation): Outcome | undefined => {
    const [winner, loser] = by === ourKeys ? [known, other] : [other, known]
    return removal(operation, { by, entries, winner, loser })
  }
  for (const ours of change.operations) {
    const twin = theirKeys.get(ours.key)
    const isSettled = twin === undefined || lostTo(ourKeys, twin) !== undefined
    const outcome = lostTo(theirKeys, ours) ?? (isSettled ? undefined : settle(standing, { ours, theirs: twin, sides }))
    if (outcome !== undefined) conflicts.push(conflictOf(document, ours.key, outcome))
  }
  for (const operation of theirs.operations) {
    const outcome = lostTo(ourKeys, operation)
    if (outcome !== undefined) conflicts.push(conflictOf(document, operation.key, outcome))
  }
  return conflicts
}

interface Outcome {
  readonly winner: ConflictSide
  readonly loser: ConflictSide
}

function conflictOf(document: Document, key: string, { winner, loser }: Outcome): Conflict {
  const read = parseFieldKey(key)
  const { life, path } =
    'error' in read || read.is !== 'field' ? { life: 0, path: '' } : { life: read.life, path: read.pointer }
  return { key: document.key, life, cause: 'field', path, winner, loser }
}

/** Both touched one key. Undefined where both say the same, where only the order of a list is at stake, or where a later
 *  change has settled it already. A value beats a removal. */
function settle(
  standing: StandingChanges,
  { ours, theirs, sides }: { ours: Operation; theirs: Operation; sides: { ours: KnownChange; theirs: KnownChange } },
): Outcome | undefined {
  const isAboutOrder = [ours, theirs].some(({ text }) => text !== undefined && isStructure(text))
  // [SSA30] What one manager said on two sides is joined: nobody lost.
  if (ours.text === theirs.text || isAboutOrder || isOwnership(ours.key) || isMark(ours.key)) return undefined
  const changes = standing(ours.key)
  const rank = (side: KnownChange): number => changes.indexOf(side)
  if (Math.max(rank(sides.ours), rank(sides.theirs)) === -1) return undefined
  const [mine, other] = [sideOf(sides.ours, ours.text), sideOf(sides.theirs, theirs.text)]
  return rank(sides.ours) > rank(sides.theirs) ? { winner: mine, loser: other } : { winner: other, loser: mine }
}

/** [FIN2] That it was deleted: who did so first, or last, is all that two sides can differ in. */
const isMark = (key: string): boolean => /^\d+:\/shoal\/deletion\/at$/.test(key)

/** An edit inside what the other side removed. */
function removal(
  { key, text }: Operation,
  {
    by,
    entries,
    winner,
    loser,
  }: { by: ReadonlyMap<string, Operation>; entries: Entries; winner: KnownChange; loser: KnownChange },
): Outcome | undefined {
  if (text === undefined) return undefined
  for (let cut = key.lastIndexOf('/'); cut > 0; cut = key.lastIndexOf('/', cut - 1)) {
    const above = key.slice(0, cut)
    const removed = by.get(above)
    const isGone = removed !== undefined && removed.text === undefined && !entries.has(above)
    if (isGone) return { winner: sideOf(winner), loser: sideOf(loser, text) }
  }
  return undefined
}

function isStructure(text: string): boolean {
  return text === OBJECT_TEXT || text.startsWith('{"order":')
}

function sideOf({ author, hash }: KnownChange, text?: string): ConflictSide {
  return text === undefined ? { author, change: hash } : { author, change: hash, text }
}

/** All fields that writers set concurrently and nobody has settled since: the winners first, by path. A pure function of the
 *  document's changes. */
export function standingConflicts(document: Document): Conflict[] {
  const sight = document.now()
  return [...sight.entries.keys()].toSorted().flatMap((key) => {
    const sides = sight.candidates(key).flatMap(({ operation, text }) => {
      const change = document.changeOf(operation)
      return change === undefined || isStructure(text) ? [] : [sideOf(change, text)]
    })
    const winner = sides.at(-1)
    const losers = sides.slice(0, -1).filter(({ text }) => text !== winner?.text)
    const isField = key.includes('/') && !isOwnership(key)
    return winner === undefined || !isField ? [] : losers.map((loser) => conflictOf(document, key, { winner, loser }))
  })
}

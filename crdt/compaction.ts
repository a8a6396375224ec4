/**
 * Cutting a history: a new epoch of a document begins with one change that says what all changes so far came to.
 *
 * Automerge keeps every change for ever. So once all members hold the same (the caller knows; see `Replica.compact`), one of
 * them computes the first change of the next epoch from the heads and signs it. It is the same whoever makes it, down to its
 * hash, and whoever has those heads checks it by making it again. What somebody wrote on top of the old epoch meanwhile is
 * late: its holder writes it again on top of the new one, field by field, where the new one still says what the late change
 * was made on; otherwise the new one stands, and the late writer is told.
 *
 * @module
 */
import { addWeight, bodyOf, type Document, type KnownChange, NO_WEIGHT, type Weight } from './document.ts'
import type { ChainEnd, Chains, ChangeBody } from './envelope.ts'
import { diff, type Edit, type Fields } from './fields.ts'
import type { NodeId } from './identity.ts'
import type { KindPort } from './kind-port.ts'
import {
  CUT_ANYWAY_FROM_CHANGES,
  CUT_ANYWAY_FROM_WEIGHT,
  CUT_CHAINS_MAX,
  CUT_CHANGES_MIN,
  CUT_FROM_CHANGES,
  CUT_FROM_WEIGHT,
  DEPS_MAX,
  DOCUMENT_BYTES_MAX,
  DOCUMENT_OPERATIONS_MAX,
  DOCUMENT_PLAIN_BYTES_MAX,
} from './limits.ts'
import {
  compareLives,
  createdKey,
  deletedKey,
  type Entries,
  fieldKey,
  fieldsOf,
  type Standing,
  standingOf,
} from './lives.ts'
import { isOwnership, joinedOwnership } from './owned.ts'
import { generationOf, readFields } from './reading.ts'
import { chainId } from './writer.ts'
import type { Draft } from './writes.ts'

export type Cut = NonNullable<ChangeBody['cut']>

export interface CutDraft {
  readonly draft: Draft
  readonly cut: Cut
}

/** What the changes up to `heads` came to. Undefined where there are too many heads, or nothing. */
export function draftCut(
  document: Document,
  heads: readonly string[],
  { kinds, cutBounds }: { readonly kinds: Pick<KindPort, 'validate'>; readonly cutBounds: CutBounds },
): CutDraft | undefined {
  const { entries } = document.at(heads)
  const standing = standingOf(entries)
  if (heads.length > DEPS_MAX || standing.life === 0) return undefined
  const past = pastOf(document, heads)
  const timeMs = Math.max(...past.map((change) => change.timeMs))
  const texts = textsOf({
    entries,
    standing,
    fields: standing.isLive ? readFields(document, { heads, standing, kinds }) : new Map(),
  })
  const operations = texts.map(([key, text]) => ({ key, text, predecessors: [] }))
  const cut = {
    heads: heads.toSorted(),
    generation: generationOf(document, { life: standing.life, among: past }),
    chains: chainsOf(document, past, cutBounds),
  }
  return { draft: { startOp: 1, timeMs, message: '', deps: [], operations }, cut }
}

/** The changes up to `heads`. */
function pastOf(document: Document, heads: readonly string[]): KnownChange[] {
  return [...document.ancestors(heads)].map((hash) => document.change(hash)).filter((change) => change !== undefined)
}

/** [CUT10] How far it is in what each chain wrote. Where there are too many, those that have not written for longest are left out. */
function chainsOf(document: Document, past: readonly KnownChange[], { chainsMax }: CutBounds): Chains {
  const before = knownChains(document)
  const written = new Map<string, number>()
  for (const change of past) {
    const [chain, seq] = linkOf(change)
    if (seq > 0) written.set(chain, Math.max(seq, written.get(chain) ?? 0))
  }
  const silent = before.ends.filter(([chain]) => !written.has(chain))
  const ends = [...silent, ...[...written].toSorted(([one], [other]) => (one < other ? -1 : 1))]
  return { ends: ends.slice(-chainsMax), isAll: before.isAll && ends.length <= chainsMax }
}

/** Of a cut by an earlier release. */
const NO_CHAINS: Chains = { ends: [], isAll: false }

/** Of its epochs before this one. */
function knownChains({ cut }: Document): Chains {
  return cut === undefined ? { ends: [], isAll: true } : (cut.chains ?? NO_CHAINS)
}

/** Its place in its chain: 0 for a cut, which has none. */
function linkOf({ envelope }: KnownChange): ChainEnd {
  const { author, nonce, seq } = bodyOf(envelope)
  return [chainId(author, nonce), seq]
}

function textsOf({
  entries,
  standing,
  fields,
}: {
  entries: Entries
  standing: Standing
  fields: Fields
}): [string, string][] {
  const { life, isLive } = standing
  const markers = isLive ? [createdKey(life)] : [createdKey(life), deletedKey(life)]
  const texts = markers.map((key): [string, string] => [key, entries.get(key) ?? ''])
  for (const pointer of [...fields.keys()].toSorted())
    texts.push([fieldKey(life, pointer), fields.get(pointer) as string])
  return texts
}

/** How long histories get. The same on all nodes of a cluster; the simulator's are short, so that they are cut within minutes. */
export interface CutBounds {
  readonly fromChanges: number
  /** Whoever is away. */
  readonly anywayFromChanges: number
  /** A shorter history may not be cut by anybody. */
  readonly changesMin: number
  /** Chains that a cut names. */
  readonly chainsMax: number
}

export const CUT_BOUNDS: CutBounds = {
  fromChanges: CUT_FROM_CHANGES,
  anywayFromChanges: CUT_ANYWAY_FROM_CHANGES,
  changesMin: CUT_CHANGES_MIN,
  chainsMax: CUT_CHAINS_MAX,
}

/** Long enough to be cut: in changes, or in weight, of which a document may have so much and no more. */
export function isLong(document: Document, { fromChanges }: CutBounds): boolean {
  return document.size >= fromChanges || partOfWeight(document.weight) >= CUT_FROM_WEIGHT
}

/** [CUT11] So long that there will soon be no room for another change. */
export function isFull(document: Document, { anywayFromChanges }: CutBounds): boolean {
  return document.size >= anywayFromChanges || partOfWeight(document.weight) >= CUT_ANYWAY_FROM_WEIGHT
}

/** Long enough to be allowed to be cut. A function of the changes that are cut, the same for all who have them. */
export function isCuttable(document: Document, heads: readonly string[], { changesMin }: CutBounds): boolean {
  const past = pastOf(document, heads)
  return past.length >= changesMin || partOfWeight(past.reduce(addWeight, NO_WEIGHT)) >= CUT_FROM_WEIGHT / 2
}

function partOfWeight({ bytes, plainBytes, operations }: Weight): number {
  return Math.max(
    bytes / DOCUMENT_BYTES_MAX,
    plainBytes / DOCUMENT_PLAIN_BYTES_MAX,
    operations / DOCUMENT_OPERATIONS_MAX,
  )
}

/** What is in force here and not in a cut. */
export interface Late {
  /** Where the object stood in both: what is late is what changed since. Undefined: the cut was made from changes that are
   *  not known here, and what is late cannot be told from what is merely old. */
  readonly before: Entries | undefined
  readonly after: Entries
  /** Who made the latest of it. */
  readonly authors: readonly NodeId[]
}

/** Undefined where a cut holds all that is here. */
export function lateChanges(document: Document, cut: Cut): Late | undefined {
  if (!cut.heads.every((head) => document.change(head) !== undefined)) return lateByChains(document, cut)
  const past = document.ancestors(cut.heads)
  const isAllIn = document.heads.every((head) => past.has(head))
  return isAllIn ? undefined : lateSince(document, cut.heads)
}

/**
 * [CUT10] What is late of one who has not all that was cut: what its chains wrote beyond what the cut holds of them. Each change
 * of a chain follows those before it, so what the cut holds of them has no part that it lacks.
 */
function lateByChains(document: Document, { chains = NO_CHAINS }: Cut): Late | undefined {
  const ends = new Map(chains.ends)
  const isLate = ([chain, seq]: ChainEnd): boolean => seq > (ends.get(chain) ?? 0)
  const isNamed = ([chain]: ChainEnd): boolean => chains.isAll || ends.has(chain)
  const base = knownChains(document).ends
  const links = [...document.changes()].map((change) => ({ change, link: linkOf(change) }))
  const late = links.filter(({ link }) => isLate(link))
  const isBaseLate = base.some(isLate)
  if (late.length === 0 && !isBaseLate) return undefined
  // What it stands on is in the cut, and what is late is known to be.
  const isTold = !isBaseLate && [...base, ...late.map(({ link }) => link)].every(isNamed)
  const held = links.filter(({ link }) => !isLate(link)).map(({ change }) => change)
  return lateSince(document, isTold ? latestOf(held) : undefined)
}

/** Those that none of the others follows. */
function latestOf(changes: readonly KnownChange[]): string[] {
  const followed = new Set(changes.flatMap(({ deps }) => deps))
  return changes.map(({ hash }) => hash).filter((hash) => !followed.has(hash))
}

/** `heads`: where both stood. */
function lateSince(document: Document, heads: readonly string[] | undefined): Late {
  return {
    before: heads === undefined ? undefined : document.at(heads).entries,
    after: document.now().entries,
    authors: document.heads.flatMap((head) => document.change(head)?.author ?? []),
  }
}

/** What to write again on top of a cut. */
export type Rebase =
  | { readonly does: 'nothing' }
  | { readonly does: 'delete' }
  /** The object was deleted and created again. */
  | { readonly does: 'replace'; readonly fields: Fields; readonly within: number | undefined }
  /** `lost`: pointers of what cannot be written again; '' for all of it. */
  | { readonly does: 'edit'; readonly edits: readonly Edit[]; readonly lost: readonly string[] }

/** `now`: the document in its new epoch. */
export function rebase({ before, after }: Late, now: Entries): Rebase {
  const [late, standing] = [standingOf(after), standingOf(now)]
  if (compareLives(late, standing) > 0)
    return late.isLive
      ? { does: 'replace', fields: fieldsOf(after, late.life), within: late.within }
      : { does: 'delete' }
  if (compareLives(late, standing) < 0 || !standing.isLive) return { does: 'nothing' }
  if (!late.isLive) return { does: 'delete' }
  if (before === undefined) return { does: 'edit', edits: [], lost: [''] }
  const [base, current] = [fieldsOf(before, late.life), fieldsOf(now, late.life)]
  const changed = diff(base, fieldsOf(after, late.life)).filter(({ pointer, text }) => current.get(pointer) !== text)
  const isSame = ({ pointer }: Edit): boolean => current.get(pointer) === base.get(pointer)
  const [same, other] = [changed.filter((edit) => isSame(edit)), changed.filter((edit) => !isSame(edit))]
  const edits = [...same, ...other.flatMap((edit) => joinedOwner(edit, current.get(edit.pointer)))]
  const lost = other.map(({ pointer }) => pointer).filter((pointer) => !isOwnership(pointer))
  return edits.length + lost.length === 0 ? { does: 'nothing' } : { does: 'edit', edits, lost }
}

/** [SSA30] What a manager said late is joined with what it said since, as where both came in time. */
function joinedOwner({ pointer, text }: Edit, current: string | undefined): Edit[] {
  if (!isOwnership(pointer) || text === undefined) return []
  const joined = current === undefined ? text : joinedOwnership([text, current])
  return joined === current ? [] : [{ pointer, text: joined }]
}

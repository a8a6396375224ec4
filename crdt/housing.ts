/**
 * An object lives no longer than its namespace. Whoever deletes a namespace deletes what is in it, one by one, but not what
 * the other half of a split creates there meanwhile. So each life of an object says in which life of the namespace it was
 * created, and is dead wherever that one is over. Nobody writes this down: it is read from the two documents, in whatever
 * order they came. To create the namespace again brings nothing back, since that is another life.
 *
 * @module
 */
import type { Document, Housing } from './document.ts'
import { type DocumentKey, namespaceKey, parseKey } from './key.ts'
import type { Conflict } from './listener.ts'
import type { KubeObject } from './object.ts'
import { NEVER, type Standing } from './lives.ts'
import { DEFAULT_NAMESPACE } from './objects/namespace.ts'
import { byGreatness, readDocument, type Reading } from './reading.ts'
import type { State } from './state.ts'

/** The namespace that an object is in. */
export interface Home {
  readonly name: string
  readonly standing: Standing
}

/** Undefined: the object is in no namespace. */
export function homeOf(state: Pick<State, 'documents'>, key: DocumentKey): Home | undefined {
  const { namespace: name = '' } = parseKey(key) ?? {}
  if (name === '') return undefined
  return { name, standing: state.documents.get(namespaceKey(name))?.own.standing ?? NEVER }
}

/** [LIFE5] An object whose namespace is not known here yet waits, so that it makes no difference which of the two came first.
 *  `default` is always there, in its next life where need be. */
export function housingOf(within: number | undefined, home: Home | undefined): Housing {
  if (within === undefined || home === undefined) return 'housed'
  const { life, isLive } = home.standing
  if (within === life) return isLive ? 'housed' : 'lost'
  if (within < life) return 'lost'
  return home.name === DEFAULT_NAMESPACE ? 'housed' : 'waiting'
}

/** The life of the namespace that an object is created in now: undefined where nobody wrote it, `gone` where it is deleted. */
export function lifeToEnter(home: Home | undefined): number | 'gone' | undefined {
  if (home === undefined || home.standing.life === 0) return undefined
  if (home.standing.isLive) return home.standing.life
  return home.name === DEFAULT_NAMESPACE ? home.standing.next : 'gone'
}

export interface Rereading {
  /** The object as it reads now, where that is known. */
  readonly merged?: KubeObject
  readonly nowMs: number
  /** It comes from this node's own disk: people have been told. */
  readonly isReplayed: boolean
}

/** Reads a document that has changed, and tells the listener; of a namespace also what is in it. */
export function readAnew(state: State, document: Document, { merged, ...at }: Rereading): Reading {
  const { clusterId, kinds } = state
  const before = { stored: document.stored, standing: document.own.standing }
  const reading = readDocument(document, { kinds, clusterId, ...(merged === undefined ? {} : { merged }) })
  document.own = reading
  document.housing = housingOf(reading.standing.within, homeOf(state, document.key))
  noteOrphan(state, document, at)
  const { key, stored } = document
  if (stored !== undefined || before.stored !== undefined) state.note((listener) => listener.objectChanged(key, stored))
  const { life, isLive } = reading.standing
  const name = namespaceName(key)
  if (name !== undefined && (life !== before.standing.life || isLive !== before.standing.isLive))
    rehouse(state, name, at)
  return reading
}

/** Reads, once each, the documents whose changes were taken from this node's own disk. */
export function readUnread(state: State, nowMs: number): void {
  for (const document of state.unread) {
    state.noteHeads(document)
    readAnew(state, document, { nowMs, isReplayed: true })
    state.documents.used(document)
  }
  state.unread.clear()
}

/** [LIFE6] What is in a namespace reads otherwise once that begins another life or ends. */
function rehouse(state: State, namespace: string, at: Omit<Rereading, 'merged'>): void {
  for (const document of state.documents.inside(namespace)) {
    const before = { stored: document.stored, housing: document.housing }
    document.housing = housingOf(document.own.standing.within, homeOf(state, document.key))
    if (document.housing === before.housing) continue
    noteOrphan(state, document, at)
    const { key, stored } = document
    if (before.stored !== stored) state.note((listener) => listener.objectChanged(key, stored))
  }
}

// ---- people are told

/** So long after an object lost its namespace: its own deletion may be on the way. Whoever deletes a namespace deletes what
 *  it finds in there, too. */
const ORPHAN_TOLD_AFTER_MS = 10_000

function noteOrphan(state: State, document: Document, { nowMs, isReplayed }: Omit<Rereading, 'merged'>): void {
  if (!isLost(document)) state.orphans.delete(document.key)
  else if (!isReplayed && !state.orphans.has(document.key)) state.orphans.set(document.key, nowMs)
}

/** Whether it died with its namespace, and nobody deleted it by itself. */
function isLost({ own, housing }: Document): boolean {
  return housing === 'lost' && own.stored !== undefined
}

/** [LIFE9] Tells of the objects that went with their namespace unseen by whoever deleted that. */
export function tellOrphans(state: State, nowMs: number): void {
  for (const [key, sinceMs] of state.orphans) {
    if (sinceMs + ORPHAN_TOLD_AFTER_MS > nowMs) continue
    state.orphans.delete(key)
    const conflict = conflictOf(state, state.documents.open(key))
    if (conflict !== undefined) state.note((listener) => listener.conflict(conflict))
  }
}

function conflictOf(state: State, document: Document): Conflict | undefined {
  const { within = 0, life } = document.own.standing
  const { namespace = '' } = parseKey(document.key) ?? {}
  const changes = [...(state.documents.get(namespaceKey(namespace))?.changes() ?? [])]
  const ending = changes.findLast((change) => change.does === 'delete' && change.life === within) ?? changes.at(-1)
  const [latest] = byGreatness(document, document.heads)
  if (ending === undefined || latest === undefined) return undefined
  const winner = { author: ending.author, change: ending.hash }
  const loser = { author: latest.author, change: latest.hash }
  return { key: document.key, life, cause: 'namespace', path: '', winner, loser }
}

// ---- when it may be forgotten

/** [LIFE7] The objects that died with a namespace, which are forgotten with it. */
export function lostWith(state: State, { key, own }: Document): Document[] {
  const name = namespaceName(key)
  if (name === undefined || own.standing.isLive) return []
  return [...state.documents.inside(name)].filter(isLost)
}

/** When it came to be as dead as it is; undefined where it goes with its namespace. */
export function diedAtMs(state: State, document: Document): number | undefined {
  if (!isLost(document)) return document.changedAtMs()
  const home = homeOf(state, document.key)?.standing ?? NEVER
  return home.isLive ? Math.max(document.changedAtMs(), home.sinceMs) : undefined
}

function namespaceName(key: DocumentKey): string | undefined {
  const parts = parseKey(key)
  return parts?.group === '' && parts.kind === 'Namespace' ? parts.name : undefined
}

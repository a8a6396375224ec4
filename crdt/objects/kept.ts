/**
 * Earlier contents of a ConfigMap or Secret, each named by its hash, kept in the internal part `shoal.kept` of the object, so
 * that what a Deployment was rolled out with can be shown and put back.
 *
 * The hash is taken of the content as it is stored: of a Secret that is the sealed text, from which nobody can guess a value
 * by trying, and no content of a Secret is kept that is not sealed. The present content is among them, so that of two that were
 * written at once the one that did not come out on top is not lost.
 *
 * @module
 */
import { textOf } from '../json.ts'
import type { KubeObject, StoredObject } from '../object.ts'
import { sha256 } from '../sha256.ts'
import { checkShape } from './check-shape.ts'
import { checkConfigMap, configKey, isSealed } from './config.ts'
import { deletionPart } from './deletion.ts'
import { describeErrors, Findings } from './field-error.ts'
import { managersPart } from './managers.ts'
import { OBJECT_BYTES_MAX } from './measure.ts'
import { safeText } from './meta.ts'
import { isPlain } from './plain.ts'
import { fields, integer, mapOf, required, text } from './schema.ts'

/** What pods read of a ConfigMap or Secret. Parts that are empty are not there. */
export interface Content {
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
}

interface KeptContent {
  readonly hash: string
  /** Counts up; a content that comes back gets a new number. */
  readonly number: number
  readonly content: Content
}

const KEPT_MAX = 10

/** Of the object with all it keeps. Half of its bound: two that add another content at once stay below it when they merge. */
const KEPT_BYTES_MAX = OBJECT_BYTES_MAX / 2

/** As many writers at once as that, each with one more, still merge. */
const MERGED_MAX = 64

const HASH_LENGTH = 10

export function contentOf(object: KubeObject): Content {
  const parts = object.kind === 'Secret' ? ['data'] : ['data', 'binaryData']
  const said = parts.filter((part) => isPlain(object[part]) && Object.keys(object[part]).length > 0)
  return Object.fromEntries(said.map((part) => [part, object[part]]))
}

/** Of what is stored in `StoredObject`: a node that opens Secrets says with each how it was called while it was sealed. */
export const contentHashOf = (stored: StoredObject): string => stored.contentHash ?? contentHash(stored.object)

/** Objects do not change, and are asked about many times a second. */
const known = new WeakMap<KubeObject, string>()

/** Of an object as it is stored. */
export function contentHash(object: KubeObject): string {
  const hash = known.get(object) ?? hashOf(contentOf(object))
  known.set(object, hash)
  return hash
}

const hashOf = (content: Content): string => safeText(sha256(textOf(content)), HASH_LENGTH)

export const isContentHash = (hash: string): boolean => /^[a-z0-9]{10}$/.test(hash)

/** The content of that name, if it is in force or still kept. */
export function contentNamed(stored: StoredObject, hash: string): Content | undefined {
  if (contentHashOf(stored) === hash) return contentOf(stored.object)
  return keptContents(stored.object).find((each) => each.hash === hash)?.content
}

/** [KEEP1] [KEEP2] The object with its content among those it keeps, newest; the oldest are dropped. */
export function withKept(object: KubeObject, old: KubeObject | undefined): KubeObject {
  const before = old === undefined ? [] : withPresent(old, keptContents(old))
  return fitted(object, withPresent(object, before))
}

/** With the present content of the object as the newest: one that came of a merge, or was written before there was this, too. */
function withPresent(object: KubeObject, kept: readonly KeptContent[]): readonly KeptContent[] {
  const content = contentOf(object)
  const hash = hashOf(content)
  if (kept[0]?.hash === hash || !mayBeKept(object.kind, content)) return kept
  const number = (kept[0]?.number ?? 0) + 1
  return [{ hash, number, content }, ...kept.filter((each) => each.hash !== hash)]
}

const mayBeKept = (kind: string, { data }: Content): boolean =>
  kind !== 'Secret' || Object.values(data ?? {}).every((value) => isSealed(value))

/** Newest first. */
export function keptContents(object: KubeObject): readonly KeptContent[] {
  const kept = (object['shoal'] as { kept?: Record<string, Omit<KeptContent, 'hash'>> } | undefined)?.kept ?? {}
  const contents = Object.entries(kept).map(([hash, each]) => ({ ...each, hash }))
  return contents.sort((left, right) => right.number - left.number || (left.hash < right.hash ? -1 : 1))
}

/** The object with these instead. */
export function withContents(object: KubeObject, contents: readonly KeptContent[]): KubeObject {
  const { shoal: _, ...bare } = object
  const kept = Object.fromEntries(contents.map(({ hash, ...each }) => [hash, each]))
  const internal = { ...managersPart(object), ...deletionPart(object), ...(contents.length === 0 ? {} : { kept }) }
  return Object.keys(internal).length === 0 ? bare : { ...(bare as KubeObject), shoal: internal }
}

function fitted(object: KubeObject, contents: readonly KeptContent[]): KubeObject {
  const { shoal: _, ...bare } = object
  let bytes = Buffer.byteLength(JSON.stringify({ bare, managers: managersPart(object) }))
  const fitting: KeptContent[] = []
  for (const each of contents.slice(0, KEPT_MAX)) {
    bytes += Buffer.byteLength(JSON.stringify(each))
    if (bytes > KEPT_BYTES_MAX) break
    fitting.push(each)
  }
  return withContents(object, fitting)
}

const values = mapOf(text(undefined, OBJECT_BYTES_MAX), configKey)

const internalSchema = fields({
  kept: mapOf(
    fields({
      number: required(integer(1)),
      content: required(fields({ data: values, binaryData: values })),
    }),
    (hash) => (isContentHash(hash) ? undefined : 'must be the hash of a content'),
    MERGED_MAX,
  ),
})

/** [KEEP4] The internal part as other nodes send it: old contents are put back, so they are held to the rules of new ones. */
export function checkKept(object: KubeObject, findings: Findings): void {
  const before = findings.errors.length
  checkShape(internalSchema, object['shoal'], 'shoal', findings)
  if (findings.errors.length > before) return
  for (const { hash, content } of keptContents(object)) {
    const at = `shoal.kept[${hash}]`
    if (hashOf(content) !== hash) findings.invalid(at, hash, 'must be the hash of its content')
    if (!mayBeKept(object.kind, content)) findings.forbidden(at, 'what is kept of a Secret must be sealed')
    const said = new Findings()
    if (object.kind === 'ConfigMap') checkConfigMap({ ...object, ...content }, said)
    if (said.errors.length > 0) findings.say(at, 'Invalid', describeErrors(said.errors))
  }
}

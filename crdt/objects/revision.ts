/**
 * Revisions of a Deployment: its templates, each named by its hash, kept in the internal part `shoal.revisions` of the object
 * so that pods of the one before can be described, restarted and gone back to.
 *
 * The hash is taken of the template as it is stored, after merging, with defaults already in it: all nodes name it alike,
 * whatever their version, and writing a default out changes nothing.
 *
 * @module
 */
import { sha256 } from '../sha256.ts'
import { textOf } from '../json.ts'
import { contentsNow, parseReference, type ContentHashOf, type Contents } from './config-use.ts'
import { deletionPart } from './deletion.ts'
import { deploymentSpec } from './deployment.ts'
import type { Findings } from './field-error.ts'
import { isContentHash } from './kept.ts'
import { OBJECT_BYTES_MAX } from './measure.ts'
import { managersPart } from './managers.ts'
import type { KubeObject } from '../object.ts'
import { safeText } from './meta.ts'
import { withStamp } from './on-change.ts'
import { dnsSubdomain, type TextCheck } from './names.ts'
import { checkPodTemplate, podTemplateSchema, type PodTemplate } from './pod-template.ts'
import { fillDefaults } from './fill-defaults.ts'
import { fields, flag, integer, mapOf, required, text } from './schema.ts'
import { checkShape } from './check-shape.ts'

export interface Revision {
  /** 10 characters: `pod-template-hash`, and the revision of a `PodFact`. */
  readonly hash: string
  /** Counts up; a template that comes back gets a new number. */
  readonly number: number
  readonly createdMs: number
  readonly template: PodTemplate
  /** [KEEP3] What the ConfigMaps and Secrets of its pods contained when it was made; absent where it has none, or nobody noted it. */
  readonly contents?: Contents
  /** What its Deployment said for its reason while it was the present one; of the present one the Deployment itself says it. */
  readonly cause?: string
  /** It missed its deadline, and the one before was brought back. */
  readonly givenUp?: true
}

/** What is kept of a revision under its hash. */
type KeptRevision = Omit<Revision, 'hash'>

export const REVISION_HASH_LENGTH = 10

/** Why a Deployment was brought back the last time, as a sentence for people. It names the revision that was given up. */
export const ROLLED_BACK_ANNOTATION = 'shoal.dev/rolled-back'

/** What people, and kubectl, note down as the reason of a change. */
export const CAUSE_ANNOTATION = 'kubernetes.io/change-cause'

/** A command line. What is longer is cut: it is kept for each revision. */
const CAUSE_CHARS_MAX = 500

/** During a rollout pods of the last two may run, whatever `revisionHistoryLimit` says. */
const KEPT_MIN = 2

/** Leaves room for what the system adds to an object. */
const KEPT_BYTES_MAX = OBJECT_BYTES_MAX - 8 * 1024

export function templateHash(template: unknown): string {
  return safeText(sha256(textOf(template)), REVISION_HASH_LENGTH)
}

/** Of a stored Deployment. A merged template that nobody wrote is numbered after all that somebody did. */
export function revisionsOf(deployment: KubeObject): { current: Revision; older: readonly Revision[] } {
  const kept = keptRevisions(deployment)
  const { template } = deploymentSpec(deployment)
  const hash = templateHash(template)
  const older = kept.filter((each) => each.hash !== hash)
  const current = kept.find((each) => each.hash === hash) ?? { hash, number: nextNumber(older), createdMs: 0 }
  return { current: { ...current, template }, older }
}

interface Making {
  readonly old?: KubeObject | undefined
  readonly nowMs: number
  readonly contentHash?: ContentHashOf
}

/** The Deployment with its present template among its revisions, numbered last, and with those dropped that its limit or size asks for. */
export function withRevisions(wanted: KubeObject, { old, nowMs, contentHash = () => undefined }: Making): KubeObject {
  const deployment = withStamp(wanted, { old, contentHash })
  const { template, revisionHistoryLimit = 10 } = deploymentSpec(deployment)
  const before = old === undefined ? [] : keptRevisions(old)
  const hash = templateHash(template)
  const others = before
    .filter((each) => each.hash !== hash)
    .slice(0, Math.max(revisionHistoryLimit, KEPT_MIN))
    .map((each) => withPast(each, { old, wanted }))
  const known = before.find((each) => each.hash === hash)
  const isNewest = known !== undefined && others.every((each) => each.number < known.number)
  const made = isNewest ? known : { hash, number: nextNumber(before), createdMs: nowMs, template }
  const current = isNewest && known.contents !== undefined ? known : withContentsNow(made, deployment, contentHash)
  return fitted(deployment, [current, ...others])
}

/** [HIST1, HIST2] What is to be known of a revision when it is the present one no more. */
function withPast(
  revision: Revision,
  { old, wanted }: { readonly old: KubeObject | undefined; readonly wanted: KubeObject },
): Revision {
  if (old === undefined || templateHash(deploymentSpec(old).template) !== revision.hash) return revision
  const { annotations: before = {} } = old.metadata
  const cause = before[CAUSE_ANNOTATION]?.slice(0, CAUSE_CHARS_MAX)
  const { [ROLLED_BACK_ANNOTATION]: why = '' } = wanted.metadata.annotations ?? {}
  const isGivenUp = why !== '' && why !== before[ROLLED_BACK_ANNOTATION]
  return { ...revision, ...(cause === undefined ? {} : { cause }), ...(isGivenUp ? { givenUp: true } : {}) }
}

function withContentsNow(revision: Revision, { metadata }: KubeObject, contentHash: ContentHashOf): Revision {
  const contents = contentsNow(revision.template, { namespace: metadata.namespace ?? '', contentHash })
  return Object.keys(contents).length === 0 ? revision : { ...revision, contents }
}

/** Newest first. */
function keptRevisions(deployment: KubeObject): Revision[] {
  const kept = (deployment['shoal'] as { revisions?: Record<string, KeptRevision> } | undefined)?.revisions ?? {}
  const revisions = Object.entries(kept).map(([hash, each]) => ({ ...each, hash }))
  return revisions.sort((left, right) => right.number - left.number || (left.hash < right.hash ? -1 : 1))
}

const nextNumber = (revisions: readonly Revision[]): number => Math.max(0, ...revisions.map((each) => each.number)) + 1

/** Drops the oldest until the object keeps its bound; the largest templates are not kept twice. */
function fitted(deployment: KubeObject, revisions: readonly Revision[]): KubeObject {
  const { shoal: _, ...bare } = deployment
  const managers = managersPart(deployment)
  let bytes = Buffer.byteLength(JSON.stringify({ bare, managers }))
  const kept: [string, KeptRevision][] = []
  for (const { hash, ...each } of revisions) {
    bytes += Buffer.byteLength(JSON.stringify(each)) + hash.length
    if (bytes > KEPT_BYTES_MAX) break
    kept.push([hash, each])
  }
  const internal = { ...managers, ...deletionPart(deployment), revisions: Object.fromEntries(kept) }
  return { ...(bare as KubeObject), shoal: internal }
}

const INTEGER_MAX = Number.MAX_SAFE_INTEGER

/** One more than the longest history. */
const REVISIONS_MAX = 101

const contentName: TextCheck = (hash) => (isContentHash(hash) ? undefined : 'must be the hash of a content')

const reference: TextCheck = (said) => {
  const parsed = parseReference(said)
  return parsed === undefined ? 'must be a ConfigMap or a Secret' : dnsSubdomain(parsed.name)
}

const internalSchema = fields({
  revisions: mapOf(
    fields({
      number: required(integer(1)),
      createdMs: required(integer(0, INTEGER_MAX)),
      template: required(podTemplateSchema),
      contents: mapOf(text(contentName), reference),
      cause: text(undefined, 4 * CAUSE_CHARS_MAX),
      givenUp: flag(),
    }),
    (hash) => (/^[a-z0-9]{10}$/.test(hash) ? undefined : 'must be the hash of a template'),
    REVISIONS_MAX,
  ),
})

/** The internal part as other nodes send it: old templates run again, so they are held to the rules of new ones. */
export function checkRevisions(deployment: KubeObject, findings: Findings): void {
  checkShape(internalSchema, deployment['shoal'], 'shoal', findings)
  if (findings.errors.length > 0) return
  for (const { hash, template } of keptRevisions(deployment)) {
    const at = `shoal.revisions[${hash}]`
    if (templateHash(template) !== hash) findings.invalid(at, hash, 'must be the hash of its template')
    checkPodTemplate(fillDefaults(podTemplateSchema, template) as PodTemplate, `${at}.template`, findings)
  }
}

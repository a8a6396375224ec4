/**
 * Which objects are meant: label selectors as objects (`matchLabels`), and as text in a query (`app=web,tier!=db`).
 *
 * @module
 */
import type { Findings } from './field-error.ts'
import { labelValue, qualifiedName } from './names.ts'
import { choice, fields, listOf, mapOf, required, text } from './schema.ts'

export type Labels = Readonly<Record<string, string>>

/** Worn by every pod: the hash of its template. */
export const REVISION_LABEL = 'pod-template-hash'

export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'

export interface LabelRequirement {
  readonly key: string
  readonly operator: Operator
  readonly values?: readonly string[]
}

/** All of it must hold. An empty selector selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly LabelRequirement[]
}

export const labelMapSchema = mapOf(text(labelValue), qualifiedName, 128)

export const selectorSchema = fields({
  matchLabels: labelMapSchema,
  matchExpressions: listOf(
    fields({
      key: required(text(qualifiedName)),
      operator: required(choice(['In', 'NotIn', 'Exists', 'DoesNotExist'])),
      values: listOf(text(labelValue)),
    }),
  ),
})

export function selects(selector: LabelSelector, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector
  for (const key in matchLabels) if (labels[key] !== matchLabels[key]) return false
  return matchExpressions.every((requirement) => holds(requirement, labels))
}

function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
}

/** What the shape alone does not say: lists of values belong to `In` and `NotIn`, and only to them. */
export function checkSelector(selector: LabelSelector, at: string, findings: Findings): void {
  selector.matchExpressions?.forEach(({ operator, values = [] }, index) => {
    const field = `${at}.matchExpressions[${index}].values`
    const wantsValues = operator === 'In' || operator === 'NotIn'
    if (wantsValues && values.length === 0)
      findings.required(field, "must be specified when `operator` is 'In' or 'NotIn'")
    if (!wantsValues && values.length > 0) {
      findings.forbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    }
  })
}

/** A query longer than any label set could ask for. */
const QUERY_LENGTH_MAX = 4096

/** Parts of a query: split at commas that stand outside of parentheses. */
const QUERY_PART = /(?:[^,()]|\([^()]*\))+/g

/** Reads `app=web,tier in (a, b),!old`; an error is a sentence. */
export function parseLabelSelector(query: string): LabelSelector | { readonly error: string } {
  if (query.length > QUERY_LENGTH_MAX) return { error: `a label selector has at most ${QUERY_LENGTH_MAX} characters` }
  const matchExpressions: LabelRequirement[] = []
  for (const part of query.match(QUERY_PART) ?? []) {
    const requirement = parseRequirement(part.trim())
    if (requirement === undefined)
      return { error: `unable to parse requirement "${part.trim()}" of the label selector` }
    const why = qualifiedName(requirement.key) ?? requirement.values?.map(labelValue).find((each) => each !== undefined)
    if (why !== undefined) return { error: `label selector "${part.trim()}": ${why}` }
    matchExpressions.push(requirement)
  }
  return { matchExpressions }
}

function parseRequirement(part: string): LabelRequirement | undefined {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part)
  if (set !== null) {
    const values = set[3]!.split(',').map((value) => value.trim())
    return { key: set[1]!, operator: set[2] === 'in' ? 'In' : 'NotIn', values }
  }
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(part)
  if (equality !== null)
    return { key: equality[1]!, operator: equality[2] === '!=' ? 'NotIn' : 'In', values: [equality[3]!] }
  const existence = /^(!?)\s*([^\s=!]+)$/.exec(part)
  return existence === null
    ? undefined
    : { key: existence[2]!, operator: existence[1] === '!' ? 'DoesNotExist' : 'Exists' }
}

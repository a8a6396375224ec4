/**
 * The ConfigMaps and Secrets that a revision was rolled out with, beside what is in force now, and what can be put back. Pure.
 *
 * @module
 */
import {
  configDocument,
  contentNamed,
  contentOf,
  isSealed,
  parseReference,
  type ConfigReference,
  type Content,
  type Contents,
  type DocumentKey,
  type KubeObject,
  type StoredObject,
} from '../../crdt/index.ts'

/**
 * `same`: in force now. `differs`: kept, and may be put back. The others cannot be: nobody has the content any more (`dropped`),
 * the object is not there (`deleted`), may not change (`immutable`), or does not open here (`locked`).
 */
export type ConfigStanding = 'same' | 'differs' | 'dropped' | 'deleted' | 'immutable' | 'locked'

export interface UsedConfig extends ConfigReference {
  readonly key: DocumentKey
  /** How its content was called. */
  readonly hash: string
  readonly is: ConfigStanding
  /** Where it is known. */
  readonly content?: Content
}

interface Look {
  readonly namespace: string
  readonly stored: (key: DocumentKey) => StoredObject | undefined
}

export function usedConfigs(contents: Contents | undefined, { namespace, stored }: Look): readonly UsedConfig[] {
  return Object.entries(contents ?? {}).flatMap(([text, hash]): UsedConfig[] => {
    const reference = parseReference(text)
    if (reference === undefined) return []
    const key = configDocument(reference, namespace)
    const now = stored(key)
    const content = now && contentNamed(now, hash)
    const is = standingOf(now?.object, content)
    return [{ ...reference, key, hash, is, ...(content === undefined ? {} : { content }) }]
  })
}

function standingOf(now: KubeObject | undefined, content: Content | undefined): ConfigStanding {
  if (now === undefined) return 'deleted'
  if (content === undefined) return 'dropped'
  if (isEqual(contentOf(now), content)) return 'same'
  if (now['immutable'] === true) return 'immutable'
  const isLocked = now.kind === 'Secret' && Object.values(content.data ?? {}).some((value) => isSealed(value))
  return isLocked ? 'locked' : 'differs'
}

function isEqual(one: Content, other: Content): boolean {
  const parts = ['data', 'binaryData'] as const
  const sorted = (content: Content): string =>
    JSON.stringify(parts.map((part) => Object.entries(content[part] ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))))
  return sorted(one) === sorted(other)
}

const WHY: Readonly<Record<Exclude<ConfigStanding, 'same' | 'differs'>, string>> = {
  dropped: 'what it contained then is not kept any more',
  deleted: 'it was deleted',
  immutable: 'it is immutable',
  locked: 'what it contained then does not open with the data key of this node',
}

/** Why what was in force then cannot be put back, a sentence for each. Empty: all of it can. */
export function obstaclesOf(configs: readonly UsedConfig[]): readonly string[] {
  return configs.flatMap(({ kind, name, is }) =>
    is === 'same' || is === 'differs' ? [] : [`${kind}/${name} cannot be restored: ${WHY[is]}`],
  )
}

/** The object with that content in place of its own. */
export function withContent(object: KubeObject, content: Content | undefined): KubeObject {
  const { data: _data, binaryData: _binaryData, shoal: _internal, ...rest } = object
  return { ...(rest as KubeObject), ...content }
}

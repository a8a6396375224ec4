/**
 * The Kubernetes vocabulary as the replica asks for it, without knowing any kind.
 *
 * @module
 */
import type { KindPort, ListKeys } from '../kind-port.ts'
import type { Origin } from '../definitions/custom.ts'
import type { ContentHashOf } from './config-use.ts'
import { groupOf, KINDS, rulesOf } from './kinds.ts'
import { parseFact } from './parse-fact.ts'
import { clashes, keyOf, prepare } from './prepare.ts'
import { listKeysOf } from './list-keys.ts'
import type { NodePortsInUse } from './service.ts'
import { anything } from './schema.ts'
import { validate } from './validate.ts'

const NO_KEYS: ListKeys = new Map()

const keysByKind = new Map<string, ListKeys>(
  KINDS.map(({ group, kind }) => [`${group}/${kind}`, new Map(listKeysOf(rulesOf(group, kind)?.schema ?? anything()))]),
)

/** What an object depends on beside itself. */
interface Others extends NodePortsInUse {
  readonly contentHash: ContentHashOf
  /** Of a kind that somebody defined. */
  readonly definition: (group: string, kind: string) => (Origin & { readonly listKeys: ListKeys }) | undefined
}

const NO_OTHERS: Others = {
  nodePortsTaken: () => new Set(),
  nodePortHolder: () => undefined,
  contentHash: () => undefined,
  definition: () => undefined,
}

/** Beside what a node knows: the view, which hears of a write before the next one is prepared. */
export const kubernetesBeside = (others: Others): KindPort => ({
  listKeys: (group, kind) =>
    keysByKind.get(`${group === 'core' ? '' : group}/${kind}`) ?? others.definition(group, kind)?.listKeys ?? NO_KEYS,
  validate,
  parseFact,
  // What does not validate comes back as it is: the replica refuses it in the words of `validate`.
  prepare: (old, next, nowMs) => {
    const key = keyOf(next)
    if (validate(key, next).length > 0) return next
    return prepare(next, {
      old,
      nowMs,
      nodePortsTaken: others.nodePortsTaken(key),
      contentHash: (config) => others.contentHash(config),
      origin: others.definition(groupOf(next.apiVersion), next.kind),
    })
  },
  clashes: (old, next) => clashes(next, old, others),
})

export const kubernetes: KindPort = kubernetesBeside(NO_OTHERS)

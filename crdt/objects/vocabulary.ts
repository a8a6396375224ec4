/**
 * The Kubernetes vocabulary as the replica asks for it, without knowing any kind.
 *
 * @module
 */
import type { KindPort, ListKeys } from '../kind-port.ts'
import { KINDS, rulesOf } from './kinds.ts'
import { parseFact } from './parse-fact.ts'
import { keyOf, prepare } from './prepare.ts'
import { listKeysOf } from './list-keys.ts'
import { anything } from './schema.ts'
import { validate } from './validate.ts'

const NO_KEYS: ListKeys = new Map()

const keysByKind = new Map<string, ListKeys>(
  KINDS.map(({ group, kind }) => [`${group}/${kind}`, new Map(listKeysOf(rulesOf(group, kind)?.schema ?? anything()))]),
)

export const kubernetes: KindPort = {
  listKeys: (group, kind) => keysByKind.get(`${group === 'core' ? '' : group}/${kind}`) ?? NO_KEYS,
  validate,
  parseFact,
  // What does not validate comes back as it is: the replica refuses it in the words of `validate`.
  prepare: (old, next, nowMs) => (validate(keyOf(next), next).length === 0 ? prepare(next, { old, nowMs }) : next),
}

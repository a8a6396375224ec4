/**
 * Two or three sides of a split, writing and healing. For tests only.
 *
 * @module
 */
import { expect } from 'vitest'
import type { Envelope } from './envelope.ts'
import type { KubeObject } from './object.ts'
import { copyAll, deployment, NOW, stateOf, testReplica, type TestReplica, WEB } from './testing.ts'

export function pair(): [TestReplica, TestReplica] {
  return [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
}

export function create({ replica, self }: TestReplica, spec = {}, nowMs = NOW): Envelope | undefined {
  return replica.put(WEB, deployment(spec), { nowMs, by: self.node, mode: 'create' })
}

export function edit({ replica, self }: TestReplica, spec: object, nowMs = NOW): Envelope | undefined {
  const before = replica.get(WEB)?.object as KubeObject
  const next = { ...before, spec: { ...(before['spec'] as object), ...spec } }
  return replica.put(WEB, next, { nowMs, by: self.node, mode: 'replace' })
}

export function remove({ replica, self }: TestReplica, nowMs = NOW): Envelope {
  return replica.remove(WEB, { nowMs, by: self.node })
}

/** Both ways, and they must read alike. */
export function heal(a: TestReplica, b: TestReplica): unknown {
  copyAll(a.replica, b.replica)
  copyAll(b.replica, a.replica)
  expect(stateOf(a.replica)).toEqual(stateOf(b.replica))
  return a.replica.get(WEB)?.object['spec']
}

export function split(): [TestReplica, TestReplica] {
  const [a, b] = pair()
  create(a)
  heal(a, b)
  return [a, b]
}

export const container = (name: string, image: string, port?: number): object => ({
  name,
  image,
  ...(port === undefined ? {} : { ports: [{ containerPort: port }] }),
})

export function containers(...list: object[]): object {
  return { template: { metadata: { labels: { app: 'web' } }, spec: { containers: list } } }
}

import { expect, test } from 'vitest'
import { prepare, type KubeObject } from '../../crdt/index.ts'
import { aNode, KEY } from '../control/sample.ts'
import { CALM_MS, changeOf, isDue } from './on-change.ts'
import { TURN_MS } from '../control/turns.ts'

type Force = Readonly<Record<string, string>>

const MAP = 'core/ConfigMap/default/app'
const inForce = (force: Force) => (key: string) => force[key]

function web(
  annotations: Record<string, string> = { 'shoal.dev/rollout-on-change': 'true' },
  image = 'nginx:1',
): KubeObject {
  // prettier-ignore
  const container = {
    name: 'web',
    image,
    envFrom: [{ configMapRef: { name: 'app' } }, { secretRef: { name: 'db', optional: true } }],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', annotations },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
    },
  }
}

const stored = (object: KubeObject, force: Force, old?: KubeObject): KubeObject =>
  prepare(object, { old, nowMs: 1, contentHash: inForce(force) })
const changeIn = (object: KubeObject, force: Force) => changeOf(object, inForce(force))
const stampOf = ({ spec }: KubeObject & { spec?: unknown }): string | undefined =>
  (spec as { template: { metadata: { annotations?: Record<string, string> } } }).template.metadata.annotations?.[
    'shoal.dev/config'
  ]

const A = { [MAP]: 'bbbbbbbbbb' }
const B = { [MAP]: 'cccccccccc' }
const WITH_SECRET = { ...A, 'core/Secret/default/db': 'dddddddddd' }

test('[ONC1] a template is stamped with what is in force where it is written, and only with the annotation', () => {
  const one = stored(web(), A)
  expect(stampOf(one)).toMatch(/^[a-z0-9]{10}$/)
  expect(stampOf(stored(web(), B))).not.toBe(stampOf(one))
  expect(stampOf(stored(web(), A))).toBe(stampOf(one))
  expect(stampOf(stored(web(), {}))).toBeUndefined()
  expect(stampOf(stored(web({}), A))).toBeUndefined()
  // A template from then, as kubectl undo writes it, gets the stamp of now; without the annotation it loses it.
  const old = stored(web(undefined, 'nginx:2'), B, one)
  const template = (one as unknown as { spec: { template: object } }).spec.template
  const back = { ...old, spec: { ...(old['spec'] as object), template } }
  expect(stampOf(stored(back, B, old))).toBe(stampOf(old))
  expect(stampOf(stored({ ...back, metadata: { ...back.metadata, annotations: {} } }, B, old))).toBeUndefined()
})

test('[ONC1] a write that leaves the template alone leaves its stamp, whatever this node has heard of', () => {
  const one = stored(web(), A)
  expect(stampOf(stored({ ...one, spec: { ...(one['spec'] as object), replicas: 7 } }, B, one))).toBe(stampOf(one))
})

test('[ONC2] another content is written as another stamp, once', () => {
  const one = stored(web(), A)
  expect(changeIn(one, A)).toBeUndefined()
  const change = changeIn(one, B)!
  expect(change.changed).toEqual(['ConfigMap/app'])
  const two = stored(change.object, B, one)
  expect(stampOf(two)).toBe(stampOf(stored(web(), B)))
  expect(changeIn(two, B)).toBeUndefined()
  const back = stored(changeIn(two, A)!.object, A, two)
  expect(stampOf(back)).toBe(stampOf(one))
  expect(changeIn(back, A)).toBeUndefined()
})

test.each([
  ['is created', A, WITH_SECRET, true],
  ['is deleted', WITH_SECRET, A, false],
  ['is deleted and another changes', WITH_SECRET, B, true],
  ['of another namespace changes', A, { ...A, 'core/ConfigMap/other/app': 'ffffffffff' }, false],
  ['that is not read changes', A, { ...A, 'core/ConfigMap/default/other': 'ffffffffff' }, false],
])('[ONC2] one that %s', (_, before: Force, after: Force, isChange) => {
  const one = stored(web(), before)
  const change = changeIn(one, after)
  expect(change !== undefined).toBe(isChange)
  if (change !== undefined) expect(changeIn(stored(change.object, after, one), after)).toBeUndefined()
})

test('[ONC2] a Deployment that does not say so is left alone', () => {
  for (const annotations of [{}, { 'shoal.dev/rollout-on-change': 'false' }] as Record<string, string>[])
    expect(changeIn(stored(web(annotations), A), B)).toBeUndefined()
  // Nor is one that does not say so any more rolled out for the loss of its stamp.
  const one = stored(web(), A)
  const silent = stored({ ...one, metadata: { ...one.metadata, annotations: {} } }, A, one)
  expect(changeIn(silent, B)).toBeUndefined()
})

const NODES = ['a', 'b', 'c'].map((id) => aNode(id))
const dueAt = (nowMs: number, nodes = NODES, revision = 'r'): string[] =>
  nodes
    .filter(({ verdict }) => verdict === 'alive')
    .flatMap(({ id }) => (isDue({ revision, key: KEY, nodes, self: id, sinceMs: 0, nowMs }) ? [id] : []))

test('[ONC3] nothing is written before the contents have been the same for a second', () => {
  expect(dueAt(CALM_MS - 1)).toEqual([])
  expect(dueAt(CALM_MS)).toHaveLength(1)
})

test('[ONC4] one node begins, and each next one follows if nothing has happened', () => {
  expect(dueAt(CALM_MS + TURN_MS)).toHaveLength(2)
  expect(dueAt(CALM_MS + 2 * TURN_MS)).toHaveLength(3)
  const [first] = dueAt(CALM_MS)
  const without = NODES.map(({ id }) => aNode(id, { verdict: id === first ? 'lost' : 'alive' }))
  expect(dueAt(CALM_MS, without)).toHaveLength(1)
  const firsts = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((revision) => dueAt(CALM_MS, NODES, revision)[0])
  expect(new Set(firsts).size).toBeGreaterThan(1)
})

import { expect, test } from 'vitest'
import { podRevision } from './pod-document.ts'
import { prepare } from './prepare.ts'
import { aPod } from './sample.ts'
import { checkManifest, validate, validateUpdate } from './validate.ts'

const KEY = 'core/Pod/default/lone'

test('[OBJ33] a Pod that is well formed may be written', () => {
  expect(checkManifest(KEY, aPod())).toEqual([])
  expect(checkManifest(KEY, aPod({ 'spec.restartPolicy': 'Never' }))).toEqual([])
})

test.each<[what: string, changes: Record<string, unknown>, field: string]>([
  ['no spec', { spec: undefined }, 'spec'],
  ['no containers', { 'spec.containers': [] }, 'spec.containers'],
  ['an image that is none', { 'spec.containers.0.image': 'no image' }, 'spec.containers[0].image'],
  ['a field that Kubernetes does not have', { 'spec.replicas': 3 }, 'spec.replicas'],
  [
    'a mount of no volume',
    { 'spec.containers.0.volumeMounts': [{ name: 'x', mountPath: '/x' }] },
    'spec.containers[0].volumeMounts[0].name',
  ],
  ['a name with capitals', { 'metadata.name': 'Lone' }, 'metadata.name'],
])('[OBJ33] a Pod with %s is refused', (_, changes, field) => {
  expect(checkManifest(KEY, aPod(changes)).map((error) => error.field)).toContain(field)
})

test.each<[what: string, changes: Record<string, unknown>]>([
  ['image', { 'spec.containers.0.image': 'nginx:1.28' }],
  ['grace', { 'spec.terminationGracePeriodSeconds': 5 }],
  ['tolerations', { 'spec.tolerations': [{ operator: 'Exists' }] }],
  ['labels', { 'metadata.labels': { app: 'other' } }],
  ['defaults, written out', { 'spec.restartPolicy': 'Always' }],
])('[OBJ33] of a Pod that is there the %s may change', (_, changes) => {
  expect(validateUpdate(aPod(), aPod(changes))).toEqual([])
})

test.each<[what: string, changes: Record<string, unknown>]>([
  ['command', { 'spec.containers.0.command': ['sleep'] }],
  ['restart policy', { 'spec.restartPolicy': 'Never' }],
  ['node selector', { 'spec.nodeSelector': { disk: 'ssd' } }],
])('[OBJ33] of a Pod that is there the %s may not change', (_, changes) => {
  expect(validateUpdate(aPod(), aPod(changes))).toMatchObject([
    { field: 'spec', reason: 'Forbidden', message: expect.stringContaining('delete the pod and create it anew') },
  ])
})

test('[OBJ33] what comes from other nodes is held to the same rules', () => {
  expect(validate(KEY, aPod({ 'spec.containers.0.image': 'no image' }))).not.toEqual([])
})

const hash = (changes: Record<string, unknown> = {}, uid = 'one'): string => {
  const pod = prepare(aPod(changes), { nowMs: 0 })
  return podRevision({ ...pod, metadata: { ...pod.metadata, uid } }).hash
}

test('[OBJ34] the revision of a Pod is a hash of its spec and its life', () => {
  expect(hash()).toMatch(/^[a-z0-9]{10}$/)
  expect(hash({ 'metadata.labels': { app: 'other' } })).toBe(hash())
  expect(hash({ 'spec.containers.0.image': 'nginx:1.28' })).not.toBe(hash())
  expect(hash({}, 'two')).not.toBe(hash())
})

import { describe, expect, test } from 'vitest'
import { asRead } from '../definitions/custom.ts'
import type { KubeObject } from '../object.ts'
import { deletionPart, isForeground, isMarked, withDeletion } from './deletion.ts'
import { prepare } from './prepare.ts'
import { aDeployment, aNamespace, aPod, aService } from './sample.ts'
import { validate } from './validate.ts'

const NOON_MS = 1_795_262_400_000
const AT_NOON = '2026-11-21T12:00:00Z'

const aConfigMap: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } }
const aCronTab: KubeObject = { apiVersion: 'example.com/v1', kind: 'CronTab', metadata: { name: 'c', namespace: 'default' } } // prettier-ignore

const OBJECTS: readonly (readonly [key: string, object: KubeObject])[] = [
  ['apps/Deployment/default/web', aDeployment()],
  ['core/Service/default/web', aService()],
  ['core/Pod/default/lone', aPod()],
  ['core/Namespace//shop', aNamespace('shop')],
  ['core/ConfigMap/default/c', aConfigMap],
  ['example.com/CronTab/default/c', aCronTab],
]

const internal = (object: KubeObject): unknown => (object['shoal'] as { deletion?: unknown } | undefined)?.deletion

describe.each(OBJECTS)('of %s', (key, object) => {
  test('[FIN2] the mark is stored, read, and kept by who writes the object without it', () => {
    const stored = prepare(withDeletion(object, NOON_MS), { old: object, nowMs: NOON_MS })
    expect(internal(stored)).toEqual({ at: AT_NOON })
    expect(validate(key, stored)).toEqual([])
    const read = asRead({ key, object: stored, life: 1, changedAtMs: 0, heads: [] }).object
    expect(read.metadata).toMatchObject({ deletionTimestamp: AT_NOON, deletionGracePeriodSeconds: key.includes('Pod') ? 30 : 0 }) // prettier-ignore
    expect(internal(read)).toBeUndefined()
    for (const next of [object, read, withDeletion(object, NOON_MS + 60_000)])
      expect(internal(prepare(next, { old: stored, nowMs: NOON_MS }))).toEqual({ at: AT_NOON })
  })

  test('[FIN7] one that is not deleted says nothing of it', () => {
    const stored = prepare(object, { nowMs: NOON_MS })
    expect(JSON.stringify(stored)).not.toContain('deletion')
    expect(deletionPart(stored, stored)).toEqual({})
    expect(asRead({ key, object: stored, life: 1, changedAtMs: 0, heads: [] }).object).toBe(stored)
  })

  test.each([
    ['text', 'noon'],
    ['no time', {}],
    ['a list', []],
    ['a time of the wrong type', { at: 7 }],
    ['an empty time', { at: '' }],
    ['what is no time', { at: 'soon' }],
    ['a time that never was', { at: '2026-13-41T25:61:61Z' }],
    ['a time in parts of seconds', { at: '2026-11-21T12:00:00.123Z' }],
    ['a time of another zone', { at: '2026-11-21T12:00:00+01:00' }],
    ['a megabyte', { at: 'x'.repeat(200_000) }],
  ])('[FIN6] %s is no mark, and refused', (_, deletion) => {
    const shoal = { ...(object['shoal'] as object | undefined), deletion }
    const errors = validate(key, { ...object, shoal })
    expect(errors[0]?.field).toMatch(/^shoal\.deletion/)
    expect(validate(key, { ...object, shoal: { ...shoal, deletion: { at: AT_NOON, newer: 1 } } })).toEqual([])
  })
})

test('[FIN6] an internal part that is none marks nothing', () => {
  const stored = { key: 'core/Service/default/web', object: { ...aService(), shoal: 'x' }, life: 1, changedAtMs: 0, heads: [] } // prettier-ignore
  expect(isMarked(asRead(stored).object)).toBe(false)
})

test('[FIN1] a Node is deleted otherwise: a mark on what is wanted of it means nothing', () => {
  const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, shoal: { deletion: { at: AT_NOON } } }
  const read = asRead({ key: 'core/Node//a', object, life: 1, changedAtMs: 0, heads: [] })
  expect(isMarked(read.object)).toBe(false)
})

test('[FIN12] only what is deleted waits for its dependents', () => {
  const object = { ...aConfigMap, metadata: { ...aConfigMap.metadata, finalizers: ['foregroundDeletion'] } }
  expect([isForeground(object), isForeground(withDeletion(object, NOON_MS)), isForeground(undefined)]).toEqual([false, true, false]) // prettier-ignore
})

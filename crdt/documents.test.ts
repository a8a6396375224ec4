import { describe, expect, test } from 'vitest'
import { forgetOver } from './forgetting.ts'
import type { KubeObject } from './object.ts'
import { container, containers, create, edit, heal, pair, remove, split } from './sides.ts'
import { copyAll, deployment, NOW, stateOf, testReplica, WEB } from './testing.ts'

describe('[DOC1] a written object is read on every node as on its own', () => {
  test('with what is computed: uid, generation, version, creation', () => {
    const [a, b] = split()
    expect(b.replica.get(WEB)).toEqual(a.replica.get(WEB))
    expect(b.replica.get(WEB)?.object).toMatchObject({
      ...deployment(),
      metadata: { name: 'web', namespace: 'default', generation: 1, creationTimestamp: '2026-11-21T00:00:00Z', uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) }, // prettier-ignore
    })
  })
  test('and cannot be changed by who reads it', () => {
    const [a] = split()
    const labels = a.replica.get(WEB)?.object.metadata.labels as Record<string, string>
    expect(() => (labels['app'] = 'x')).toThrow(TypeError)
  })
  test('what is computed or observed is not written', () => {
    const [a] = pair()
    a.replica.put(WEB, { ...deployment(), status: { readyReplicas: 3 } }, { nowMs: NOW, by: 'a', mode: 'create' })
    expect(a.replica.get(WEB)?.object['status']).toBeUndefined()
    const again = a.replica.get(WEB)?.object as KubeObject
    expect(a.replica.put(WEB, again, { nowMs: NOW + 1, by: 'a', mode: 'replace' })).toBeUndefined()
  })
})

describe('[DOC2] edits of different fields on two sides of a split both stand', () => {
  test('of scalars', () => {
    const [a, b] = split()
    edit(a, { replicas: 5 })
    edit(b, { paused: true })
    expect(heal(a, b)).toMatchObject({ replicas: 5, paused: true })
  })
  test('of different containers, and of different fields of one', () => {
    const [a, b] = split()
    edit(a, containers(container('web', 'nginx:2', 80), container('log', 'fluent')))
    edit(b, containers({ ...container('web', 'nginx:1', 80), args: ['-v'] }, container('metrics', 'prom')))
    const { template } = heal(a, b) as { template: { spec: { containers: { name: string }[] } } }
    expect(template.spec.containers.map(({ name }) => name).toSorted()).toEqual(['log', 'metrics', 'web'])
    expect(template.spec.containers[0]).toMatchObject({ name: 'web', image: 'nginx:2', args: ['-v'] })
  })
  test('also where both created the object', () => {
    const [a, b] = pair()
    create(a, { replicas: 2, paused: true })
    create(b, { replicas: 2, minReadySeconds: 9 })
    expect(heal(a, b)).toMatchObject({ replicas: 2, paused: true, minReadySeconds: 9 })
    expect(a.replica.get(WEB)).toMatchObject({ life: 1 })
    expect([...a.told.conflicts, ...b.told.conflicts]).toEqual([])
  })
})

test('[DOC3] of two values of one field the same one stands everywhere, and the other is told of (P6)', () => {
  const [a, b] = split()
  edit(a, { replicas: 5 })
  edit(b, { replicas: 7 })
  const { replicas } = heal(a, b) as { replicas: number }
  const [winner, loser] = replicas === 5 ? ['node-a', 'node-b'] : ['node-b', 'node-a']
  const expected = {
    key: WEB,
    cause: 'field',
    path: '/spec/replicas',
    winner: { author: winner },
    loser: { author: loser },
  }
  expect(a.told.conflicts).toMatchObject([expected])
  expect(b.told.conflicts).toMatchObject([expected])
  expect(a.replica.conflicts(WEB)).toMatchObject([expected])
  edit(a, { replicas: 9 })
  heal(a, b)
  expect(a.replica.conflicts(WEB)).toEqual([])
})

test('[DOC4] removing a container beats an edit inside it, and the editor is told', () => {
  const [a, b] = split()
  edit(a, containers(container('web', 'nginx:1', 80), container('log', 'fluent')))
  heal(a, b)
  edit(a, containers(container('web', 'nginx:1', 80)))
  edit(b, containers(container('web', 'nginx:1', 80), container('log', 'fluent:2')))
  expect(heal(a, b)).toMatchObject(containers({ name: 'web' }))
  const lost = {
    cause: 'field',
    path: '/spec/template/spec/containers/log/image',
    winner: { author: 'node-a' },
    loser: { author: 'node-b' },
  }
  for (const { told } of [a, b]) expect(told.conflicts).toMatchObject([lost])
  edit(a, containers(container('web', 'nginx:1', 80), container('log', 'vector')))
  expect(heal(a, b)).toMatchObject(containers({ name: 'web' }, { name: 'log', image: 'vector' }))
})

describe('[DOC5] a merge that is not valid is read at its greatest head alone', () => {
  test('two containers that take one port', () => {
    const [a, b] = split()
    edit(a, containers(container('web', 'nginx:1', 80), container('one', 'x', 99)), NOW + 1)
    edit(b, containers(container('web', 'nginx:1', 80), container('two', 'y', 99)), NOW + 2)
    expect(heal(a, b)).toMatchObject(containers({ name: 'web' }, { name: 'two' }))
    const lost = { cause: 'invalid', path: '', winner: { author: 'node-b' }, loser: { author: 'node-a' } }
    for (const { told } of [a, b]) expect(told.conflicts).toContainEqual(expect.objectContaining({ cause: 'invalid' }))
    expect(a.told.conflicts.find(({ cause }) => cause === 'invalid')).toMatchObject(lost)
  })
  test('and is settled by the next edit, which sees all of it', () => {
    const [a, b] = split()
    edit(a, containers(container('web', 'nginx:1', 80), container('one', 'x', 99)), NOW + 1)
    edit(b, containers(container('web', 'nginx:1', 80), container('two', 'y', 99)), NOW + 2)
    heal(a, b)
    edit(a, { replicas: 4 }, NOW + 3)
    expect(heal(a, b)).toMatchObject({ replicas: 4, ...containers({ name: 'web' }, { name: 'two' }) })
    expect(a.replica.heads().get(WEB)).toHaveLength(1)
  })
})

describe('[LIFE1] a delete is final, also against an edit that had not seen it (P9)', () => {
  test('and the editor is told', () => {
    const [a, b] = split()
    remove(a)
    edit(b, { replicas: 9 })
    expect(heal(a, b)).toBeUndefined()
    const lost = { cause: 'deleted', path: '', winner: { author: 'node-a' }, loser: { author: 'node-b' } }
    for (const { told } of [a, b]) expect(told.conflicts).toMatchObject([lost])
  })
  test('an edit of the deleted life does not touch the next one', () => {
    const [a, b] = split()
    const uid = a.replica.get(WEB)?.object.metadata.uid
    remove(a)
    create(a, { replicas: 1 })
    edit(b, { replicas: 9 })
    expect(heal(a, b)).toMatchObject({ replicas: 1 })
    expect(a.replica.get(WEB)).toMatchObject({ life: 2 })
    expect(a.replica.get(WEB)?.object.metadata.uid).not.toBe(uid)
  })
  test('deleting on both sides and creating again on both is one new life, merged', () => {
    const [a, b] = split()
    for (const side of [a, b]) remove(side)
    create(a, { paused: true })
    create(b, { minReadySeconds: 9 })
    expect(heal(a, b)).toMatchObject({ paused: true, minReadySeconds: 9 })
    expect(a.replica.get(WEB)).toMatchObject({ life: 2, object: { metadata: { generation: 2 } } })
  })
  test('the longer row of lives stands', () => {
    const [a, b] = split()
    for (const replicas of [1, 2]) {
      remove(a)
      create(a, { replicas })
    }
    remove(b)
    create(b, { replicas: 7 })
    expect(heal(a, b)).toMatchObject({ replicas: 2 })
    expect(a.replica.get(WEB)).toMatchObject({ life: 3 })
  })
})

test('[LIFE2] concurrent creations agree on the uid; another life, name or cluster has another', () => {
  const [a, b] = pair()
  for (const side of [a, b]) create(side)
  const uid = a.replica.get(WEB)?.object.metadata.uid
  expect(b.replica.get(WEB)?.object.metadata.uid).toBe(uid)
  const elsewhere = testReplica({ name: 'a', clusterId: 'elsewhere' })
  create(elsewhere)
  expect(elsewhere.replica.get(WEB)?.object.metadata.uid).not.toBe(uid)
})

test('[LIFE3] a tombstone is kept for 30 days, and then the document is forgotten', () => {
  const [a] = pair()
  const deleted = () => a.replica.isDeleted(WEB)
  expect(deleted()).toBe(false)
  create(a)
  expect(deleted()).toBe(false)
  remove(a)
  expect(deleted()).toBe(true)
  const day = 86_400_000
  a.replica.expire(NOW + 29 * day)
  expect(a.replica.digest().documents).toBe(1)
  a.replica.expire(NOW + 31 * day)
  expect(a.replica.digest()).toMatchObject({ documents: 0, root: testReplica({ name: 'c' }).replica.digest().root })
  expect([...a.replica.envelopes()]).toEqual([])
})

test('[LIFE3] of very many tombstones the newest are kept, the same everywhere, so that objects may come and go for ever', () => {
  const [a, b] = pair()
  const keys = Array.from({ length: 15 }, (_, index) => `apps/Deployment/default/web-${index}` as const)
  const named = (name: string) => ({ ...deployment(), metadata: { ...deployment().metadata, name } })
  a.replica.put('apps/Deployment/default/lasting', named('lasting'), { nowMs: NOW, by: 'a', mode: 'create' })
  for (const [at, key] of keys.entries()) {
    a.replica.put(key, named(`web-${at}`), { nowMs: NOW + at, by: 'a', mode: 'create' })
    a.replica.remove(key, { nowMs: NOW + at, by: 'a' })
  }
  copyAll(a.replica, b.replica, NOW + keys.length)
  for (const { replica } of [a, b]) {
    forgetOver(replica.state, NOW + keys.length, 10)
    expect([...replica.objects()].map(({ object }) => object.metadata.name)).toEqual(['lasting'])
    const kept = keys.map((key) => replica.heads().has(key))
    expect(kept).toEqual(keys.map((_, index) => index >= 5))
  }
  expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
})

describe('[VER1] resourceVersions are decimal, below 2^63, alike everywhere, and grow as an object is edited', () => {
  test('within one millisecond, and against a clock that goes back', () => {
    const [a, b] = split()
    let before = BigInt(a.replica.get(WEB)?.object.metadata.resourceVersion ?? '')
    for (const [at, nowMs] of [NOW, NOW, NOW - 5000, NOW, NOW + 1, NOW].entries()) {
      edit(a, { replicas: at + 10 }, nowMs)
      const version = a.replica.get(WEB)?.object.metadata.resourceVersion ?? ''
      expect(version).toMatch(/^[1-9][0-9]{0,18}$/)
      expect(BigInt(version)).toBeLessThan(2n ** 63n)
      expect(BigInt(version)).toBeGreaterThan(before)
      before = BigInt(version)
    }
    heal(a, b)
  })
  test('the generation counts changes of the spec', () => {
    const [a] = split()
    edit(a, { replicas: 4 })
    edit(a, { replicas: 5 })
    const labelled = { ...(a.replica.get(WEB)?.object as KubeObject), metadata: { name: 'web', labels: { x: 'y' } } }
    a.replica.put(WEB, labelled, { nowMs: NOW, by: 'a', mode: 'replace' })
    expect(a.replica.get(WEB)?.object.metadata.generation).toBe(3)
  })
})

test('[DOC6] documents sleep and wake without a trace', () => {
  const a = testReplica({ name: 'a' })
  const key = (at: number): string => `apps/Deployment/default/web${at}`
  for (let at = 0; at < 200; at++)
    a.replica.put(key(at), deployment({}, `web${at}`), { nowMs: NOW, by: 'a', mode: 'create' })
  const awake = [...a.replica.state.documents.all()].filter((document) => document.isAwake)
  expect(awake).toHaveLength(128)
  for (let at = 0; at < 200; at++)
    a.replica.put(key(at), deployment({ replicas: 9 }, `web${at}`), { nowMs: NOW, by: 'a', mode: 'replace' })
  const b = testReplica({ name: 'b' })
  copyAll(a.replica, b.replica)
  expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
})

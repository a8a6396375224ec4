import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Envelope } from './envelope.ts'
import type { KubeObject } from './object.ts'
import type { Replica } from './replica.ts'
import type { WriteRefused } from './receipt.ts'
import { copyAll, deployment, NOW, podFact, stateOf, testReplica, type TestReplica, WEB } from './testing.ts'

function pair(): [TestReplica, TestReplica] {
  return [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
}

function create({ replica, self }: TestReplica, spec = {}, nowMs = NOW): Envelope | undefined {
  return replica.put(WEB, deployment(spec), { nowMs, by: self.node, mode: 'create' })
}

function edit({ replica, self }: TestReplica, spec: object, nowMs = NOW): Envelope | undefined {
  const before = replica.get(WEB)?.object as KubeObject
  const next = { ...before, spec: { ...(before['spec'] as object), ...spec } }
  return replica.put(WEB, next, { nowMs, by: self.node, mode: 'replace' })
}

function remove({ replica, self }: TestReplica, nowMs = NOW): Envelope {
  return replica.remove(WEB, { nowMs, by: self.node })
}

/** Both ways, and they must read alike. */
function heal(a: TestReplica, b: TestReplica): unknown {
  copyAll(a.replica, b.replica)
  copyAll(b.replica, a.replica)
  expect(stateOf(a.replica)).toEqual(stateOf(b.replica))
  return a.replica.get(WEB)?.object['spec']
}

function split(): [TestReplica, TestReplica] {
  const [a, b] = pair()
  create(a)
  heal(a, b)
  return [a, b]
}

const container = (name: string, image: string, port?: number): object => ({
  name,
  image,
  ...(port === undefined ? {} : { ports: [{ containerPort: port }] }),
})

function containers(...list: object[]): object {
  return { template: { metadata: { labels: { app: 'web' } }, spec: { containers: list } } }
}

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
  create(a)
  remove(a)
  const day = 86_400_000
  a.replica.expire(NOW + 29 * day)
  expect(a.replica.digest().documents).toBe(1)
  a.replica.expire(NOW + 31 * day)
  expect(a.replica.digest()).toMatchObject({ documents: 0, root: testReplica({ name: 'c' }).replica.digest().root })
  expect([...a.replica.envelopes()]).toEqual([])
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

describe('[WR1] a local write that is refused changes nothing and says why', () => {
  const cases: [string, WriteRefused['code'], (side: TestReplica) => unknown][] = [
    ['creating what exists', 'already-exists', (a) => create(a)],
    [
      'replacing what does not exist',
      'not-found',
      ({ replica }) =>
        replica.put('apps/Deployment/default/no', deployment({}, 'no'), { nowMs: NOW, by: 'a', mode: 'replace' }),
    ],
    [
      'removing what does not exist',
      'not-found',
      ({ replica }) => replica.remove('apps/Deployment/default/no', { nowMs: NOW, by: 'a' }),
    ],
    [
      'another version',
      'conflict',
      ({ replica }) => replica.put(WEB, deployment(), { nowMs: NOW, by: 'a', mode: 'replace', ifVersion: '1' }),
    ],
    ['another uid', 'conflict', ({ replica }) => replica.remove(WEB, { nowMs: NOW, by: 'a', ifUid: 'x' })],
    ['an invalid field', 'invalid', (a) => edit(a, { replicas: -1 })],
    ['a reserved name', 'invalid', (a) => edit(a, { constructor: 1 })],
    [
      'another name than the address says',
      'invalid',
      ({ replica }) => replica.put(WEB, deployment({}, 'other'), { nowMs: NOW, by: 'a', mode: 'replace' }),
    ],
    [
      'an address that is none',
      'invalid',
      ({ replica }) => replica.put('web', deployment(), { nowMs: NOW, by: 'a', mode: 'create' }),
    ],
    [
      'more than 4,096 fields',
      'invalid',
      (a) => edit(a, { x: Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, 1])) }),
    ],
  ]
  test.each(cases)('%s: %s', (_, code, write) => {
    const [a] = split()
    const before = stateOf(a.replica)
    expect(() => write(a)).toThrow(expect.objectContaining({ code, name: 'WriteRefused' }))
    expect(stateOf(a.replica)).toEqual(before)
  })
  test('an invalid field is named', () => {
    const [a] = split()
    expect(() => edit(a, { replicas: -1 })).toThrow(
      'apps/Deployment/default/web is not valid: spec.replicas is no number from 0 to 1000.',
    )
  })
  test('an object that no envelope holds is too large', () => {
    const [a] = pair()
    const random = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`k${at}`, textNoise(15_000, at)]))
    expect(() => create(a, { random })).toThrow(expect.objectContaining({ code: 'too-large' }))
    expect(a.replica.get(WEB)).toBeUndefined()
  })
})

function textNoise(chars: number, seed: number): string {
  let state = seed + 1
  return Array.from({ length: chars }, () =>
    String.fromCharCode(33 + ((state = (state * 48_271) % 2_147_483_647) % 90)),
  ).join('')
}

test('[WR2] nothing differs, nothing is written', () => {
  const [a] = split()
  expect(edit(a, { replicas: 3 })).toBeUndefined()
})

test('[WR3] who asked for a change is kept with it', () => {
  const [a, b] = split()
  a.replica.put(WEB, deployment({ replicas: 9 }), { nowMs: NOW + 5, by: 'ada', mode: 'replace' })
  heal(a, b)
  expect(b.replica.history(WEB)).toMatchObject([
    { author: 'node-a', by: 'node-a', does: 'create', life: 1 },
    { author: 'node-a', by: 'ada', does: 'edit', timeMs: NOW + 5 },
  ])
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

// ---- properties

type Step = { readonly side: number; readonly does: 'create' | 'remove' | 'record' | 'heal'; readonly value: number } | { readonly side: number; readonly does: 'edit'; readonly field: string; readonly value: number } // prettier-ignore

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ side: fc.nat(2), does: fc.constant('edit' as const), field: fc.constantFrom('replicas', 'paused', 'web', 'log', 'port'), value: fc.nat(3) }), // prettier-ignore
  fc.record({
    side: fc.nat(2),
    does: fc.constantFrom('create' as const, 'remove' as const, 'record' as const, 'heal' as const),
    value: fc.nat(3),
  }),
)

/** Three sides act by themselves and hear of one another now and then. Gives all envelopes in the order of their making. */
function play(steps: readonly Step[]): { sides: TestReplica[]; envelopes: Envelope[] } {
  const sides = ['a', 'b', 'c'].map((name) => testReplica({ name }))
  const envelopes: (Envelope | undefined)[] = []
  for (const [at, one] of steps.entries()) {
    const side = sides[one.side] as TestReplica
    const nowMs = NOW + at * (one.value - 1)
    const lives = side.replica.get(WEB) !== undefined
    if (one.does === 'create' && !lives) envelopes.push(create(side, { replicas: one.value }, nowMs))
    else if (one.does === 'remove' && lives) envelopes.push(remove(side, nowMs))
    else if (one.does === 'edit' && lives) envelopes.push(edit(side, specOf(one.field, one.value), nowMs))
    else if (one.does === 'record')
      envelopes.push(side.replica.record(`pod/${one.value}`, at % 5 === 0 ? undefined : podFact(`${at}`), { nowMs }))
    else if (one.does === 'heal') copyAll(side.replica, (sides[(one.side + 1) % 3] as TestReplica).replica, nowMs)
  }
  return { sides, envelopes: envelopes.filter((envelope) => envelope !== undefined) }
}

function specOf(field: string, value: number): object {
  if (field === 'replicas') return { replicas: value }
  if (field === 'paused') return { paused: value > 1 }
  if (field === 'port') return containers(container('web', 'nginx:1', 80), container(`p${value}`, 'x', 99))
  return containers(
    container('web', field === 'web' ? `nginx:${value}` : 'nginx:1', 80),
    ...(field === 'log' ? [container('log', `l${value}`)] : []),
  )
}

function deliver(envelopes: readonly Envelope[], name: string): Replica {
  const { replica } = testReplica({ name })
  for (const { bytes } of envelopes) replica.receive(bytes, NOW)
  for (let left = envelopes.length; left > 0 && replica.expire(NOW).length > 0; left--);
  return replica
}

test('[DET1] replicas that got the same envelopes agree, in whatever order and however often they came (P7)', () => {
  const runs = fc.array(step, { minLength: 3, maxLength: 25 }).chain((steps) => {
    const { envelopes } = play(steps)
    return fc.tuple(
      fc.constant(envelopes),
      fc.shuffledSubarray([...envelopes, ...envelopes], { minLength: 2 * envelopes.length }),
    )
  })
  fc.assert(
    fc.property(runs, ([inOrder, shuffled]) => {
      const expected = stateOf(deliver(inOrder, 'd'))
      expect(stateOf(deliver(shuffled, 'd'))).toEqual(expected)
      expect(stateOf(deliver(inOrder.toReversed(), 'a'))).toEqual(expected)
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('[LIFE4] whatever else happens, a deleted life never comes back, and lives only grow (P9)', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
      const { envelopes } = play(steps)
      const { replica, told } = testReplica({ name: 'd' })
      for (const { bytes } of envelopes) replica.receive(bytes, NOW)
      let life = 0
      let isDead = false
      for (const [key, stored] of told.objects) {
        if (key !== WEB) continue
        if (stored === undefined) isDead = true
        else {
          expect(stored.life).toBeGreaterThanOrEqual(isDead ? life + 1 : life)
          life = stored.life
          isDead = false
        }
      }
    }),
    { numRuns: 60 },
  )
}, 60_000)

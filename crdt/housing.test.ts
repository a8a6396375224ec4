import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forged, refusedBy } from './attacks.ts'
import { GOOD_TEXTS, operationsOf } from './hostile.ts'
import { TOMBSTONE_MS } from './limits.ts'
import type { KubeObject } from './object.ts'
import { copyAll, deployment, NOW, stateOf, testReplica, type TestReplica } from './testing.ts'

const TEAM = 'core/Namespace//team'
const WEB_OF_TEAM = 'apps/Deployment/team/web'
const IN_DEFAULT = 'apps/Deployment/default/web'
const DEFAULT = 'core/Namespace//default'

function namespace(name = 'team'): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

function web(spec = {}, inside = 'team'): KubeObject {
  const object = deployment(spec)
  return { ...object, metadata: { ...object.metadata, namespace: inside } }
}

function put({ replica, self }: TestReplica, key: string, object: KubeObject, nowMs = NOW): void {
  replica.put(key, object, { nowMs, by: self.node, mode: replica.get(key) === undefined ? 'create' : 'replace' })
}

function remove({ replica, self }: TestReplica, key: string, nowMs = NOW): void {
  replica.remove(key, { nowMs, by: self.node })
}

/** Two sides that have the namespace. */
function split(): [TestReplica, TestReplica] {
  const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
  put(a, TEAM, namespace())
  copyAll(a.replica, b.replica)
  return [a, b]
}

function heal(a: TestReplica, b: TestReplica): void {
  copyAll(a.replica, b.replica)
  copyAll(b.replica, a.replica)
  expect(stateOf(a.replica)).toEqual(stateOf(b.replica))
}

describe('[LIFE5] an object lives no longer than the life of its namespace that it was created in', () => {
  test('also where the other side created it while the namespace was deleted', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(b, WEB_OF_TEAM, web())
    heal(a, b)
    expect(a.replica.get(WEB_OF_TEAM)).toBeUndefined()
    expect([...b.replica.objects()]).toEqual([])
  })
  test('and does not come back with the next life of the namespace', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(a, TEAM, namespace())
    put(b, WEB_OF_TEAM, web())
    heal(a, b)
    expect(a.replica.get(TEAM)).toMatchObject({ life: 2 })
    expect(a.replica.get(WEB_OF_TEAM)).toBeUndefined()
  })
  test('waits for its namespace where it comes first', () => {
    const [a] = split()
    put(a, WEB_OF_TEAM, web())
    const { replica, told } = testReplica({ name: 'c' })
    for (const { bytes } of a.replica.envelopes({ key: WEB_OF_TEAM })) replica.receive(bytes, NOW)
    expect(replica.get(WEB_OF_TEAM)).toBeUndefined()
    expect(() => put({ replica, told, self: a.self }, WEB_OF_TEAM, web())).toThrow('has yet to hear of')
    copyAll(a.replica, replica)
    expect(stateOf(replica)).toEqual(stateOf(a.replica))
    expect(told.objects.at(-1)?.[1]?.object).toEqual(a.replica.get(WEB_OF_TEAM)?.object)
  })
  test('lives on in a namespace that nobody ever wrote', () => {
    const { replica } = testReplica({ name: 'a' })
    replica.put(IN_DEFAULT, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })
    expect(replica.get(IN_DEFAULT)).toMatchObject({ life: 1 })
  })
  test('`default` is always there: what is created after it was deleted lives', () => {
    const side = testReplica({ name: 'a' })
    put(side, DEFAULT, namespace('default'))
    put(side, IN_DEFAULT, web({}, 'default'))
    remove(side, DEFAULT)
    expect(side.replica.get(IN_DEFAULT)).toBeUndefined()
    put(side, IN_DEFAULT, web({}, 'default'))
    expect(side.replica.get(IN_DEFAULT)).toMatchObject({ life: 2 })
    put(side, DEFAULT, namespace('default'))
    expect(side.replica.get(IN_DEFAULT)).toMatchObject({ life: 2 })
  })
})

describe('[LIFE6] what is in a namespace is read anew when that begins another life or ends, and the listener is told', () => {
  test('when its tombstone comes', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(b, WEB_OF_TEAM, web())
    copyAll(a.replica, b.replica)
    expect(b.told.objects.slice(-2)).toEqual([
      [TEAM, undefined],
      [WEB_OF_TEAM, undefined],
    ])
  })
  test('after a restart, in whatever order the log has it', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(b, WEB_OF_TEAM, web())
    heal(a, b)
    const log = [...a.replica.envelopes()]
    for (const order of [log, log.toReversed()]) {
      const { replica } = testReplica({ name: 'a', incarnation: 2 })
      replica.replay(
        [...order, ...order].map(({ bytes }) => bytes),
        NOW,
      )
      expect(stateOf(replica)).toEqual(stateOf(a.replica))
    }
  })
  test('after the history of both was cut', () => {
    const [a, b] = split()
    put(a, WEB_OF_TEAM, web())
    for (let at = 0; at < 210; at++) {
      put(a, WEB_OF_TEAM, web({ replicas: at }))
      put(a, TEAM, { ...namespace(), metadata: { name: 'team', labels: { at: `${at}` } } })
    }
    heal(a, b)
    for (const key of [TEAM, WEB_OF_TEAM]) expect(a.replica.compact(key, { stable: true, nowMs: NOW })).toBeDefined()
    heal(a, b)
    const before = a.replica.get(WEB_OF_TEAM)
    expect(before).toMatchObject({ life: 1, object: { spec: { replicas: 209 } } })
    remove(b, TEAM, NOW + 1)
    heal(a, b)
    expect(a.replica.get(WEB_OF_TEAM)).toBeUndefined()
    put(a, TEAM, namespace(), NOW + 2)
    put(a, WEB_OF_TEAM, web(), NOW + 2)
    heal(a, b)
    expect(b.replica.get(WEB_OF_TEAM)).toMatchObject({ life: 2, object: { spec: { replicas: 3 } } })
    expect(b.replica.get(WEB_OF_TEAM)?.object.metadata.uid).not.toBe(before?.object.metadata.uid)
  })
})

describe('[LIFE7] what died with a namespace is forgotten with it', () => {
  const later = NOW + 3_600_000

  test('not before, and it does not come back', () => {
    const [a, b] = split()
    remove(a, TEAM, NOW)
    put(b, WEB_OF_TEAM, web(), later)
    copyAll(b.replica, a.replica, later)
    a.replica.expire(NOW + TOMBSTONE_MS)
    expect(a.replica.heads().size).toBe(2)
    a.replica.expire(later + TOMBSTONE_MS)
    expect(a.replica.heads().size).toBe(0)
    for (const { bytes } of b.replica.envelopes({ key: WEB_OF_TEAM })) a.replica.receive(bytes, later + TOMBSTONE_MS)
    expect(a.replica.get(WEB_OF_TEAM)).toBeUndefined()
    a.replica.expire(later + TOMBSTONE_MS)
    expect(a.replica.heads().size).toBe(0)
  })
  test('and where the namespace lives again, 30 days after its object died', () => {
    const [a, b] = split()
    put(b, WEB_OF_TEAM, web(), NOW)
    remove(a, TEAM, later)
    put(a, TEAM, namespace(), later)
    copyAll(b.replica, a.replica, later)
    a.replica.expire(NOW + TOMBSTONE_MS)
    expect(a.replica.heads().size).toBe(2)
    a.replica.expire(later + TOMBSTONE_MS + 1)
    expect([...a.replica.heads().keys()]).toEqual([TEAM])
  })
})

describe('[LIFE8] of the lives of an object the one in the latest life of its namespace counts', () => {
  test('to create the name in the next life of the namespace begins the next life of the object', () => {
    const [a, b] = split()
    put(b, WEB_OF_TEAM, web())
    const uid = b.replica.get(WEB_OF_TEAM)?.object.metadata.uid
    remove(a, TEAM)
    put(a, TEAM, namespace())
    heal(a, b)
    put(a, WEB_OF_TEAM, web({ replicas: 5 }))
    heal(a, b)
    expect(b.replica.get(WEB_OF_TEAM)).toMatchObject({ life: 2, object: { spec: { replicas: 5 } } })
    expect(b.replica.get(WEB_OF_TEAM)?.object.metadata.uid).not.toBe(uid)
  })
  test('one side creates it in the next life of the namespace, the other meanwhile in the last one', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(a, TEAM, namespace())
    put(a, WEB_OF_TEAM, web())
    const { uid } = a.replica.get(WEB_OF_TEAM)?.object.metadata ?? {}
    put(b, WEB_OF_TEAM, web())
    remove(b, WEB_OF_TEAM)
    put(b, WEB_OF_TEAM, web({ replicas: 7 }))
    expect(b.replica.get(WEB_OF_TEAM)).toMatchObject({ life: 2 })
    heal(a, b)
    expect(b.replica.get(WEB_OF_TEAM)).toMatchObject({ life: 1, object: { metadata: { uid } } })
    remove(a, WEB_OF_TEAM)
    heal(a, b)
    put(b, WEB_OF_TEAM, web())
    heal(a, b)
    expect(a.replica.get(WEB_OF_TEAM)).toMatchObject({ life: 3 })
  })
  test('where both sides created life 1, it is of the later life of the namespace', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(a, TEAM, namespace())
    put(a, WEB_OF_TEAM, web())
    put(b, WEB_OF_TEAM, web())
    const uids = [a, b].map(({ replica }) => replica.get(WEB_OF_TEAM)?.object.metadata.uid)
    heal(a, b)
    expect(b.replica.get(WEB_OF_TEAM)).toMatchObject({ life: 1, object: { metadata: { uid: uids[0] } } })
    expect(uids[1]).not.toBe(uids[0])
  })
  test('nothing is created in a namespace that is gone', () => {
    const [a] = split()
    remove(a, TEAM)
    expect(() => put(a, WEB_OF_TEAM, web())).toThrow('the namespace team was deleted')
  })
})

describe('[LIFE9] whoever wrote an object that went with its namespace is told', () => {
  const soon = NOW + 10_000

  test('with who deleted that', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(b, WEB_OF_TEAM, web())
    heal(a, b)
    for (const { replica, told } of [a, b]) {
      replica.expire(soon - 1)
      expect(told.conflicts).toEqual([])
      replica.expire(soon)
      replica.expire(soon + 1)
      expect(told.conflicts).toMatchObject([
        { key: WEB_OF_TEAM, cause: 'namespace', winner: { author: 'node-a' }, loser: { author: 'node-b' } },
      ])
    }
  })
  test('but not of what the deletion of the namespace took along itself, in whatever order that came', () => {
    const [a, b] = split()
    put(a, WEB_OF_TEAM, web())
    copyAll(a.replica, b.replica)
    remove(a, WEB_OF_TEAM)
    remove(a, TEAM)
    for (const { bytes } of [...a.replica.envelopes()].toReversed()) b.replica.receive(bytes, NOW)
    b.replica.expire(soon)
    expect(b.told.conflicts).toEqual([])
  })
  test('and not again after a restart', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(b, WEB_OF_TEAM, web())
    heal(a, b)
    const { replica, told } = testReplica({ name: 'a', incarnation: 2 })
    replica.replay(
      [...a.replica.envelopes()].map(({ bytes }) => bytes),
      NOW,
    )
    replica.expire(soon)
    expect(told.conflicts).toEqual([])
  })
})

describe('[GATE27] what a marker says of the namespace is checked', () => {
  const marked = (within: string, key = WEB_OF_TEAM): Uint8Array =>
    forged({
      body: { key },
      change: { operations: operationsOf({ ...GOOD_TEXTS, '1:': `{"at":${NOW},"in":${within}}` }) },
    })
  test.each(['0', '-1', '01', '1.5', '1000000', '"1"', 'null', '1,"in":2', '[1]'])('its life cannot be %s', (within) =>
    refusedBy('GATE13', marked(within)),
  )
  test('no life of a namespace for what is in none', () => refusedBy('GATE13', marked('1', TEAM)))
  test('the next life of an object begins in no earlier life of the namespace', () => {
    const [a, b] = split()
    remove(a, TEAM)
    put(a, TEAM, namespace())
    put(a, WEB_OF_TEAM, web())
    remove(a, WEB_OF_TEAM)
    copyAll(a.replica, b.replica)
    const [head = ''] = b.replica.heads().get(WEB_OF_TEAM) ?? []
    const again = (within: string): unknown => {
      const texts = { ...GOOD_TEXTS, '1:': undefined, '2:': `{"at":${NOW}${within}}` }
      const operations = operationsOf(texts).flatMap(({ key, text }) =>
        text === undefined ? [] : [{ key: key.replace(/^1:/, '2:'), text, predecessors: [] }],
      )
      const startOp = 1 + Math.max(...opMaxes(b))
      return b.replica.receive(
        forged({ body: { key: WEB_OF_TEAM }, change: { startOp, deps: [head], operations } }),
        NOW,
      )
    }
    for (const within of ['', ',"in":1']) expect(again(within)).toMatchObject({ verdict: 'refused', rule: 'GATE16' })
    expect(again(',"in":2')).toMatchObject({ verdict: 'new' })
  })
  test('an object that lives is not created again in the same life of the namespace', () => {
    const [a] = split()
    put(a, WEB_OF_TEAM, web())
    const [head = ''] = a.replica.heads().get(WEB_OF_TEAM) ?? []
    const creation = operationsOf({ '2:': `{"at":${NOW},"in":1}`, '2:/apiVersion': '"apps/v1"' })
    const startOp = 1 + Math.max(...opMaxes(a))
    const bytes = forged({ body: { key: WEB_OF_TEAM }, change: { startOp, deps: [head], operations: creation } })
    expect(a.replica.receive(bytes, NOW)).toMatchObject({ verdict: 'refused', rule: 'GATE16' })
  })
})

function opMaxes({ replica }: TestReplica): number[] {
  return [...(replica.state.documents.get(WEB_OF_TEAM)?.changes() ?? [])].map(({ opMax }) => opMax)
}

// ---- any order

type Step = { readonly side: number; readonly does: 'namespace' | 'web' | 'heal'; readonly isRemoval: boolean }

const step: fc.Arbitrary<Step> = fc.record({
  side: fc.nat(2),
  does: fc.constantFrom('namespace' as const, 'web' as const, 'web' as const, 'heal' as const),
  isRemoval: fc.boolean(),
})

/** Three sides make and delete a namespace and what is in it, and hear of one another now and then. */
function play(steps: readonly Step[]): Uint8Array[] {
  const sides = ['a', 'b', 'c'].map((name) => testReplica({ name }))
  for (const [at, { side: number, does, isRemoval }] of steps.entries()) {
    const side = sides[number] as TestReplica
    const nowMs = NOW + at
    const hasTeam = side.replica.get(TEAM) !== undefined
    const hasWeb = side.replica.get(WEB_OF_TEAM) !== undefined
    if (does === 'heal') copyAll((sides[(number + 1) % 3] as TestReplica).replica, side.replica, nowMs)
    else if (does === 'namespace' && isRemoval === hasTeam) {
      if (isRemoval) remove(side, TEAM, nowMs)
      else put(side, TEAM, namespace(), nowMs)
    } else if (does === 'web' && isRemoval && hasWeb) remove(side, WEB_OF_TEAM, nowMs)
    else if (does === 'web' && !isRemoval && hasTeam && !isWaiting(side))
      put(side, WEB_OF_TEAM, web({ replicas: at }), nowMs)
  }
  const envelopes = sides.flatMap(({ replica }) => [...replica.envelopes()])
  return [...new Map(envelopes.map(({ hash, bytes }) => [hash, bytes])).values()]
}

function isWaiting({ replica }: TestReplica): boolean {
  return replica.state.documents.get(WEB_OF_TEAM)?.housing === 'waiting'
}

function deliver(envelopes: readonly Uint8Array[]): TestReplica {
  const side = testReplica({ name: 'd' })
  for (let round = 0; round < 2; round++) for (const bytes of envelopes) side.replica.receive(bytes, NOW)
  for (let left = envelopes.length; left > 0 && side.replica.expire(NOW).length > 0; left--);
  return side
}

test('[CONV1, LIFE4, LIFE5] with namespaces too any order gives the same state, and no life that died comes back', () => {
  const runs = fc.array(step, { minLength: 4, maxLength: 30 }).chain((steps) => {
    const envelopes = play(steps)
    return fc.tuple(fc.constant(envelopes), fc.shuffledSubarray(envelopes, { minLength: envelopes.length }))
  })
  fc.assert(
    fc.property(runs, ([inOrder, shuffled]) => {
      const expected = stateOf(deliver(inOrder).replica)
      const other = deliver(shuffled)
      expect(stateOf(other.replica)).toEqual(expected)
      const dead = new Set<string | undefined>()
      let uid: string | undefined
      for (const [key, stored] of other.told.objects) {
        if (key !== WEB_OF_TEAM) continue
        const now = stored?.object.metadata.uid
        if (now !== uid) dead.add(uid)
        if (now !== undefined) expect(dead).not.toContain(now)
        uid = now
      }
    }),
    { numRuns: 150 },
  )
}, 60_000)

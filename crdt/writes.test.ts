import { describe, expect, test } from 'vitest'
import type { WriteRefused } from './receipt.ts'
import { create, edit, heal, pair, split } from './sides.ts'
import { deployment, NOW, stateOf, type TestReplica, WEB } from './testing.ts'

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

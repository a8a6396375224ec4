import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Asker, NOON_MS, OTHER, SELF, type Loose } from '../testing.ts'
import { Appliers, CONFIG_MAPS, configMap } from './testing.ts'

const CM = `${CONFIG_MAPS}/c`
const KEY = 'core/ConfigMap/default/c'
const MERGE = 'application/merge-patch+json'

const sides = (): [Appliers, Appliers] => [
  new Appliers(new Asker(NOON_MS, SELF)),
  new Appliers(new Asker(NOON_MS, OTHER)),
]

/** Each hears all of the other; they must show the same. */
async function heal(one: Appliers, other: Appliers): Promise<Loose> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    // prettier-ignore
    for (const { bytes } of from.asker.backend.replica.envelopes())
      to.asker.backend.replica.receive(bytes, to.asker.backend.nowMs + 1_000)
  const [left, right] = [await one.shown(), await other.shown()]
  expect(left).toEqual(right)
  return left
}

const began = async (data: Loose): Promise<[Appliers, Appliers]> => {
  const [left, right] = sides()
  await left.data('a', data)
  await heal(left, right)
  return [left, right]
}

describe('[SSA30] one manager on two sides', () => {
  test('has what it applied on both, and next leaves out what it leaves out', async () => {
    const [left, right] = await began({ base: '1' })
    await left.data('a', { base: '1', l: '1' })
    await right.data('a', { base: '1', r: '1' })
    const shown = await heal(left, right)
    expect(shown.data).toEqual({ base: '1', l: '1', r: '1' })
    expect(await right.has('a')).toEqual(['/f:data/f:base', '/f:data/f:l', '/f:data/f:r'])
    expect((await right.data('a', { base: '1' })).value.data).toEqual({ base: '1' })
    await heal(left, right)
    expect(await left.has('a')).toEqual(['/f:data/f:base'])
  })

  test('is no conflict between the nodes', async () => {
    const [left, right] = await began({ base: '1' })
    await left.data('a', { base: '1', l: '1' })
    await right.data('a', { base: '1', r: '1' })
    await heal(left, right)
    expect(left.asker.backend.replica.conflicts(KEY)).toEqual([])
    expect([left, right].flatMap(({ asker }) => asker.backend.conflictsTold)).toEqual([])
  })

  test('keeps a value of which both sides had another as its own', async () => {
    const [left, right] = await began({ base: '1' })
    await left.data('a', { base: '2' })
    await right.data('a', { base: '3' })
    await heal(left, right)
    expect(await left.has('a')).toEqual(['/f:data/f:base'])
    expect((await left.data('a', {})).value.data ?? {}).toEqual({})
  })
})

describe('[SSA31] two managers of one field on two sides', () => {
  test('it is his whose value won, and the other gets a conflict', async () => {
    const [left, right] = await began({ base: '1' })
    await left.data('l', { x: 'left' })
    await right.data('r', { x: 'right' })
    const { data } = await heal(left, right)
    const [winner, loser] = data.x === 'left' ? (['l', 'r'] as const) : (['r', 'l'] as const)
    expect(await left.has(winner)).toEqual(['/f:data/f:x'])
    expect(await left.has(loser)).toEqual([])
    const again = await left.data(loser, { x: loser === 'l' ? 'left' : 'right' })
    expect(again.value.message).toBe(`Apply failed with 1 conflict: conflict with "${winner}": .data.x`)
  })

  test('who took it by force on one side while the other changed it has it only with its value', async () => {
    const [left, right] = await began({ x: '1' })
    await left.data('b', { x: '2' }, '&force=true')
    await right.data('a', { x: '3' })
    const { data } = await heal(left, right)
    const owners = await Promise.all(['a', 'b'].map((manager) => left.has(manager)))
    expect(owners).toEqual(data.x === '3' ? [['/f:data/f:x'], []] : [[], ['/f:data/f:x']])
  })

  test('whoever changes a field without noting it takes it from its manager', async () => {
    const [left] = await began({ x: '1', y: '1' })
    const { backend } = left.asker
    const stored = backend.view.stored(KEY)?.object as Loose
    await backend.write({ type: 'put', key: KEY, mode: 'replace', by: 'node', object: { ...stored, data: { x: '2', y: '1' } } }) // prettier-ignore
    expect(await left.has('a')).toEqual(['/f:data/f:y'])
  })

  test('of a Secret no value is marked', async () => {
    const [left] = sides()
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'MQ==' }, type: 'Opaque' }
    await left.send('PATCH /api/v1/namespaces/default/secrets/s?fieldManager=a', secret)
    const stored = left.asker.backend.view.stored('core/Secret/default/s') as Loose
    const [, fields] = stored.object.shoal.managers['A:a']
    expect(fields['f:data']).toEqual({ 'f:a': '' })
    expect(fields['f:type']).toMatch(/^[\w-]{3}$/)
  })
})

const manager = fc.constantFrom('x', 'y')
const datum = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'))
const step = fc.record({ side: fc.nat(1), manager, datum, does: fc.constantFrom('apply', 'edit', 'heal') })

test('[SSA30] two sides come to the same managers, each with fields that are there, whatever they took', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      const [left, right] = await began({ base: '1' })
      for (const { side, manager, datum, does } of steps) {
        const here = side === 0 ? left : right
        if (does === 'heal') await heal(left, right)
        else if (does === 'apply') await here.data(manager, datum, '&force=true')
        else await here.send(`PATCH ${CM}?fieldManager=${manager}`, { data: datum }, MERGE)
      }
      const { data = {} } = await heal(left, right)
      for (const name of ['x', 'y', 'a'])
        for (const path of await left.has(name)) {
          const key = /^\/f:data\/f:(.*)$/.exec(path)?.[1]
          if (key !== undefined) expect(Object.keys(data)).toContain(key)
        }
      // Whoever applies what is there now meets nobody.
      expect(await left.send(`PATCH ${CM}?fieldManager=z`, configMap(data))).toMatchObject({ status: 200 })
    }),
    { numRuns: 40 },
  )
})

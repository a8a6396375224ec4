import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KubeObject } from '../object.ts'
import type { Replica } from '../replica.ts'
import { copyAll, NOW, stateOf, testReplica, WEB } from '../testing.ts'
import { View } from '../view.ts'
import type { ContentHashOf } from './config-use.ts'
import { contentHash, contentNamed, keptContents } from './kept.ts'
import { OBJECT_BYTES_MAX } from './measure.ts'
import { prepare } from './prepare.ts'
import { revisionsOf } from './revision.ts'
import { aConfigMap, aDeployment, aSecret, changed } from './sample.ts'
import { validate } from './validate.ts'
import { kubernetesBeside } from './vocabulary.ts'

const MAP = 'core/ConfigMap/default/web'
const SECRET = 'core/Secret/default/web'
const sealed = (letter: string): string => `sealed:v1:${'n'.repeat(16)}:${letter.repeat(24)}`

const level = (text: string): KubeObject => aConfigMap({ data: { level: text } })
/** Written one after the other, each on top of the one before. */
const written = (...objects: readonly KubeObject[]): KubeObject => objects.reduce<KubeObject | undefined>((old, next) => prepare(next, { old, nowMs: 1 }), undefined)! // prettier-ignore
const levels = (object: KubeObject): (string | undefined)[] =>
  keptContents(object).map(({ content }) => content.data?.['level'])

test('[KEEP1] a ConfigMap keeps its last contents, the newest first; one that comes back is there once', () => {
  const map = written(level('a'), level('b'), level('c'), level('b'))
  expect(levels(map)).toEqual(['b', 'c', 'a'])
  expect(validate(MAP, map)).toEqual([])
  expect(written(level('a'), level('a'))).toEqual(written(level('a')))
  expect(keptContents(written(aConfigMap({ data: undefined, binaryData: { a: 'YQ==' } })))).toMatchObject([
    { content: { binaryData: { a: 'YQ==' } } },
  ])
})

test('[KEEP1] what was written before contents were kept is kept with the first change', () => {
  const { shoal: _, ...bare } = prepare(level('a'), { nowMs: 1 })
  expect(levels(prepare(level('b'), { old: bare, nowMs: 2 }))).toEqual(['b', 'a'])
})

test('[KEEP1] a change of anything but the content keeps nothing new', () => {
  const map = written(level('a'), changed(level('a'), { 'metadata.labels': { a: 'b' } }))
  expect(levels(map)).toEqual(['a'])
})

test('[KEEP2] ten are kept, fewer of large ones, and none of one too large to be kept beside itself', () => {
  const many = Array.from({ length: 15 }, (_, at) => level(`${at}`))
  expect(levels(written(...many))).toEqual(['14', '13', '12', '11', '10', '9', '8', '7', '6', '5'])
  const large = ['a', 'b', 'c', 'd'].map((letter) => level(letter.repeat(30_000)))
  const map = written(...large)
  expect(levels(map).map((text) => text?.[0])).toEqual(['d', 'c', 'b'])
  expect(JSON.stringify(map).length).toBeLessThan(OBJECT_BYTES_MAX / 2 + 1_000)
  expect(keptContents(written(level('x'.repeat(100_000))))).toEqual([])
})

test('[KEEP2] a Secret keeps what is sealed and nothing else', () => {
  const secret = written(aSecret({ data: { password: sealed('a') } }), aSecret({ data: { password: sealed('b') } }))
  expect(keptContents(secret).map(({ content }) => content.data)).toEqual([
    { password: sealed('b') },
    { password: sealed('a') },
  ])
  expect(validate(SECRET, secret)).toEqual([])
  expect(keptContents(written(aSecret()))).toEqual([])
})

test('[KEEP4] what other nodes send is held to the hash, the bounds and the sealing', () => {
  const map = written(level('a'))
  const hash = contentHash(map)
  const fields = (object: KubeObject, changes: Record<string, unknown>, key = MAP): string[] =>
    validate(key, changed(object, changes)).map(({ field }) => field)
  const at = `shoal.kept.${hash}`
  expect(fields(map, {})).toEqual([])
  expect(fields(map, { [`${at}.content.data.level`]: 'evil' })).toEqual([`shoal.kept[${hash}]`])
  expect(fields(map, { [`${at}.number`]: 0 })).toEqual([`shoal.kept[${hash}].number`])
  expect(fields(map, { [`${at}.content`]: undefined })).toEqual([`shoal.kept[${hash}].content`])
  expect(fields(map, { [`${at}.content.data`]: null })).toEqual([`shoal.kept[${hash}]`])
  expect(fields(map, { 'shoal.kept.UPPER': {} })).toEqual(['shoal.kept'])
  expect(fields(map, { shoal: 'text' })).toEqual(['shoal'])
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`${n + 1_000_000_000}`, { number: 1, content: {} }])) // prettier-ignore
  expect(fields(map, { 'shoal.kept': many })).toEqual(['shoal.kept'])
  const foreign = { ...aConfigMap({ data: undefined }), binaryData: { a: 'no base64' } }
  const bad = { number: 2, content: { binaryData: foreign.binaryData } }
  expect(fields(map, { [`shoal.kept.${contentHash(foreign)}`]: bad })).toEqual([`shoal.kept[${contentHash(foreign)}]`])
  const clear = aSecret()
  const kept = { [contentHash(clear)]: { number: 1, content: { data: clear['data'] } } }
  expect(validate(SECRET, { ...clear, shoal: { kept } })).toMatchObject([
    { message: 'Forbidden: what is kept of a Secret must be sealed' },
  ])
})

const reading = (image: string): KubeObject =>
  aDeployment({
    'spec.template.spec.containers.0.image': image,
    'spec.template.spec.containers.0.envFrom': [{ configMapRef: { name: 'web' } }, { secretRef: { name: 'gone' } }],
    'spec.template.spec.imagePullSecrets': [{ name: 'registry' }],
    'spec.template.spec.volumes': [
      { name: 'a', projected: { sources: [{ secret: { name: 'key' } }] } },
      { name: 'b', secret: { secretName: 'cert' } },
    ],
  })

test('[KEEP3] a revision remembers what its ConfigMaps and Secrets contained when it was made', () => {
  const force =
    (hashes: Record<string, string>): ContentHashOf =>
    (key) =>
      hashes[key]
  const one = prepare(reading('nginx:1'), { nowMs: 1, contentHash: force({ [MAP]: 'bbbbbbbbbb', 'core/Secret/default/key': 'cccccccccc', 'core/Secret/default/cert': 'dddddddddd', 'core/Secret/default/registry': 'ffffffffff', 'core/ConfigMap/other/web': 'gggggggggg' }) }) // prettier-ignore
  const used = { 'ConfigMap/web': 'bbbbbbbbbb', 'Secret/cert': 'dddddddddd', 'Secret/key': 'cccccccccc' }
  expect(revisionsOf(one).current.contents).toEqual(used)
  const scaled = prepare(changed(reading('nginx:1'), { 'spec.replicas': 9 }), { old: one, nowMs: 2, contentHash: force({ [MAP]: 'hhhhhhhhhh' }) }) // prettier-ignore
  expect(revisionsOf(scaled).current.contents).toEqual(used)
  const two = prepare(reading('nginx:2'), { old: scaled, nowMs: 3, contentHash: force({ [MAP]: 'hhhhhhhhhh' }) })
  expect(revisionsOf(two)).toMatchObject({
    current: { contents: { 'ConfigMap/web': 'hhhhhhhhhh' } },
    older: [{ contents: used }],
  })
  expect(validate(WEB, two)).toEqual([])
})

test('[KEEP3] a revision from before there was this notes it with the next write', () => {
  const one = prepare(reading('nginx:1'), { nowMs: 1 })
  expect(revisionsOf(one).current).not.toHaveProperty('contents')
  const next = prepare(reading('nginx:1'), { old: one, nowMs: 2, contentHash: (key) => (key === MAP ? 'bbbbbbbbbb' : undefined) }) // prettier-ignore
  expect(revisionsOf(next).current).toMatchObject({ number: 1, contents: { 'ConfigMap/web': 'bbbbbbbbbb' } })
})

test('[KEEP4] what a revision of another node says of its contents is held to their names', () => {
  const one = prepare(reading('nginx:1'), { nowMs: 1, contentHash: () => 'bbbbbbbbbb' })
  const at = `shoal.revisions.${revisionsOf(one).current.hash}.contents`
  const faults = (contents: unknown): number => validate(WEB, changed(one, { [at]: contents })).length
  expect(faults({ 'ConfigMap/web': 'bbbbbbbbbb' })).toBe(0)
  expect(faults({ 'ConfigMap/web': 'BAD' })).toBe(1)
  expect(faults({ 'Pod/web': 'bbbbbbbbbb' })).toBe(1)
  expect(faults({ 'ConfigMap/../web': 'bbbbbbbbbb' })).toBe(1)
  expect(faults('text')).toBe(1)
})

type Step = { readonly side: 0 | 1; readonly does: 'config' | 'template' | 'heal'; readonly value: number }

const step: fc.Arbitrary<Step> = fc.record({
  side: fc.constantFrom(0 as const, 1 as const),
  does: fc.constantFrom('config' as const, 'config' as const, 'template' as const, 'heal' as const),
  value: fc.nat(20),
})

function aSide(name: string): Replica {
  const view = new View({ self: name, clusterId: 'cluster' })
  const { replica, told } = testReplica({ name, kinds: kubernetesBeside(view) })
  told.objectChanged = (key, stored) => view.objectChanged(key, stored)
  return replica
}

/** Writes on two sides that hear of one another now and then, and of all at the end. */
function play(steps: readonly Step[]): readonly [Replica, Replica] {
  const sides = [aSide('a'), aSide('b')] as const
  const [one, other] = sides
  const exchange = (nowMs: number): void => {
    copyAll(one, other, nowMs)
    copyAll(other, one, nowMs)
  }
  const put = (replica: Replica, key: string, object: KubeObject, nowMs: number): void => {
    const mode = replica.get(key) === undefined ? 'create' : 'replace'
    replica.put(key, object, { nowMs, by: 'test', mode })
  }
  put(one, MAP, level('first'), NOW)
  put(one, WEB, reading('nginx:first'), NOW)
  exchange(NOW)
  for (const [at, { side, does, value }] of steps.entries()) {
    const nowMs = NOW + at
    if (does === 'heal') exchange(nowMs)
    else if (does === 'config') put(sides[side], MAP, level(`${value}`), nowMs)
    else put(sides[side], WEB, reading(`nginx:${value}`), nowMs)
  }
  exchange(NOW + steps.length)
  return [one, other]
}

test('[KEEP5] however two sides write contents and templates, they agree, keep what is bounded, and lose no present content', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [one, other] = play(steps)
      expect(stateOf(one)).toEqual(stateOf(other))
      const map = one.get(MAP)!
      expect(one.conflicts(MAP).filter(({ cause }) => cause === 'invalid')).toEqual([])
      expect(keptContents(map.object).length).toBeLessThanOrEqual(20)
      expect(validate(MAP, map.object)).toEqual([])
      expect(keptContents(map.object).map(({ hash }) => hash)).toContain(contentHash(map.object))
      // Every revision of the last writes names a content that is there, or one that ten others have followed.
      const { current } = revisionsOf(one.get(WEB)!.object)
      const hash = current.contents?.['ConfigMap/web']
      expect(hash).toBeDefined()
      if (steps.length < 10) expect(contentNamed(map, hash!)).toBeDefined()
    }),
    { numRuns: 60 },
  )
}, 60_000)

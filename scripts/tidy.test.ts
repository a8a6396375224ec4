/**
 * What no tool knows about this repository: every source file tells its story, every rule of `docs/spec/` has a test that
 * carries its id, and no test names a rule that is not written down.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MARKS } from '../crdt/index.ts'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '')
const read = (file: string): string => readFileSync(file, 'utf8')
const sources = files.filter((file) => /^(crdt|net|node|cli|chaos-tests|bench|scripts)\/.*\.ts$/.test(file))

test('every source file opens with what it is for', () => {
  const silent = sources.filter((file) => !file.endsWith('.test.ts') && !read(file).slice(0, 4000).includes('@module'))
  expect(silent).toEqual([])
})

const RULE = /\b([A-Z]{1,9}\d+[a-z]?)\b/g
const written = files
  .filter((file) => /^docs\/spec\/.*\.md$/.test(file))
  .flatMap((file) => [...read(file).matchAll(/\*\*([A-Z]{1,9}\d+[a-z]?)\*\*/g)].map((match) => match[1]!))
const specified = new Set(written)
const tested = new Set(
  sources
    .filter((file) => /(test|contract)\.ts$/.test(file))
    .flatMap((file) =>
      [...read(file).matchAll(/['"`]\[([A-Z0-9, a-z]+)\]/g)].flatMap((match) =>
        [...match[1]!.matchAll(RULE)].map((id) => id[1]!),
      ),
    ),
)

test('every rule of the specification has a test that carries its id', () => {
  expect([...specified].filter((rule) => !tested.has(rule)).sort()).toEqual([])
})

test('every rule has an id of its own', () => {
  expect(written.filter((rule, at) => written.indexOf(rule) !== at)).toEqual([])
})

test('every rule that a test names is written down', () => {
  expect([...tested].filter((rule) => !specified.has(rule)).sort()).toEqual([])
})

test('nothing is left undone in the sources, and no test is switched off', () => {
  const unfinished = new RegExp(`\\b(${['TO', 'DO'].join('')}|FIX${'ME'}|X${'XX'})\\b`)
  const off = new RegExp(`\\b(it|test|describe)\\.(skip|only|${['to', 'do'].join('')})\\b`)
  expect(sources.filter((file) => unfinished.test(read(file)) || off.test(read(file)))).toEqual([])
})

test('manifests and examples are free of words that Shoal does not use for its parts', () => {
  const banned = new RegExp(`\\b(mas${'ter'} node|lea${'der'} node|wor${'ker'} node)\\b`, 'i')
  expect(files.filter((file) => /\.(ts|ya?ml)$/.test(file) && banned.test(read(file)))).toEqual([])
})

test('[MARK1] every mark stands at one place of the code', () => {
  const product = sources.filter((file) => /^(crdt|node)\//.test(file) && !file.endsWith('.test.ts'))
  const calls = product.flatMap((file) => [...read(file).matchAll(/\breached\((?:[^()]|\([^()]*\))*\)/g)])
  const used = calls.flatMap(([call]) => [...call.matchAll(/'([a-z-]+)'/g)].map((match) => match[1]!))
  expect(used.toSorted()).toEqual(Object.keys(MARKS).toSorted())
})

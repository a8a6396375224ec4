import { expect, test } from 'vitest'
import { growth } from '../chaos-tests/real/growth.ts'
import { parseManifests, type Manifest } from './manifest.ts'
import { Mistakes } from './mistakes.ts'

function parse(text: string, file: string): readonly Manifest[] {
  const mistakes = new Mistakes()
  const manifests = parseManifests(text, file, mistakes)
  mistakes.assertNone()
  return manifests
}

function valueOf(source: string): unknown {
  const [manifest] = parse(`apiVersion: v1\nkind: Thing\nmetadata: {name: x}\nvalue: ${source}\n`, 'web.yaml')
  return manifest?.object['value']
}

test.each([
  ['0644', 420],
  ['0o644', '0o644'],
  ['08', 8],
  ['0x1F', 31],
  ['on', true],
  ['no', false],
  ['yes', true],
  ['"yes"', 'yes'],
  ['12:30', '12:30'],
  ['22:22', '22:22'],
  ['2024-01-01', '2024-01-01'],
  ['1e3', 1000],
  ['1.0', 1],
  ['~', null],
  ['NO_PROXY', 'NO_PROXY'],
  ['!!str 12', '12'],
  ['{a: &x 1, b: *x}', { a: 1, b: 1 }],
  ['{<<: {a: 1}, b: 2}', { a: 1, b: 2 }],
  ['{base: &b {a: 1}, c: {<<: *b, a: 2}}', { base: { a: 1 }, c: { a: 2 } }],
])('[CLI20] %s is read as Kubernetes reads it', (source, value) => {
  expect(valueOf(source)).toEqual(value)
})

const HEAD = 'apiVersion: v1\nkind: Thing\nmetadata: {name: x}\n'
const bomb = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`),
].join('\n')
const doubled = [
  'a0: &a0 x',
  ...Array.from({ length: 60 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at},*a${at}]`),
].join('\n')

test.each([
  ['a key twice', 'a: 1\na: 2\n', 'web.yaml:5:1: the key "a" is there twice'],
  ['a tab', 'spec:\n\treplicas: 3\n', 'web.yaml:5:1: Tabs are not allowed as indentation'],
  ['a foreign tag', 'a: !!js/function x\n', 'web.yaml:4:4: Unresolved tag: tag:yaml.org,2002:js/function'],
  ['bytes', 'a: !!binary aGk=\n', 'web.yaml:4:4: Unresolved tag: tag:yaml.org,2002:binary'],
  ['infinity', 'a: .inf\n', 'web.yaml:4:4: .inf is no number that JSON knows: quote it if it is a text'],
  [
    'a number past 2^53',
    'a: 18446744073709551616\n',
    'web.yaml:4:4: 18446744073709551616 is too large to be kept exactly: quote it if it is a text',
  ],
  ['a list as a key', '? [a]\n: x\n', 'web.yaml:4:3: a name of a field must be a text, not a list or a map'],
  ['__proto__', '__proto__: {a: 1}\n', 'web.yaml:4:1: "__proto__" is not taken as a name of a field'],
  [
    '5,000 brackets',
    `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`,
    /is nested too deep: at most 32 levels are taken/,
  ],
  [
    '40 levels',
    `a: ${'{b: '.repeat(40)}1${'}'.repeat(40)}\n`,
    /web\.yaml:4:\d+: is nested too deep: at most 32 levels are taken/,
  ],
  [
    '5,000 levels',
    `a: ${'{b: '.repeat(5_000)}1${'}'.repeat(5_000)}\n`,
    /is nested too deep: at most 32 levels are taken/,
  ],
  ['nine of nine of nine', `${bomb}\n`, 'Excessive alias count indicates a resource exhaustion attack'],
  ['doubling', `${doubled}\n`, /excessive aliases: more than 100 references to anchors/],
  [
    'an anchor that is not there',
    'a: *nowhere\n',
    'web.yaml:4:4: *nowhere refers to an anchor that is not set before it',
  ],
  ['itself', 'a: &x [*x]\n', 'web.yaml:4:8: *x refers to what it is part of'],
])('[CLI21] %s is refused with its place', (_name, tail, message) => {
  expect(() => parse(HEAD + tail, 'web.yaml')).toThrow(message)
})

test.each([
  [
    'just text\n',
    'web.yaml:1:1: is the string "just text", a Kubernetes object is expected: a map with apiVersion, kind and metadata',
  ],
  ['- a\n', 'web.yaml:1:1: is a list, a Kubernetes object is expected'],
  ['kind: Deployment\n', 'web.yaml:1:1: apiVersion: Required value'],
  ['apiVersion: v1\n', 'web.yaml:1:1: kind: Required value'],
  ['apiVersion: 1\nkind: Thing\n', 'web.yaml:1:1: apiVersion: Invalid value: 1: must be a text'],
  ['apiVersion: v1\nkind: Thing\n', 'web.yaml:1:1: metadata: Required value: say at least metadata.name'],
  ['%YAML 1.2\n---\na: 0644\n', '%YAML 1.2 is not how Kubernetes reads a manifest'],
])('[CLI22] %j is no object', (text, message) => {
  expect(() => parse(text, 'web.yaml')).toThrow(message)
})

test('[CLI23] a stream has up to 1,000 documents, empty ones left out', () => {
  const documents = (count: number): string => `${HEAD}---\n`.repeat(count)
  expect(parse(documents(1_000), 'web.yaml')).toHaveLength(1_000)
  expect(() => parse(documents(10_000), 'web.yaml')).toThrow('web.yaml: has more than 1000 documents: split it')
})

test('[CLI23] ten times the keys take some ten times as long to read', () => {
  const read = (count: number): void => {
    const keys = Array.from({ length: count }, (_, at) => `  k${at}: 1`).join('\n')
    expect(() => parse(`${HEAD}data:\n${keys}\n`, 'web.yaml')).not.toThrow()
  }
  expect(growth(read, { size: 2_000, times: 10 })).toBeLessThan(50)
})

test('[CLI24] a List is taken apart, and JSON is YAML', () => {
  const item = (name: string): unknown => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name } })
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item('a'), item('b')] })
  expect(parse(text, 'all.json').map(({ object }) => object.metadata.name)).toEqual(['a', 'b'])
})

test('[CLI25] the place of a field is that of its nearest part that is there', () => {
  const text = `${HEAD}spec:\n  replicas: -1\n  containers:\n    - name: a\n    - name: b\n      image: x\n`
  const [manifest] = parse(text, 'web.yaml')
  expect(manifest?.place('spec.replicas')).toBe('web.yaml:5:3')
  expect(manifest?.place('spec.containers[1].image')).toBe('web.yaml:9:7')
  expect(manifest?.place('spec.containers[1].ports[0]')).toBe('web.yaml:8:7')
  expect(manifest?.place('spec.selector.matchLabels')).toBe('web.yaml:4:1')
})

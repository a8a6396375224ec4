import { expect, test } from 'vitest'
import { differences } from './differences.ts'

const lines = (before: unknown, after: unknown): string[] =>
  differences(before, after).map((one) => `${one.path}: ${JSON.stringify(one.before)} -> ${JSON.stringify(one.after)}`)

test.each<[string, unknown, unknown, string[]]>([
  ['nothing', { a: { b: [1] } }, { a: { b: [1] } }, []],
  ['a field', { spec: { replicas: 3 } }, { spec: { replicas: 5 } }, ['spec.replicas: 3 -> 5']],
  ['a field that comes', { spec: {} }, { spec: { paused: true } }, ['spec.paused: undefined -> true']],
  ['a field that goes', { a: 1, b: 2 }, { b: 2 }, ['a: 1 -> undefined']],
  ['a key with dots', { data: { 'a.conf': '1' } }, { data: { 'a.conf': '2' } }, ['data[a.conf]: "1" -> "2"']],
  [
    'an element by its name, whatever its place',
    {
      c: [
        { name: 'web', image: 'a' },
        { name: 'side', image: 'x' },
      ],
    },
    {
      c: [
        { name: 'side', image: 'x' },
        { name: 'web', image: 'b' },
      ],
    },
    ['c[web].image: "a" -> "b"'],
  ],
  ['an element that comes, leaf by leaf', { p: [] }, { p: [{ port: 80, name: 'http' }] }, ['p[http].port: undefined -> 80']], // prettier-ignore
  ['elements without a name', { args: ['a', 'b'] }, { args: ['a', 'c'] }, ['args: ["a","b"] -> ["a","c"]']],
  ['elements of one name', { l: [{ name: 'a' }, { name: 'a', x: 1 }] }, { l: [{ name: 'a' }] }, ['l: [{"name":"a"},{"name":"a","x":1}] -> [{"name":"a"}]']], // prettier-ignore
  ['another type', { a: { b: 1 } }, { a: 'b' }, ['a: {"b":1} -> "b"']],
  ['an empty part', { a: {} }, {}, ['a: {} -> undefined']],
])('[CLI121] %s', (_, before, after, expected) => {
  expect(lines(before, after)).toEqual(expected)
})

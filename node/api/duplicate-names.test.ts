import { expect, test } from 'vitest'
import { duplicateNames } from './duplicate-names.ts'

test.each<[string, readonly string[]]>([
  ['', []],
  ['"a"', []],
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', []],
  ['{"a":"a","b":"a,\\"a\\":{"}', []],
  ['{"a":1,"a":2}', ['a']],
  ['{"a":1,"\\u0061":2,"a":3}', ['a']],
  ['{ "a" : [ 0, { "b" : {} , "b" : [] } ] }', ['a[1].b']],
  ['{"x":{"y":{"z":1},"y":{"z":1,"z":2}},"x":0}', ['x.y', 'x.y.z', 'x']],
  ['{"a":"\\\\","a":"\\""}', ['a']],
])('[API107] what %s says twice', (text, paths) => {
  expect(duplicateNames(text)).toEqual(paths)
})

test('[API107] of very many a few are told', () => {
  const text = Array.from({ length: 1000 }, (_, at) => `"a${at}":0,"a${at}":1`).join(',')
  expect(duplicateNames(`{${text}}`)).toHaveLength(16)
})

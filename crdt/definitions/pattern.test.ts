import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Pattern, PatternError, TooCostly, type Budget } from './pattern.ts'

const plenty = (): Budget => ({ steps: Infinity })
const matches = (pattern: string, text: string): boolean => Pattern.of(pattern).matches(text, plenty())

describe('[CRD23] a pattern', () => {
  test.each([
    ['^a$', ['a'], ['b', 'aa', 'a\n']],
    ['a', ['a', 'bab'], ['b', '']],
    ['^(a|bc)*d$', ['d', 'abcd', 'bcbcd'], ['bd', 'abc']],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', ['a', 'a-b'], ['-a', 'a-', 'A']],
    ['^\\d{2,3}$', ['12', '123'], ['1', '1234']],
    ['^a{3}$', ['aaa'], ['aa', 'aaaa']],
    ['^a{2,}$', ['aa', 'aaaaa'], ['a']],
    ['^(0|(([0-9]+)h)?(([0-9]+)m)?)$', ['0', '1h', '1h2m', ''], ['h', '1d']],
    ['^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$', ['1', '1Gi', '.5', '1e3'], ['', 'Gi', '1gi']], // prettier-ignore
    ['^.*\\.example\\.com$', ['a.example.com'], ['a_example.com']],
    ['(?i)^AbC$', ['abc', 'ABC'], ['abd']],
    ['^(?:a|b)+?$', ['ab'], ['']],
    ['^[[:alpha:]_]+$', ['ab_'], ['a1']],
    ['^[^/\\s]+$', ['ab'], ['a b', 'a/']],
    ['^\\p{Lu}\\p{L}*$', ['Éa'], ['éa']],
    ['\\bfoo\\b', ['a foo b'], ['afoo']],
    ['^a.c$', ['abc'], ['a\nc']],
    ['(?s)^a.c$', ['a\nc'], ['ac']],
    ['^\\Qa.b\\E$', ['a.b'], ['axb']],
    ['^(?P<name>x)y$', ['xy'], ['y']],
    ['^[\\w.-]+$', ['a.b-c'], ['a b']],
    ['^{$', ['{'], ['']],
    ['^😀+$', ['😀😀'], ['a']],
    ['', ['', 'x'], []],
  ] as const)('%s means what it means to Go', (pattern, good, bad) => {
    expect(good.filter((text) => !matches(pattern, text))).toEqual([])
    expect(bad.filter((text) => matches(pattern, text))).toEqual([])
  })

  test.each(['(', ')', '[', '[z-a]', 'a**', '*a', '(?=a)', '(?!a)', '(?<=a)', '(a)\\1', 'a{2,1}', 'a{1001}', '\\', '[[:odd:]]', '\\pX', '\\8', '(?z)', 'x'.repeat(3_000)])('%s is none', (pattern) => { expect(() => Pattern.of(pattern)).toThrow(PatternError) }) // prettier-ignore

  test('too large or too deep is none', () => {
    expect(() => Pattern.of('((((a{100}){100}){100}){100})')).toThrow('too large')
    expect(() => Pattern.of('('.repeat(200) + ')'.repeat(200))).toThrow('too deep')
  })

  test('takes time in proportion to the text, whatever it is', () => {
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a*)*b$', '^(.*a){20}$']) {
      const costOf = (length: number): number => {
        const budget = { steps: 1e9 }
        Pattern.of(pattern).matches(`${'a'.repeat(length)}!`, budget)
        return 1e9 - budget.steps
      }
      expect(costOf(4_000) / costOf(1_000)).toBeLessThan(5)
    }
  })

  test('stops where its budget is spent', () => {
    expect(() => Pattern.of('^(.*a){100}$').matches('a'.repeat(10_000), { steps: 10_000 })).toThrow(TooCostly)
  })

  test('agrees with JavaScript where both know it', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      'a*',
      'b+',
      '(a|b)',
      '(ab)?',
      'a{1,2}',
      '\\d',
      '(a|)',
      '^',
      '$',
    )
    const pattern = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', '1', '\n', ''), { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(pattern, text, (one, other) => {
        expect([one, other, matches(one, other)]).toEqual([one, other, new RegExp(one).test(other)])
      }),
      { numRuns: 1_000 },
    )
  })

  test('that comes from anybody is read or refused, and nothing else', () => {
    const characters = fc.constantFrom(...Array.from('ab()[]{}|*+?\\^$.-,:1209pPxQE<>=!di'))
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 24 }), (parts) => {
        try {
          Pattern.of(parts.join('')).matches('aab1', { steps: 1e6 })
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

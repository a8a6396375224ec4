import { decode, encode } from 'cborg'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeNumbers, encodeNumbers } from './numbers.ts'

const strict = { strict: true, allowIndefinite: false, allowNaN: false, allowInfinity: false, allowBigInt: false }

const EDGES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 47, Number.MAX_SAFE_INTEGER]
const count = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat())
const item = fc.oneof(count, fc.constant(null))
const numbers = fc.array(fc.oneof(item, item, fc.array(item, { maxLength: 3 })), { maxLength: 6 })

test('[FRM4] lists of numbers are written as cborg writes them, and come back', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const whole = encode(list)
      const isShort = whole.length <= 64
      expect(encodeNumbers(list)).toEqual(isShort ? whole : undefined)
      expect(decodeNumbers(whole)).toEqual(isShort ? list : undefined)
    }),
    { numRuns: 1_000 },
  )
})

test.each([[['a']], [[-1]], [[-0]], [[1.5]], [[2 ** 53]], [[Number.NaN]], [[[[1]]]], [[{}]], [[undefined]], [[true]]])(
  '[FRM4] %j is left to cborg',
  (list: unknown[]) => expect(encodeNumbers(list)).toBeUndefined(),
)

/** Close to such a list, and anything at all. */
const bytesNear = fc.oneof(
  fc.tuple(numbers, fc.nat(), fc.nat({ max: 255 }), fc.boolean()).map(([list, at, byte, isCut]) => {
    const bytes = encode(list)
    bytes[at % bytes.length] = byte
    return isCut ? bytes.subarray(0, at % (bytes.length + 1)) : bytes
  }),
  fc.uint8Array({ maxLength: 70 }),
)

test('[FRM4] what is read of any bytes is what cborg in its strict form reads of them', () => {
  let read = 0
  fc.assert(
    fc.property(bytesNear, (bytes) => {
      const list = decodeNumbers(bytes)
      if (list === undefined) return
      read += 1
      expect(decode(bytes, strict)).toEqual(list)
    }),
    { numRuns: 20_000 },
  )
  expect(read).toBeGreaterThan(100)
})

test.each([
  ['a number in more bytes than it needs', [0x81, 0x18, 23]],
  ['two bytes for one', [0x81, 0x19, 0, 255]],
  ['eight for four', [0x81, 0x1b, 0, 0, 0, 0, 255, 255, 255, 255]],
  ['a number that is not exact', [0x81, 0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0]],
  ['a list without an end', [0x9f, 1, 0xff]],
  ['a list that ends early', [0x82, 1]],
  ['something behind the list', [0x81, 1, 1]],
  ['a number alone', [1]],
  ['nothing', []],
])('[FRM4] %s is not read', (_, bytes) => expect(decodeNumbers(Uint8Array.from(bytes))).toBeUndefined())

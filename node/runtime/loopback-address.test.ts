import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loopbackAddress } from './loopback-address.ts'

const isFree = (): boolean => false

/** One in 128 hashes would end in 0 or 255 if nothing kept it from it. */
const RUNS = { numRuns: 2_000 }

test('[PROC4] an address lies in 127.64.0.0/10, and ends neither in 0 nor in 255', () => {
  fc.assert(
    fc.property(fc.uuid(), (uid) => {
      const [first, second, , last] = loopbackAddress(uid, isFree).split('.').map(Number) as [
        number,
        number,
        number,
        number,
      ]
      expect(first).toBe(127)
      expect(second >= 64 && second < 128).toBe(true)
      expect(last > 0 && last < 255).toBe(true)
    }),
    RUNS,
  )
})

test('[PROC4] a uid has the same address every time, unless another pod has it', () => {
  fc.assert(
    fc.property(fc.uuid(), (uid) => {
      const address = loopbackAddress(uid, isFree)
      expect(loopbackAddress(uid, isFree)).toBe(address)
      expect(loopbackAddress(uid, (other) => other === address)).not.toBe(address)
    }),
  )
})

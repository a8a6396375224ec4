import { expect, test } from 'vitest'
import { TokenIssuer } from './versions.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

test('[API40] tokens are decimals below 2^63 that only grow, also when the clock goes back', () => {
  const issuer = new TokenIssuer('amber/1')
  const tokens = [NOON, NOON, NOON - 5_000, NOON + 1, 0].map((now) => BigInt(issuer.next(now)))
  for (const [index, token] of tokens.entries()) {
    expect(token).toBeLessThan(2n ** 63n)
    expect(token & 1n).toBe(1n)
    if (index > 0) expect(token).toBeGreaterThan(tokens[index - 1] as bigint)
  }
})

test('[API40] two nodes at the same moment give different tokens', () => {
  expect(new TokenIssuer('amber/1').next(NOON)).not.toBe(new TokenIssuer('basil/1').next(NOON))
})

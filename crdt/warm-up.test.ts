import { expect, test } from 'vitest'
import { WARM_UP_ROUNDS, warmUp } from './warm-up.ts'

test('[WARM1] the warm-up writes, takes in, changes and deletes without a refusal, and ends', () => {
  expect([...warmUp(Date.UTC(2026, 10, 21))]).toHaveLength(WARM_UP_ROUNDS)
})

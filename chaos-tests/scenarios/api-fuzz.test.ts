import { expect, test } from 'vitest'
import { fuzz } from '../api-fuzz/fuzz.ts'
import { stage } from './stage.ts'

const FUZZ_MS = 15_000
/** However long that takes a machine that others use too. */
const SHOTS_MIN = 300
const TEST_MS_MAX = 300_000

test(
  '[FUZZ1, FUZZ2, FUZZ3, FUZZ4] whatever is sent to the API is answered as its conventions say, and breaks nothing',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    console.log(`seed ${seed}: npm run fuzz:api -- --seed ${seed}`)
    const { nodes } = await stage(1)
    const { shots, routes, findings, codes } = await fuzz({
      node: nodes[0]!,
      seed,
      forMs: FUZZ_MS,
      shotsMin: SHOTS_MIN,
    })
    expect(findings.slice(0, 10)).toEqual([])
    expect(routes).toBeGreaterThan(100)
    // Most of what there is to be said was said.
    expect(shots, JSON.stringify(codes)).toBeGreaterThanOrEqual(SHOTS_MIN)
    for (const code of [200, 201, 400, 404, 405, 422])
      expect(codes[code], `${code} of ${JSON.stringify(codes)}`).toBeGreaterThan(0)
  },
  TEST_MS_MAX,
)

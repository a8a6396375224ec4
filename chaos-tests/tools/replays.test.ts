import { expect, test } from 'vitest'
import { replays, type Circumstances } from './replays.ts'

async function replayed(hashOf: (seed: number, circumstances?: Circumstances) => string): Promise<[boolean, string[]]> {
  const lines: string[] = []
  const options = { seeds: [4, 5], times: 96, nodes: ['node20', 'node22'], jobs: 2 }
  const isSame = await replays({
    ...options,
    hashOf: async (seed, circumstances) => hashOf(seed, circumstances),
    print: (line) => lines.push(line),
  })
  return [isSame, lines]
}

test('[TOOL14] replays go through every Node, time zone and heap', async () => {
  const [isSame, lines] = await replayed((seed) => `trace ${seed}`)
  expect(isSame).toBe(true)
  expect(lines).toHaveLength(2 * 4 * 3 + 1)
  expect(lines.at(0)).toBe('node20, America/St_Johns, a heap of 2000 MB: 4 of 4')
  expect(lines.at(-1)).toBe('96 of 96 replays of 2 seeds have the same trace')
})

test('[TOOL14] one that differs is told, and is a failure', async () => {
  const isOdd = ({ node, timeZone, heapMb }: Circumstances): boolean =>
    node === 'node22' && timeZone === 'UTC' && heapMb === 300
  const [isSame, lines] = await replayed((seed, at) => (seed === 5 && at !== undefined && isOdd(at) ? 'x' : 'y'))
  expect(isSame).toBe(false)
  expect(lines.at(0)).toBe('seed 5 has the trace x with node22, UTC, a heap of 300 MB, and y in this process')
  expect(lines).toContain('node22, UTC, a heap of 300 MB: 2 of 4')
  expect(lines.at(-1)).toBe('94 of 96 replays of 2 seeds have the same trace')
})

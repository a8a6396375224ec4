import { expect, test } from 'vitest'
import { allocatable, PODS_MAX } from './capacity.ts'

test.each([
  { cores: 2, memoryMiB: 4_096, cpuMilli: 1_900, offeredMiB: 3_840 },
  { cores: 64, memoryMiB: 262_144, cpuMilli: 63_900, offeredMiB: 261_888 },
  { cores: 0.1, memoryMiB: 128, cpuMilli: 50, offeredMiB: 64 },
  { cores: 0, memoryMiB: 0, cpuMilli: 0, offeredMiB: 0 },
])(
  '[CAP1] $cores cores and $memoryMiB MiB offer $cpuMilli m and $offeredMiB MiB',
  ({ cores, memoryMiB, cpuMilli, offeredMiB }) => {
    expect(allocatable({ cores, memoryBytes: memoryMiB * 2 ** 20 })).toEqual({
      cpuMilli,
      memoryBytes: offeredMiB * 2 ** 20,
      pods: PODS_MAX,
    })
  },
)

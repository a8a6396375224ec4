import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diskContract, fullDiskContract } from './disk-contract.ts'
import { MemoryDisk } from './memory-disk.ts'

for (const [name, survives] of [
  ['the disk in memory, losing all un-synced bytes', () => 0],
  ['the disk in memory, losing half of them', (_: string, unsynced: number) => unsynced >> 1],
] as const) {
  diskContract(name, async () => {
    const disk = new MemoryDisk()
    return {
      disk,
      async restart() {
        disk.crash(survives)
        return disk
      },
      dispose: async () => {},
    }
  })
}

fullDiskContract('the disk in memory', async () => {
  const disk = new MemoryDisk({ capacityBytes: 1024 })
  return { disk, restart: async () => disk, dispose: async () => {} }
})

test('[DISK15] a crash leaves what was synced and a first part of what was not', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('append' as const), bytes: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ do: fc.constant('sync' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(100), async (steps, kept) => {
      const disk = new MemoryDisk()
      let written = Buffer.alloc(0)
      let syncedBytes = 0
      for (const one of steps) {
        if (one.do === 'append') {
          await disk.append('log', one.bytes)
          written = Buffer.concat([written, one.bytes])
        } else {
          await disk.sync('log')
          syncedBytes = written.length
        }
      }
      disk.crash((_, unsynced) => Math.min(unsynced, kept))
      const left = Buffer.from((await disk.read('log')) ?? [])
      expect(left.length).toBe(Math.min(written.length, syncedBytes + kept))
      expect(left.equals(written.subarray(0, left.length))).toBe(true)
    }),
  )
})

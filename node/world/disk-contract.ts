/**
 * What every disk keeps to, as tests: call `diskContract` from a test file with a way to open one. The real disk, the disk in
 * memory and the simulator's pass it.
 *
 * @module
 */
import { describe, expect, test } from 'vitest'
import { DiskError } from './disk-error.ts'
import type { Disk } from './world.ts'

export interface DiskUnderTest {
  readonly disk: Disk
  /** The process ends without a word and another opens the same directory. Un-synced bytes may or may not be there. */
  restart(): Promise<Disk>
  /** Gives back what the test took. */
  dispose(): Promise<void>
}

export function diskContract(name: string, openDisk: () => Promise<DiskUnderTest>): void {
  const diskTest = (title: string, run: (underTest: DiskUnderTest) => Promise<void>): void =>
    test(title, async () => {
      const underTest = await openDisk()
      try {
        await run(underTest)
      } finally {
        await underTest.dispose()
      }
    })

  describe(name, () => {
    diskTest('[DISK1] a file that does not exist reads as undefined, an empty one as empty', async ({ disk }) => {
      expect(await disk.read('log')).toBeUndefined()
      await disk.replace('log', new Uint8Array(0))
      expect(text(await disk.read('log'))).toBe('')
    })

    diskTest('[DISK2] appends asked for at once are kept in the order of asking', async ({ disk }) => {
      const parts = Array.from({ length: 200 }, (_, number) => `${number};`)
      await Promise.all(parts.map((part) => disk.append('log', bytes(part))))
      expect(text(await disk.read('log'))).toBe(parts.join(''))
    })

    diskTest('[DISK3] what was synced is there after a restart', async ({ disk, restart }) => {
      await disk.append('log', bytes('one '))
      await disk.append('log', bytes('two '))
      await disk.sync('log')
      await disk.append('log', bytes('three'))
      const after = await restart()
      expect(text(await after.read('log'))?.slice(0, 8)).toBe('one two ')
    })

    diskTest('[DISK4] a replaced file is durable and whole without a sync', async ({ disk, restart }) => {
      await disk.append('snapshot', bytes('old, and longer than the new one'))
      await disk.replace('snapshot', bytes('new'))
      const after = await restart()
      expect(text(await after.read('snapshot'))).toBe('new')
    })

    diskTest('[DISK5] appends after a replacement go to the new file', async ({ disk, restart }) => {
      await disk.append('log', bytes('old'))
      await disk.sync('log')
      await disk.replace('log', bytes('new'))
      await disk.append('log', bytes(' and more'))
      await disk.sync('log')
      const after = await restart()
      expect(text(await after.read('log'))).toBe('new and more')
    })

    diskTest('[DISK6] a file is cut durably, and appends go on from the cut', async ({ disk, restart }) => {
      await disk.append('log', bytes('good torn'))
      await disk.truncate('log', 5)
      await disk.append('log', bytes('again'))
      await disk.sync('log')
      const after = await restart()
      expect(text(await after.read('log'))).toBe('good again')
    })

    diskTest('[DISK6] a file cannot be cut longer than it is', async ({ disk }) => {
      await disk.append('log', bytes('four'))
      await expect(disk.truncate('log', 5)).rejects.toThrow('of 4 bytes at 5')
      expect(text(await disk.read('log'))).toBe('four')
    })

    diskTest('[DISK7] a removed file is gone after a restart, and removing nothing is no error', async (underTest) => {
      const { disk, restart } = underTest
      await disk.replace('pods/a', bytes('a'))
      await disk.remove('pods/a')
      await disk.remove('pods/a')
      const after = await restart()
      expect(await after.read('pods/a')).toBeUndefined()
      await after.append('pods/a', bytes('new'))
      expect(text(await after.read('pods/a'))).toBe('new')
    })

    for (const file of ['../out', '/etc/passwd', 'a//b', '.', '', 'a/../b', 'nul\0']) {
      diskTest(`[DISK8] the name ${JSON.stringify(file)} is refused`, async ({ disk }) => {
        await expect(disk.read(file)).rejects.toThrow('is no name for a file')
        await expect(disk.append(file, bytes('x'))).rejects.toThrow('is no name for a file')
      })
    }

    diskTest('[DISK9] what was read is not changed by later writes', async ({ disk }) => {
      await disk.append('log', bytes('one'))
      const read = await disk.read('log')
      await disk.append('log', bytes(' two'))
      await disk.replace('log', bytes('xxxxxxx'))
      expect(text(read)).toBe('one')
    })
  })
}

/** For a disk with room for 1 KiB: nothing of what does not fit is left behind. */
export function fullDiskContract(name: string, openSmallDisk: () => Promise<DiskUnderTest>): void {
  test(`[DISK10] ${name}: an append that does not fit is refused whole with a sentence that names the file`, async () => {
    const { disk, dispose } = await openSmallDisk()
    try {
      await disk.append('log', bytes('kept'))
      const refusal = await disk.append('log', new Uint8Array(1024 * 1024)).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(DiskError)
      expect(refusal).toMatchObject({ code: 'no-space' })
      expect((refusal as Error).message).toMatch(/could not append to .*log: no space left/)
      expect(text(await disk.read('log'))).toBe('kept')
      await expect(disk.replace('log', new Uint8Array(1024 * 1024))).rejects.toMatchObject({ code: 'no-space' })
      expect(text(await disk.read('log'))).toBe('kept')
      await disk.append('log', bytes(' on'))
      expect(text(await disk.read('log'))).toBe('kept on')
    } finally {
      await dispose()
    }
  })
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function text(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : new TextDecoder().decode(content)
}

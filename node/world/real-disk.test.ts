import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { diskContract } from './disk-contract.ts'
import { diskError } from './disk-error.ts'
import { openRealDisk, RealDisk } from './real-disk.ts'
import { liveHolderOf } from './real-lock.ts'

const directories: string[] = []

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-disk-'))
  directories.push(directory)
  return directory
}

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true })
})

diskContract('the real disk', async () => {
  const directory = await freshDirectory()
  let disk = await openRealDisk(directory)
  return {
    disk,
    async restart() {
      await disk.close()
      disk = await openRealDisk(directory)
      return disk
    },
    dispose: () => disk.close(),
  }
})

/** A process that is no more, as a lock would remember it. */
async function deadProcess(): Promise<{ pid: number }> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return { pid: child.pid as number }
}

/** What a lock says of this process. */
async function ownLock(): Promise<{ pid: number; bootId: string; startedTicks: string }> {
  const directory = await freshDirectory()
  const disk = await openRealDisk(directory)
  const content = await readFile(join(directory, 'lock.1'), 'utf8')
  await disk.close()
  return JSON.parse(content) as { pid: number; bootId: string; startedTicks: string }
}

test('[LOCK1] a second node in one directory is refused and told which process holds it', async () => {
  const directory = await freshDirectory()
  const disk = await openRealDisk(directory)
  await expect(openRealDisk(directory)).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining(`${directory} is in use by this very process (pid ${process.pid})`) as string,
  })
  await disk.close()
})

test('[LOCK1] a live holder in another process is named by its pid', async () => {
  const directory = await freshDirectory()
  const script = `import { lockDirectory } from ${JSON.stringify(new URL('./real-lock.ts', import.meta.url).href)}
    await lockDirectory(${JSON.stringify(directory)})
    console.log('locked')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await expect(openRealDisk(directory)).rejects.toThrow(`in use by process ${child.pid}; stop it, or give this node`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const disk = await openRealDisk(directory)
  await disk.close()
})

test('[LOCK4] whoever asks is told which live process holds a directory, and nobody where none does', async () => {
  const directory = await freshDirectory()
  expect(await liveHolderOf(directory)).toBeUndefined()
  expect(await liveHolderOf(join(directory, 'nowhere'))).toBeUndefined()
  const disk = await openRealDisk(directory)
  const holder = await liveHolderOf(directory)
  expect(holder).toMatchObject({ pid: process.pid })
  await disk.close()
  expect(await liveHolderOf(directory)).toBeUndefined()
  expect(await holder?.isAlive()).toBe(true)
  const { bootId } = await ownLock()
  await writeFile(join(directory, 'lock.7'), JSON.stringify({ ...(await deadProcess()), bootId, startedTicks: '1' }))
  expect(await liveHolderOf(directory)).toBeUndefined()
})

test('[LOCK2] the lock of a dead process, another boot, a re-used pid or a torn one is taken over', async () => {
  const { pid } = await deadProcess()
  const ours = await ownLock()
  const { bootId } = ours
  const stale = [
    JSON.stringify({ pid, bootId, startedTicks: '1' }),
    JSON.stringify({ ...ours, bootId: 'another boot' }),
    JSON.stringify({ ...ours, startedTicks: '1' }),
    '{"pid": 1',
    '',
    '{"pid": "all"}',
  ]
  for (const content of stale) {
    const directory = await freshDirectory()
    await writeFile(join(directory, 'lock.7'), content)
    const disk = await openRealDisk(directory)
    expect(await readdir(directory), content).toEqual(['lock.8'])
    await disk.close()
  }
})

test('[LOCK3] of many that find one stale lock at once exactly one gets the directory', async () => {
  for (let round = 0; round < 20; round++) {
    const directory = await freshDirectory()
    await writeFile(join(directory, 'lock.1'), '')
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => openRealDisk(directory)))
    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(winners.length).toBe(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'locked' })
    }
    await winners[0]?.value.close()
  }
})

test('[LOCK3] one who comes late with a lower number steps back', async () => {
  const directory = await freshDirectory()
  const holder = await openRealDisk(directory)
  // The state in which a late one has just linked a number that was free again.
  await link(join(directory, 'lock.1'), join(directory, 'lock.5'))
  await rm(join(directory, 'lock.1'))
  await expect(openRealDisk(directory)).rejects.toMatchObject({ code: 'locked' })
  expect(await readdir(directory)).toEqual(['lock.5'])
  await rm(join(directory, 'lock.5'))
  await holder.close()
})

test('[DISK10] an append the device has no room for is refused with a sentence that names the file', async () => {
  const directory = await freshDirectory()
  await symlink('/dev/full', join(directory, 'log'))
  const disk = new RealDisk(directory, { release: async () => {} })
  await expect(disk.append('log', new Uint8Array(10))).rejects.toThrow(
    `${join(directory, 'log')}: no space left (ENOSPC); free some`,
  )
  await disk.close()
})

test('[DISK11] a file whose sync failed takes no more until it is replaced', async () => {
  const directory = await freshDirectory()
  // fdatasync on a character device fails with EINVAL.
  await symlink('/dev/null', join(directory, 'log'))
  const disk = new RealDisk(directory, { release: async () => {} })
  await disk.append('log', new Uint8Array(1))
  await expect(disk.sync('log')).rejects.toMatchObject({ code: 'lost-write' })
  await expect(disk.append('log', new Uint8Array(1))).rejects.toThrow('check the disk and restart the node')
  await expect(disk.sync('log')).rejects.toMatchObject({ code: 'lost-write' })
  await disk.replace('log', new Uint8Array([1]))
  await disk.append('log', new Uint8Array([2]))
  expect([...((await disk.read('log')) ?? [])]).toEqual([1, 2])
  await disk.close()
})

test('[DISK12] a replacement that was torn before its rename is never seen', async () => {
  const directory = await freshDirectory()
  const disk = await openRealDisk(directory)
  await disk.replace('snapshot', new TextEncoder().encode('whole'))
  await writeFile(join(directory, 'snapshot.draft~'), 'to')
  expect(new TextDecoder().decode(await disk.read('snapshot'))).toBe('whole')
  await disk.replace('snapshot', new TextEncoder().encode('next'))
  expect((await readdir(directory)).toSorted()).toEqual(['lock.1', 'snapshot'])
  await disk.close()
})

test('[DISK13] more files than may be open at once keep what was appended to them', async () => {
  const disk = await openRealDisk(await freshDirectory())
  const names = Array.from({ length: 80 }, (_, number) => `pods/${number}`)
  for (const part of ['one ', 'two']) {
    await Promise.all(names.map((name) => disk.append(name, new TextEncoder().encode(part))))
    await Promise.all(names.map((name) => disk.sync(name)))
  }
  const contents = await Promise.all(names.map((name) => disk.read(name)))
  expect(new Set(contents.map((content) => new TextDecoder().decode(content)))).toEqual(new Set(['one two']))
  await disk.close()
})

test.each([
  ['ENOSPC', 'no-space', 'no space left'],
  ['EDQUOT', 'no-space', 'no space left'],
  ['EACCES', 'no-access', 'permission denied'],
  ['EROFS', 'no-access', 'the file system is read-only'],
  ['ENOTDIR', 'no-access', 'a file stands where a directory is needed'],
  ['EIO', 'failed', 'i/o error'],
])('[DISK14] %s becomes a sentence with code %s that names the path', (code, expected, sentence) => {
  const error = diskError('append to', '/data/log', Object.assign(new Error('i/o error'), { code }))
  expect(error.code).toBe(expected)
  expect(error.message).toMatch(/^could not append to \/data\/log: /)
  expect(error.message).toContain(sentence)
})

test('[DISK14] a data directory that is a file is refused by name', async () => {
  const directory = await freshDirectory()
  await writeFile(join(directory, 'file'), '')
  await expect(openRealDisk(join(directory, 'file'))).rejects.toThrow(
    `could not use the data directory ${join(directory, 'file')}: a file stands where a directory is needed`,
  )
})

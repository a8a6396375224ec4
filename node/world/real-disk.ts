/**
 * The disk port over one directory of a real file system.
 *
 * What makes it trustworthy: operations on one file run in the order they were asked for; an append that fails half way is
 * cut off again; a file whose sync failed takes no more, because the kernel may have dropped what it could not write and
 * would answer the next sync with success; a replacement is written aside, synced and renamed, so it is there whole or not
 * at all; and a name made or removed is made durable by syncing its directory.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { open, readFile, rename, rm, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DiskError, diskError, isFileName } from './disk-error.ts'
import { makeDirectories } from './real-directories.ts'
import { lockDirectory } from './real-lock.ts'
import type { DirectoryLock } from './real-lock.ts'
import type { Disk } from './world.ts'

/** Files kept open for appending: a log or two and room to spare; the one opened first gives way. */
const OPEN_FILES_MAX = 32

interface OpenFile {
  readonly handle: FileHandle
  /** The name was made by this handle and its directory not yet synced. */
  isNameNew: boolean
}

/** Takes the directory (made where absent, readable by its owner only) and locks it. Throws a `DiskError`. */
export async function openRealDisk(directory: string): Promise<RealDisk> {
  try {
    makeDirectories(directory, 0o700)
    return new RealDisk(directory, await lockDirectory(directory))
  } catch (error) {
    throw diskError('use the data directory', directory, error)
  }
}

export class RealDisk implements Disk {
  readonly directory: string
  readonly #lock: DirectoryLock
  readonly #open = new Map<string, OpenFile>()
  /** The last operation asked for, by file. */
  readonly #turns = new Map<string, Promise<void>>()
  readonly #lostWrites = new Set<string>()

  constructor(directory: string, lock: DirectoryLock) {
    this.directory = directory
    this.#lock = lock
  }

  read(file: string): Promise<Uint8Array | undefined> {
    return this.#inTurn('read', file, async (path) => {
      try {
        return await readFile(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    })
  }

  append(file: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn('append to', file, async (path) => {
      const { handle } = await this.#opened(file, path)
      const { size } = await handle.stat()
      try {
        await handle.appendFile(bytes)
      } catch (error) {
        await this.#orLost(file, path, () => cutBack(handle, size))
        throw error
      }
    })
  }

  sync(file: string): Promise<void> {
    return this.#inTurn('sync', file, (path) => this.#syncFile(file, path))
  }

  replace(file: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn('replace', file, async (path) => {
      const draft = `${path}.draft~`
      await makeDirectory(dirname(path))
      try {
        await writeDurably(draft, bytes)
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      // The handle, if one is open, still leads to the file that was replaced.
      await this.#closeFile(file)
      this.#lostWrites.delete(file)
      await syncDirectory(dirname(path))
    })
  }

  /** Durable when it resolves: the torn tail of a log is cut once, at start. */
  truncate(file: string, lengthBytes: number): Promise<void> {
    return this.#inTurn('truncate', file, async (path) => {
      const { handle } = await this.#opened(file, path)
      const { size } = await handle.stat()
      // Growing would fill the log with zeros.
      assert(lengthBytes >= 0 && lengthBytes <= size, `cannot cut ${path} of ${size} bytes at ${lengthBytes}`)
      await handle.truncate(lengthBytes)
      await this.#syncFile(file, path)
    })
  }

  remove(file: string): Promise<void> {
    return this.#inTurn('remove', file, async (path) => {
      await this.#closeFile(file)
      this.#lostWrites.delete(file)
      try {
        await unlink(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
        throw error
      }
      await syncDirectory(dirname(path))
    })
  }

  /** Waits for what was asked for, closes the files and lets the next process in. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#turns.values())
    for (const file of this.#open.keys()) await this.#closeFile(file)
    await this.#lock.release()
  }

  async #inTurn<T>(what: string, file: string, work: (path: string) => Promise<T>): Promise<T> {
    assert(isFileName(file), `"${file}" is no name for a file: relative, plain characters, no "." or ".."`)
    const path = join(this.directory, file)
    const before = this.#turns.get(file)
    const result = (before ?? Promise.resolve()).then(() => work(path))
    const turn = result.then(nothing, nothing)
    this.#turns.set(file, turn)
    try {
      return await result
    } catch (error) {
      throw diskError(what, path, error)
    } finally {
      if (this.#turns.get(file) === turn) this.#turns.delete(file)
    }
  }

  async #syncFile(file: string, path: string): Promise<void> {
    const opened = await this.#opened(file, path)
    await this.#orLost(file, path, async () => {
      await opened.handle.datasync()
      if (opened.isNameNew) await syncDirectory(dirname(path))
      opened.isNameNew = false
    })
  }

  /** Work whose failure leaves open what the file holds: it takes no more then. */
  async #orLost(file: string, path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#lostWrites.add(file)
      throw lostWrite(path, error)
    }
  }

  async #opened(file: string, path: string): Promise<OpenFile> {
    if (this.#lostWrites.has(file)) throw lostWrite(path, undefined)
    const known = this.#open.get(file)
    if (known !== undefined) return known
    await makeDirectory(dirname(path))
    const opened = await openForAppend(path)
    this.#open.set(file, opened)
    if (this.#open.size > OPEN_FILES_MAX) await this.#closeIdle()
    return opened
  }

  /** Closes the file opened first that nothing is being done to. A sync reopens it, and it is the file that is synced. */
  async #closeIdle(): Promise<void> {
    for (const [file, { isNameNew }] of this.#open) {
      if (this.#turns.has(file) || isNameNew) continue
      await this.#closeFile(file)
      return
    }
  }

  async #closeFile(file: string): Promise<void> {
    const opened = this.#open.get(file)
    this.#open.delete(file)
    await opened?.handle.close()
  }
}

async function openForAppend(path: string): Promise<OpenFile> {
  const flags = constants.O_RDWR | constants.O_APPEND
  try {
    return { handle: await open(path, flags | constants.O_CREAT | constants.O_EXCL, 0o600), isNameNew: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return { handle: await open(path, flags), isNameNew: false }
  }
}

/** Takes off what a failed append left. */
async function cutBack(handle: FileHandle, size: number): Promise<void> {
  if ((await handle.stat()).size > size) await handle.truncate(size)
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function makeDirectory(path: string): Promise<void> {
  const firstMade = makeDirectories(path, 0o700)
  if (firstMade !== undefined) await syncDirectory(dirname(firstMade))
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function lostWrite(path: string, cause: unknown): DiskError {
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  return new DiskError(
    'lost-write',
    `a sync of ${path} failed${why}: its last writes may be lost; check the disk and restart the node`,
    { cause },
  )
}

function nothing(): void {}

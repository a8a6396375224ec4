/**
 * A disk in memory, for tests and the simulator. It forgets as a machine does that loses power: what was appended and not
 * synced is gone after `crash()`, or a first part of it is left, torn anywhere.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { DiskError, isFileName } from './disk-error.ts'
import type { Disk } from './world.ts'

interface MemoryFile {
  bytes: Uint8Array
  /** Bytes at the front that a crash leaves; undefined: not even the name. */
  durableBytes: number | undefined
}

export class MemoryDisk implements Disk {
  /** What fits; appends and replacements beyond it are refused whole. May be changed at any time. */
  capacityBytes: number
  readonly #files = new Map<string, MemoryFile>()

  constructor({ capacityBytes = Number.POSITIVE_INFINITY }: { capacityBytes?: number } = {}) {
    this.capacityBytes = capacityBytes
  }

  async read(file: string): Promise<Uint8Array | undefined> {
    return this.#find(file)?.bytes.slice()
  }

  async append(file: string, bytes: Uint8Array): Promise<void> {
    const found = this.#find(file) ?? { bytes: new Uint8Array(0), durableBytes: undefined }
    this.#makeRoom('append to', file, bytes.length)
    found.bytes = Buffer.concat([found.bytes, bytes])
    this.#files.set(file, found)
  }

  async sync(file: string): Promise<void> {
    const found = this.#find(file) ?? { bytes: new Uint8Array(0), durableBytes: undefined }
    found.durableBytes = found.bytes.length
    this.#files.set(file, found)
  }

  async replace(file: string, bytes: Uint8Array): Promise<void> {
    // The old file stays until the new one is whole, so room is needed for both.
    this.#makeRoom('replace', file, bytes.length)
    this.#files.set(file, { bytes: bytes.slice(), durableBytes: bytes.length })
  }

  async truncate(file: string, lengthBytes: number): Promise<void> {
    const found = this.#find(file) ?? { bytes: new Uint8Array(0), durableBytes: undefined }
    const size = found.bytes.length
    assert(lengthBytes >= 0 && lengthBytes <= size, `cannot cut ${file} of ${size} bytes at ${lengthBytes}`)
    found.bytes = found.bytes.slice(0, lengthBytes)
    found.durableBytes = lengthBytes
    this.#files.set(file, found)
  }

  async remove(file: string): Promise<void> {
    this.#find(file)
    this.#files.delete(file)
  }

  /** Loses power. `survives` says how many bytes of a file's un-synced tail reached the platter; by default none. */
  crash(survives: (file: string, unsyncedBytes: number) => number = () => 0): void {
    for (const [file, found] of this.#files) {
      const durableBytes = found.durableBytes ?? 0
      const kept = Math.min(found.bytes.length, durableBytes + survives(file, found.bytes.length - durableBytes))
      if (found.durableBytes === undefined && kept === 0) this.#files.delete(file)
      else this.#files.set(file, { bytes: found.bytes.slice(0, kept), durableBytes: kept })
    }
  }

  /** What `crash()` would leave of a file, whatever the luck. */
  platter(file: string): Uint8Array {
    const found = this.#find(file)
    return found?.bytes.subarray(0, found.durableBytes ?? 0) ?? new Uint8Array(0)
  }

  /** Another one with what is durable on this one. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    for (const file of this.#files.keys()) {
      const bytes = this.platter(file).slice()
      copy.#files.set(file, { bytes, durableBytes: bytes.length })
    }
    return copy
  }

  /** Flips a bit that far into the file, from 0 to 1. False where it is empty or not there. */
  flip(file: string, at: number): boolean {
    const bytes = this.#find(file)?.bytes.slice()
    if (bytes === undefined || bytes.length === 0) return false
    const bit = Math.floor(at * bytes.length * 8)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    this.#find(file)!.bytes = bytes
    return true
  }

  #find(file: string): MemoryFile | undefined {
    assert(isFileName(file), `"${file}" is no name for a file: relative, plain characters, no "." or ".."`)
    return this.#files.get(file)
  }

  #makeRoom(what: string, file: string, addedBytes: number): void {
    let usedBytes = addedBytes
    for (const { bytes } of this.#files.values()) usedBytes += bytes.length
    if (usedBytes <= this.capacityBytes) return
    throw new DiskError('no-space', `could not ${what} ${file}: no space left; free some, nothing was changed`)
  }
}

/**
 * Writes a tar stream that came out of a container below one place of this machine, and nowhere else. The container may be
 * hostile: what it names is believed only as far as it stays there.
 *
 * Nothing is ever written through a link: every directory on the way is looked at first. A link is made only where it leads
 * to something below the same place, whatever other links are on its way; devices and pipes are not made at all.
 *
 * @module
 */
import {
  constants,
  createWriteStream,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import { CommandFailure } from './failure.ts'
import { safe } from './print/safe.ts'

/** Of names and attributes before an entry: tar-stream keeps them in memory. */
const HEAD_BYTES_MAX = 2 * 1024 * 1024

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants

export interface Unpacked {
  readonly files: number
  /** What was left out, in words. */
  readonly skipped: readonly string[]
}

/** `target`: what the one thing in the stream becomes; its directory is there. */
export async function unpack(source: Readable, target: string): Promise<Unpacked> {
  const writer = new Writer(target)
  const entries = extract()
  const head = new HeadBound()
  entries.on('entry', (header, body, next) => {
    head.expect(header.size ?? 0)
    writer.write(header, body).then(() => next(), next)
  })
  await pipeline(source, head, entries)
  if (writer.files === 0 && writer.skipped.length === 0)
    throw new CommandFailure('the container sent nothing: there may be no such file')
  return writer
}

/** [CLI96] A head without end would fill the memory. */
class HeadBound extends Transform {
  #bytes = 0
  #bytesMax = HEAD_BYTES_MAX

  expect(size: number): void {
    this.#bytesMax = this.#bytes + size + HEAD_BYTES_MAX
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bytesMax) done(new CommandFailure('the container sent an archive with an endless head'))
    else done(null, chunk)
  }
}

class Writer implements Unpacked {
  files = 0
  readonly skipped: string[] = []
  readonly #target: string
  /** The first name of every entry. */
  #top: string | undefined

  constructor(target: string) {
    this.#target = target
  }

  async write(header: Header, body: Readable): Promise<void> {
    const parts = this.#below(header.name)
    const path = join(this.#target, ...parts)
    this.#assertReal(parts)
    switch (header.type) {
      case 'directory':
        makeDirectory(path, header)
        break
      case 'file':
      case 'contiguous-file':
        await pipeline(body, createWriteStream('', { fd: openFile(path, header) }))
        break
      case 'symlink':
        this.#symlink(parts, path, header)
        break
      case 'link':
        this.#link(path, header)
        break
      default:
        this.#skip(header, `a ${header.type ?? 'thing of no kind'}`)
    }
    this.files += 1
    body.resume()
  }

  /** [CLI96] The parts of a name below the target. */
  #below(name: string): readonly string[] {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.')
    const [top] = parts
    if (name.startsWith('/') || name.includes('\0') || parts.includes('..') || top === undefined) throw hostile(name)
    this.#top ??= top
    if (top !== this.#top) throw hostile(name)
    return parts.slice(1)
  }

  /** [CLI96] What is on the way to an entry are directories, and not links to others. */
  #assertReal(parts: readonly string[]): void {
    for (let count = 0; count < parts.length; count += 1) {
      const path = join(this.#target, ...parts.slice(0, count))
      const found = exists(path)
      if (found === undefined) mkdirSync(path)
      else if (found.isSymbolicLink()) throw hostile(parts.join('/'))
      else if (!found.isDirectory()) throw new CommandFailure(`${path} is there and is no directory: move it away`)
    }
  }

  #symlink(parts: readonly string[], path: string, header: Header): void {
    const to = header.linkname ?? ''
    if (!staysBelow(parts.length, to)) return this.#skip(header, `a link that leads to ${to}, outside`)
    removeOld(path)
    symlinkSync(to, path)
  }

  #link(path: string, header: Header): void {
    const parts = this.#below(header.linkname ?? '')
    const to = join(this.#target, ...parts)
    this.#assertReal(parts)
    if (exists(to)?.isFile() !== true) throw hostile(header.linkname ?? '')
    if (to === path) return
    removeOld(path)
    linkSync(to, path)
  }

  #skip({ name }: Header, what: string): void {
    this.skipped.push(safe(`${name}: ${what}`))
    this.files -= 1
  }
}

/**
 * [CLI96] Whether a link at that depth (1: beside the top's own entries) leads below the target. It may climb first, through
 * real directories; later it may not, since another link may have brought it higher than it seems.
 */
function staysBelow(depth: number, to: string): boolean {
  if (to === '' || to.startsWith('/') || to.includes('\0')) return false
  const parts = to.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.findIndex((part) => part !== '..')
  const up = climbs === -1 ? parts.length : climbs
  return up < depth && !parts.slice(up).includes('..')
}

function makeDirectory(path: string, { mode = 0o755 }: Header): void {
  const found = exists(path)
  if (found?.isDirectory() === true) return
  if (found !== undefined) throw new CommandFailure(`${path} is there and is no directory: move it away`)
  mkdirSync(path, { mode: (mode & 0o777) | 0o700 })
}

function openFile(path: string, { mode = 0o644 }: Header): number {
  removeOld(path)
  return openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode & 0o777)
}

/** A link makes room; a file is written over; what is neither is left alone. */
function removeOld(path: string): void {
  const found = exists(path)
  if (found === undefined || found.isFile()) return
  if (!found.isSymbolicLink()) throw new CommandFailure(`${path} is there and is no file: move it away`)
  unlinkSync(path)
}

function exists(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function hostile(name: string): CommandFailure {
  return new CommandFailure(
    `the container sent "${safe(name.slice(0, 200))}", which leads out of where it is to be copied: nothing more is taken from it`,
  )
}

/** Where a copy of that name goes: into a directory that is there, or to the path itself. */
export function placeFor(local: string, name: string): string {
  const place = statSync(local, { throwIfNoEntry: false })?.isDirectory() === true ? join(local, name) : local
  if (exists(dirname(place)) === undefined) throw new CommandFailure(`${dirname(place)} is not there: make it first`)
  return place
}

/**
 * A file or a directory of this machine as a tar stream, under a name of its own. Owners are not carried: what is copied into
 * a container belongs to its root.
 *
 * @module
 */
import { createReadStream, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack as newPack, type Header } from 'tar-stream'

type Pack = ReturnType<typeof newPack>

/** `onSkip` is told what a tar stream cannot carry. Errors come out of the stream. */
export function pack(path: string, name: string, onSkip: (sentence: string) => void): Readable {
  const stream = newPack()
  add(stream, { path, name, onSkip }).then(
    () => stream.finalize(),
    (error: Error) => stream.destroy(error),
  )
  return stream
}

async function add(
  stream: Pack,
  { path, name, onSkip }: { path: string; name: string; onSkip: (sentence: string) => void },
): Promise<void> {
  const found = lstatSync(path)
  const header = { name, mode: found.mode & 0o7777, mtime: found.mtime, uid: 0, gid: 0 }
  if (found.isDirectory()) {
    await entry(stream, { ...header, type: 'directory' })
    for (const each of readdirSync(path).toSorted())
      await add(stream, { path: join(path, each), name: `${name}/${each}`, onSkip })
  } else if (found.isSymbolicLink()) {
    await entry(stream, { ...header, type: 'symlink', linkname: readlinkSync(path) })
  } else if (found.isFile()) {
    await file(stream, { ...header, type: 'file', size: found.size }, path)
  } else {
    onSkip(`${path} is neither file nor directory: left out`)
  }
}

function entry(stream: Pack, header: Header): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.entry(header, (error) => (error ? reject(error) : resolve())).end()
  })
}

async function file(stream: Pack, header: Header & { size: number }, path: string): Promise<void> {
  if (header.size === 0) return entry(stream, header)
  await new Promise<void>((resolve, reject) => {
    const sink = stream.entry(header, (error) => (error ? reject(error) : resolve()))
    // Of a file that grows meanwhile, what it was.
    pipeline(createReadStream(path, { end: header.size - 1 }), sink).catch(reject)
  })
}

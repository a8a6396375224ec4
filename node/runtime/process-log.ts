/**
 * Output of processes. They write to their file themselves, without the agent, so that nothing is lost and nothing blocks
 * while there is none. The price: no line knows its time.
 *
 * @module
 */
import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { pipeline, Readable, Transform } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { LogOptions } from './runtime.ts'

/** A file this long is moved away; with the one before it a container keeps at most twice this, as Docker does for us. */
export const LOG_BYTES_MAX = 10 * 1024 * 1024

const CHUNK_BYTES = 64 * 1024
/** How soon a follower sees a new line. */
const FOLLOW_MS = 50

/**
 * [PROC9] Copies a long log away and empties it. The writer appends, so it goes on at the new end; what it writes between
 * the copy and the cut (well under a millisecond apart) is lost.
 */
export function rotateLog(file: string, bytesMax = LOG_BYTES_MAX): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= bytesMax) return
  copyFileSync(file, `${file}.1`)
  truncateSync(file, 0)
}

/** `isOver`: nothing will be written any more. */
export function readLog(file: string, options: LogOptions, isOver: () => boolean): Readable {
  const bytes = leavable((left) => chunks(file, options, { isOver, left }))
  if (!options.timestamps) return bytes
  const stamped = stampLines(() => (isOver() && existsSync(file) ? writtenAtMs(file) : Date.now()))
  // An error of either end destroys the other and comes out at the reader.
  return pipeline(bytes, stamped, () => {})
}

/** What is written from now on. */
export function followLog(file: string, isOver: () => boolean): Readable {
  const { size } = statSync(file)
  return leavable((left) => chunksFrom(file, size, { isOver, left }))
}

/** When a follower stops: nothing more comes, or its reader has gone. */
interface Until {
  readonly isOver: () => boolean
  readonly left: AbortSignal
}

/**
 * [PROC15] A generator is not left while it waits for its next chunk, and a silent container's never comes: `left` wakes it,
 * so that it closes its files at once.
 */
function leavable(make: (left: AbortSignal) => AsyncGenerator<Buffer>): Readable {
  const leaving = new AbortController()
  const bytes = make(leaving.signal)
  return new Readable({
    read() {
      bytes.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      leaving.abort()
      bytes.return(undefined).then(
        () => done(error),
        () => done(error),
      )
    },
  })
}

async function* chunksFrom(path: string, offset: number, until: Until): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    yield* followFrom(file, offset, until)
  } finally {
    await file.close()
  }
}

async function* chunks(file: string, options: LogOptions, until: Until): AsyncGenerator<Buffer> {
  const isOld = options.sinceMs !== undefined && writtenAtMs(file) < options.sinceMs
  const older = existsSync(`${file}.1`) ? await open(`${file}.1`) : undefined
  const newer = await open(file)
  try {
    const start = await findStart(older, newer, isOld ? 0 : options.tailLines)
    if (older !== undefined) yield* readFrom(older, start.older)
    yield* options.follow ? followFrom(newer, start.newer, until) : readFrom(newer, start.newer)
  } finally {
    await older?.close()
    await newer.close()
  }
}

interface Start {
  readonly older: number
  readonly newer: number
}

async function findStart(older: FileHandle | undefined, newer: FileHandle, tailLines?: number): Promise<Start> {
  if (tailLines === undefined) return { older: 0, newer: 0 }
  const olderEnd = (await older?.stat())?.size ?? 0
  const tail = await findTail(newer, tailLines)
  if (tail.lines >= tailLines || older === undefined) return { older: olderEnd, newer: tail.offset }
  return { older: (await findTail(older, tailLines - tail.lines)).offset, newer: 0 }
}

/** Where the last `wanted` lines begin, read from the end; `lines` is how many there are. */
async function findTail(file: FileHandle, wanted: number): Promise<{ offset: number; lines: number }> {
  const { size } = await file.stat()
  if (wanted === 0) return { offset: size, lines: 0 }
  let lines = 0
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    for (let at = end - start - 1; at >= 0; at -= 1) {
      const endsLine = buffer[at] === 10 || start + at === size - 1
      if (endsLine && lines === wanted) return { offset: start + at + 1, lines }
      if (endsLine) lines += 1
    }
  }
  return { offset: 0, lines }
}

async function* readFrom(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  for (let at = offset; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* followFrom(file: FileHandle, offset: number, { isOver, left }: Until): AsyncGenerator<Buffer> {
  for (let at = offset; ;) {
    const wasOver = isOver()
    // A file that is shorter than what was read of it was rotated: go on at its new beginning.
    if ((await file.stat()).size < at) at = 0
    for await (const chunk of readFrom(file, at)) {
      at += chunk.length
      yield chunk
    }
    if (wasOver) return
    await pause(FOLLOW_MS, undefined, { signal: left })
  }
}

/**
 * [PROC10] A line is stamped with the last moment at which it can have been written: now while it is followed, the end of
 * the file's writing afterwards.
 */
function stampLines(atMs: () => number): Transform {
  let atLineStart = true
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const stamp = Buffer.from(`${new Date(atMs()).toISOString()} `)
      for (let from = 0; from < chunk.length;) {
        const newline = chunk.indexOf(10, from)
        const end = newline < 0 ? chunk.length : newline + 1
        if (atLineStart) this.push(stamp)
        this.push(chunk.subarray(from, end))
        atLineStart = newline >= 0
        from = end
      }
      done()
    },
  })
}

function writtenAtMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * Output of processes. They write to their file themselves, without the agent, so that nothing is lost and nothing blocks
 * while there is none. When a line was written is told by an index beside the file (`process-log-times.ts`).
 *
 * @module
 */
import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { LogTimes, moveTimes, noteTime } from './process-log-times.ts'
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
export function rotateLog(file: string, bytesMax: number, copied: () => void = () => {}): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= bytesMax) return
  copyFileSync(file, `${file}.1`)
  copied()
  truncateSync(file, 0)
}

/** [PROC10] With the times of its lines. */
export function rotateTimedLog(file: string, bytesMax = LOG_BYTES_MAX): void {
  rotateLog(file, bytesMax, () => {
    noteTime(file)
    moveTimes(file, `${file}.1`)
  })
}

/** `isOver`: nothing will be written any more. */
export function readLog(file: string, options: LogOptions, isOver: () => boolean): Readable {
  return leavable((left) => chunks(file, options, { isOver, left }))
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
    for await (const { bytes } of followFrom(file, offset, until)) yield bytes
  } finally {
    await file.close()
  }
}

/** A log that is open, and the times of its lines. */
interface Part {
  readonly file: FileHandle
  readonly times: LogTimes
}

async function* chunks(path: string, options: LogOptions, until: Until): AsyncGenerator<Buffer> {
  const older = existsSync(`${path}.1`) ? await openPart(`${path}.1`) : undefined
  const newer = await openPart(path)
  const stamp = options.timestamps ? stamper() : ({ bytes }: Chunk): Buffer => bytes
  try {
    const start = await findStart(older, newer, options)
    if (older !== undefined)
      for await (const chunk of readFrom(older.file, start.older)) yield stamp(chunk, older.times)
    let { times } = newer
    const rest = options.follow ? followFrom(newer.file, start.newer, until) : readFrom(newer.file, start.newer)
    for await (const chunk of rest) {
      if (chunk.isAnew === true) times = new LogTimes(path)
      yield stamp(chunk, times)
    }
  } finally {
    await older?.file.close()
    await newer.file.close()
  }
}

async function openPart(path: string): Promise<Part> {
  return { file: await open(path), times: new LogTimes(path) }
}

interface Start {
  readonly older: number
  readonly newer: number
}

/** Of what is neither before the tail nor before the time. */
async function findStart(older: Part | undefined, newer: Part, { tailLines, sinceMs }: LogOptions): Promise<Start> {
  const tail = await findTailStart(older?.file, newer.file, tailLines)
  if (sinceMs === undefined) return tail
  return {
    older: older === undefined ? 0 : Math.max(tail.older, await findSince(older, sinceMs)),
    newer: Math.max(tail.newer, await findSince(newer, sinceMs)),
  }
}

/** [PROC10] The first line that began at this time or later. */
async function findSince({ file, times }: Part, sinceMs: number): Promise<number> {
  const since = times.offsetSince(sinceMs)
  if (since === 0) return 0
  for await (const { at, bytes } of readFrom(file, since - 1)) {
    const newline = bytes.indexOf(10)
    if (newline >= 0) return at + newline + 1
  }
  return (await file.stat()).size
}

async function findTailStart(older: FileHandle | undefined, newer: FileHandle, tailLines?: number): Promise<Start> {
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

interface Chunk {
  /** Offset of its first byte. */
  readonly at: number
  readonly bytes: Buffer
  /** The first of a log that was emptied since the last one. */
  readonly isAnew?: boolean
}

async function* readFrom(file: FileHandle, offset: number): AsyncGenerator<Chunk> {
  for (let at = offset; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    yield { at, bytes: buffer.subarray(0, bytesRead) }
    at += bytesRead
  }
}

async function* followFrom(file: FileHandle, offset: number, { isOver, left }: Until): AsyncGenerator<Chunk> {
  let isAnew = false
  for (let at = offset; ;) {
    const wasOver = isOver()
    // A file that is shorter than what was read of it was rotated: go on at its new beginning.
    if ((await file.stat()).size < at) {
      at = 0
      isAnew = true
    }
    for await (const chunk of readFrom(file, at)) {
      at += chunk.bytes.length
      yield { ...chunk, isAnew }
      isAnew = false
    }
    if (wasOver) return
    await pause(FOLLOW_MS, undefined, { signal: left })
  }
}

/** [PROC10] Puts before each line when its first byte was written. */
function stamper(): (chunk: Chunk, times: LogTimes) => Buffer {
  let atLineStart = true
  return ({ at, bytes }, times) => {
    const parts: Buffer[] = []
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(10, from)
      const end = newline < 0 ? bytes.length : newline + 1
      if (atLineStart) parts.push(Buffer.from(`${new Date(times.atMs(at + from)).toISOString()} `))
      parts.push(bytes.subarray(from, end))
      atLineStart = newline >= 0
      from = end
    }
    return Buffer.concat(parts)
  }
}

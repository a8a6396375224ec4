/**
 * A node as a process of its own, started in the background and waited for until it answers. It is told its options on
 * standard input, where a ticket is seen by nobody; it outlives us.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDirectories, type ClusterInfo } from '../node/index.ts'
import type { NodeOptions } from '../node/options.ts'
import { Client } from './client.ts'
import { endpoint } from './endpoint.ts'
import { CommandFailure } from './failure.ts'

/** Measured: half the memory of a node at rest, for some more work of the collector. */
export const NODE_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size']

/**
 * glibc keeps what a thread freed for that thread, and the compiler's threads free much; above these sizes it goes back to the
 * machine. Three runs each, 20 s after the start: 85 to 89 MB instead of 97 to 111.
 */
export const NODE_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
}

const LOG_FILE = 'node.log'

/** A node with 3,000 objects serves after 3 s; a slow disk may need more. */
const READY_MS_MAX = 30_000
const LOOK_MS = 40

export function clientOf({ apiSocket }: Pick<NodeOptions, 'apiSocket'>): Client {
  return new Client({ endpoints: [endpoint(`unix:${apiSocket}`)], answerMs: 10_000 })
}

/** The node that answers on this socket already, if there is one. */
export async function running(options: Pick<NodeOptions, 'apiSocket'>): Promise<ClusterInfo | undefined> {
  try {
    return await clientOf(options).get<ClusterInfo>('/shoal/v1/info')
  } catch {
    return undefined
  }
}

export interface Started {
  readonly info: ClusterInfo
  readonly pid: number
  readonly logFile: string
}

/** Resolves when the node's API answers. Throws a `CommandFailure` with the node's own last words. */
export async function startInBackground(
  options: NodeOptions,
  program: readonly string[] = thisProgram(),
): Promise<Started> {
  const logFile = logFileOf(options)
  const logged = sizeOf(logFile)
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(process.execPath, [...NODE_FLAGS, ...program, '__node'], {
    detached: true,
    stdio: ['pipe', log, log],
    env: { ...NODE_ENVIRONMENT, ...process.env },
  })
  let ended: string | undefined
  child.once('exit', (code, signal) => {
    ended = `exit code ${code ?? signal}`
  })
  child.once('error', (error) => {
    ended = error.message
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(JSON.stringify(options))
  const begunMs = performance.now()
  while (performance.now() - begunMs < READY_MS_MAX) {
    if (ended !== undefined)
      throw new CommandFailure(lastWords(logFile, logged) || `the node ended at once (${ended}): its log is ${logFile}`)
    const info = await running(options)
    if (info !== undefined) {
      child.unref()
      return { info, pid: child.pid as number, logFile }
    }
    await sleep(LOOK_MS)
  }
  child.unref()
  throw new CommandFailure(
    `the node (pid ${child.pid}) does not answer on ${options.apiSocket} after ${READY_MS_MAX / 1_000} s: its log is ${logFile}`,
  )
}

/** As we were started ourselves: bundled, or from sources through tsx. */
function thisProgram(): readonly string[] {
  return [...process.execArgv, process.argv[1] as string]
}

function logFileOf({ dataDir }: NodeOptions): string {
  try {
    makeDirectories(dataDir, 0o700)
  } catch (error) {
    throw new CommandFailure(
      `the data directory ${dataDir} cannot be made: ${(error as Error).message}; choose another with --data-dir`,
    )
  }
  return join(dataDir, LOG_FILE)
}

/** Twice this is what the log of a node takes at most, and what it writes within `LOG_LOOK_MS`. */
const LOG_BYTES_MAX = 16 * 1024 * 1024
const LOG_LOOK_MS = 30_000

/** [CLI65] Called by the node itself: its log is moved to `node.log.1` once it is long, and goes on from its beginning. */
export async function boundLog(
  { dataDir }: Pick<NodeOptions, 'dataDir'>,
  { bytesMax, lookMs }: { bytesMax: number; lookMs: number } = { bytesMax: LOG_BYTES_MAX, lookMs: LOG_LOOK_MS },
): Promise<void> {
  const { rotateLog } = await import('../node/main.ts')
  const look = (): void => {
    try {
      rotateLog(join(dataDir, LOG_FILE), bytesMax)
    } catch {
      // The disk is full, or the file is gone: the node has worse to say, and this is tried again.
    }
  }
  setInterval(look, lookMs).unref()
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** What the node said of its end, without the log around it. */
function lastWords(logFile: string, from: number): string {
  const text = readFileSync(logFile).subarray(from).toString('utf8')
  const at = text.lastIndexOf('error: ')
  return at === -1 ? text.split('\n').slice(-12).join('\n').trim() : text.slice(at + 'error: '.length).trim()
}

/**
 * Cleans up after a lab whose process died, by whatever signal: a process of its own that hears, on its input, of everything
 * that is made, and ends and removes all of it when that input ends without a farewell.
 *
 * The file is both ends: imported it starts the warden, run as a program it is the warden.
 *
 * @module
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { removeShared } from './machine-clock.ts'
import { killQuietly, killRemains, removeRemains, until } from './remains.ts'
import { processesNaming } from './runs.ts'

/** A network namespace with all that runs in it, a control group, a directory with all that names it, or a process with a fake clock. */
interface Watched {
  readonly namespace?: string
  readonly group?: string
  readonly directory?: string
  readonly clockOf?: number
}

const FAREWELL = 'farewell'
/** What was killed is gone in a blink, unless it hangs in the kernel. */
const END_MS_MAX = 10_000

export class Warden {
  readonly #process: ChildProcess

  constructor() {
    const words = ['--import', 'tsx', import.meta.filename]
    // A session of its own: what ends the test's whole group does not end it.
    this.#process = spawn(process.execPath, words, { detached: true, stdio: ['pipe', 'ignore', 'inherit'] })
    // Nobody waits for it.
    this.#process.unref()
    const input = this.#process.stdin as unknown as { unref?(): void }
    input.unref?.()
    this.#process.stdin?.on('error', () => {})
  }

  watch(watched: Watched): void {
    this.#process.stdin?.write(`${JSON.stringify(watched)}\n`)
  }

  /** All is removed already. */
  dismiss(): void {
    this.#process.stdin?.end(`${FAREWELL}\n`)
  }
}

/** The other end. */
async function beWarden(): Promise<void> {
  const watched: Watched[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === FAREWELL) return
    watched.push(JSON.parse(line) as Watched)
  }
  await cleanUp(watched)
}

async function cleanUp(watched: readonly Watched[]): Promise<void> {
  const namespaces = watched.flatMap(({ namespace }) => namespace ?? [])
  const groups = watched.flatMap(({ group }) => group ?? [])
  const directories = watched.flatMap(({ directory }) => directory ?? [])
  // An engine names its directory, a container is in a group.
  const places = [
    ...groups.map((group) => ({ group, dir: '/nowhere' })),
    ...directories.map((dir) => ({ dir, group: 'none' })),
  ]
  await until(() => {
    const pids = [...namespaces.flatMap(pidsIn), ...directories.flatMap(processesNaming)]
    for (const pid of pids) killQuietly(pid)
    const left = places.map(killRemains).reduce((sum, count) => sum + count, pids.length)
    return left === 0
  }, END_MS_MAX)
  for (const { clockOf } of watched) if (clockOf !== undefined) removeShared(clockOf)
  for (const place of places) removeRemains(place)
  for (const namespace of namespaces) said('ip', 'netns', 'del', namespace)
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
}

function pidsIn(namespace: string): number[] {
  return said('ip', 'netns', 'pids', namespace)
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
}

/** Empty where it fails: what was to be removed may be gone. */
function said(program: string, ...words: string[]): string {
  try {
    return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

if (process.argv[1] === import.meta.filename) await beWarden()

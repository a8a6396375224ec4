/**
 * Which process is which. A pid alone names nobody for long: numbers are used again. A process is known by its boot, its pid
 * and its start time, all three from /proc, and what it left behind by a mark in its environment.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface ProcessIdentity {
  readonly bootId: string
  readonly pid: number
  /** Clock ticks from boot to its start, as /proc writes it. */
  readonly startTicks: string
}

/** In the environment of every process of a run: the path of the run's files without their endings, which no two runs share. */
export const MARK = 'SHOAL_RUN'

/** A pod that forks faster than it is swept must not hold the agent for ever. */
const SWEEPS_MAX = 20
/** Processes looked at before others get their turn: 30 us each. */
const LOOKS_AT_ONCE = 200

let bootIdRead: string | undefined

/** Changes with every boot of the machine. */
export function bootId(): string {
  bootIdRead ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return bootIdRead
}

/** What a line of /proc/<pid>/stat says. The command's name in it may hold spaces and parentheses: count from the last `)`. */
export function parseStat(line: string): { pid: number; state: string; startTicks: string } | undefined {
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .trim()
    .split(' ')
  const pid = Number.parseInt(line, 10)
  const [state, startTicks] = [fields[0], fields[19]]
  if (!line.includes(')') || !(pid > 0) || state === undefined || startTicks === undefined) return undefined
  return { pid, state, startTicks }
}

/** The file a shim writes about itself before it runs anything: boot id and its line of /proc. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const space = text.indexOf(' ')
  const stat = space < 0 ? undefined : parseStat(text.slice(space + 1))
  return stat && { bootId: text.slice(0, space), pid: stat.pid, startTicks: stat.startTicks }
}

/** [PROC2] Whether this very process runs. A zombie, a reused pid and a process from before the last boot do not. */
export function isAlive({ bootId: boot, pid, startTicks }: ProcessIdentity): boolean {
  if (boot !== bootId()) return false
  const stat = parseStat(readOrEmpty(`/proc/${pid}/stat`))
  return stat !== undefined && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

/** Signals the group that this process leads, if it still does. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return
  try {
    process.kill(-identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * [PROC6] Kills all that carries the mark of a run, or of any run in a directory, in rounds until a round finds nothing: also
 * what left its group or session.
 */
export async function killMarked(mark: { run: string } | { directory: string }): Promise<void> {
  // As bytes: an environment need not be UTF-8.
  const entry = Buffer.from(`\0${MARK}=${'run' in mark ? `${mark.run}\0` : `${mark.directory}/`}`).toString('latin1')
  for (let round = 0; round < SWEEPS_MAX; round += 1) {
    const pids = await markedPids(entry)
    if (pids.length === 0) return
    for (const pid of pids) killQuietly(pid)
  }
}

/** The mark of a process's run; undefined: it has none, or its environment is not ours to read. */
export function markOf(pid: number): string | undefined {
  const found = new RegExp(`\0${MARK}=([^\0]*)`).exec(environmentOf(pid))
  return found?.[1] === undefined ? undefined : Buffer.from(found[1], 'latin1').toString()
}

/** Kills all in the session that this process leads, or led. */
export async function killSession(leader: number): Promise<void> {
  const isIn = (pid: number): boolean => sessionOf(readOrEmpty(`/proc/${pid}/stat`)) === leader
  for (const pid of await pidsWhere(isIn)) killQuietly(pid)
}

function sessionOf(line: string): number | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return line === '' ? undefined : Number(fields[3])
}

function markedPids(entry: string): Promise<number[]> {
  return pidsWhere((pid) => environmentOf(pid).includes(entry))
}

function environmentOf(pid: number): string {
  return `\0${readOrEmpty(`/proc/${pid}/environ`, 'latin1')}`
}

async function pidsWhere(is: (pid: number) => boolean): Promise<number[]> {
  const found: number[] = []
  const pids = readdirSync('/proc').map(Number)
  for (const [index, pid] of pids.entries()) {
    if (index % LOOKS_AT_ONCE === 0) await nextTurn()
    if (pid > 0 && pid !== process.pid && is(pid)) found.push(pid)
  }
  return found
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone between the look and the kill
  }
}

function readOrEmpty(file: string, encoding: BufferEncoding = 'utf8'): string {
  try {
    return readFileSync(file, encoding)
  } catch {
    return ''
  }
}

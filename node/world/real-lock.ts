/**
 * One process per data directory. The lock is a file that names its holder; a holder that is dead is succeeded.
 *
 * The idea: locks come in generations, `lock.1`, `lock.2` ... and the highest counts. Whoever finds its holder dead makes the
 * next generation, and only one can, since `link` fails where the name exists. Taking a stale lock over by deleting it
 * would let two processes that both saw it stale delete one another's. A generation is removed only once a higher one stands,
 * so numbers never fall, and one who comes late sees the higher number and steps back.
 *
 * Dead means: another boot, no such process, or one that started at another time (the number was given anew). A holder in
 * another pid namespace cannot be seen and counts as dead: do not share a data directory between containers.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DiskError } from './disk-error.ts'

export interface DirectoryLock {
  /** Lets the next process in. The file stays, marked as free. */
  release(): Promise<void>
}

interface Holder {
  readonly pid: number
  /** Differs after every boot of the machine; absent where the system does not tell. */
  readonly bootId?: string
  /** Clock ticks from boot to the start of the process; absent where the system does not tell. */
  readonly startedTicks?: string
}

/** Rounds of finding a dead holder and losing the race for its place; each means that another process came up meanwhile. */
const ROUNDS_MAX = 20

/** Takes the lock of a directory that exists. Throws a `DiskError` `locked` that names the process that holds it. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const draft = join(directory, `draft-lock.${randomUUID()}`)
  await writeFile(draft, JSON.stringify(await holderOf(process.pid)))
  try {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const generation = await succeed(directory, draft)
      if (generation !== undefined) return { release: () => release(directory, generation) }
    }
  } finally {
    await rm(draft, { force: true })
  }
  throw new DiskError('locked', `could not lock ${directory}: other processes keep taking it; start one node in it`)
}

export interface LiveHolder {
  readonly pid: number
  /** Of the very process, also after it let go of the lock. */
  isAlive(): Promise<boolean>
}

/** [LOCK4] The live process that holds a directory, for those who want to end it; undefined: free, or not there. */
export async function liveHolderOf(directory: string): Promise<LiveHolder | undefined> {
  const current = Math.max(0, ...(await generations(directory).catch(() => [])))
  const holder = current === 0 ? undefined : await readHolder(lockPath(directory, current))
  if (holder === undefined || !(await isAlive(holder))) return undefined
  return { pid: holder.pid, isAlive: () => isAlive(holder) }
}

/** Makes the generation after a dead holder's; undefined: somebody was faster. */
async function succeed(directory: string, draft: string): Promise<number | undefined> {
  const current = Math.max(0, ...(await generations(directory)))
  if (current > 0) await refuseWhereAlive(directory, current)
  const ours = current + 1
  try {
    await link(draft, lockPath(directory, ours))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
  const all = await generations(directory)
  if (all.some((generation) => generation > ours)) {
    await rm(lockPath(directory, ours), { force: true })
    return undefined
  }
  for (const older of all) if (older < ours) await rm(lockPath(directory, older), { force: true })
  return ours
}

async function refuseWhereAlive(directory: string, generation: number): Promise<void> {
  const holder = await readHolder(lockPath(directory, generation))
  if (holder === undefined || !(await isAlive(holder))) return
  const who = holder.pid === process.pid ? `this very process (pid ${holder.pid})` : `process ${holder.pid}`
  throw new DiskError(
    'locked',
    `the data directory ${directory} is in use by ${who}; stop it, or give this node a directory of its own`,
  )
}

async function release(directory: string, generation: number): Promise<void> {
  const draft = join(directory, `draft-lock.${randomUUID()}`)
  await writeFile(draft, 'free')
  await rename(draft, lockPath(directory, generation))
}

async function generations(directory: string): Promise<number[]> {
  const names = await readdir(directory)
  return names.flatMap((name) => /^lock\.(\d{1,9})$/.exec(name)?.[1] ?? []).map(Number)
}

function lockPath(directory: string, generation: number): string {
  return join(directory, `lock.${generation}`)
}

/** Undefined: free, gone meanwhile, or torn by a loss of power, which its holder did not outlive either. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof holder !== 'object' || holder === null || !('pid' in holder)) return undefined
    return Number.isInteger(holder.pid) && (holder.pid as number) > 0 ? (holder as Holder) : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  const now = await holderOf(holder.pid)
  if (now.bootId !== holder.bootId) return false
  if (holder.startedTicks !== undefined) return now.startedTicks === holder.startedTicks
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What can be known of a process from outside it. */
async function holderOf(pid: number): Promise<Holder> {
  const bootId = await readOrNothing('/proc/sys/kernel/random/boot_id')
  const stat = await readOrNothing(`/proc/${pid}/stat`)
  // The name in parentheses may hold spaces and parentheses; field 22 counts from the last `)`, which ends field 2.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  // A zombie is dead and holds nothing; it stays for as long as its parent does not ask (pid 1 of many containers never does).
  const startedTicks = state === 'Z' || state === 'X' ? undefined : fields[22 - 4]
  return {
    pid,
    ...(bootId === undefined ? {} : { bootId: bootId.trim() }),
    ...(startedTicks === undefined ? {} : { startedTicks }),
  }
}

async function readOrNothing(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined)
}

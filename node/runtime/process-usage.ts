/**
 * What processes take, from /proc: one pass over the table, since whose a process is says its session and nothing else does.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { bootId, type ProcessIdentity } from './process-table.ts'

/** Of /proc: part of Linux' promise to programs on all its machines (USER_HZ). */
const TICK_MS = 10
/** Processes looked at before others get their turn: 10 us each. */
const LOOKS_AT_ONCE = 100

export interface SessionUsage {
  readonly cpuMs: number
  readonly memoryBytes: number
}

let pageBytesRead: number | undefined

/** 4 KiB on most machines, up to 64 KiB on some with ARM. */
function pageBytes(): number {
  pageBytesRead ??=
    1024 * Number(/^KernelPageSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1] ?? 4)
  return pageBytesRead
}

/** Of all that is in the sessions of these leaders; one that runs no more has none. Pages that processes share count for each. */
export async function sessionUsages(
  leaders: readonly ProcessIdentity[],
): Promise<ReadonlyMap<ProcessIdentity, SessionUsage>> {
  const sums = new Map<number, { cpuMs: number; memoryBytes: number; leaderTicks: string }>()
  for (const { pid } of leaders) sums.set(pid, { cpuMs: 0, memoryBytes: 0, leaderTicks: '' })
  if (sums.size > 0) await addAll(sums)
  const found = leaders.flatMap((leader): [ProcessIdentity, SessionUsage][] => {
    const { leaderTicks, ...usage } = sums.get(leader.pid)!
    return leader.bootId === bootId() && leaderTicks === leader.startTicks ? [[leader, usage]] : []
  })
  return new Map(found)
}

async function addAll(sums: Map<number, { cpuMs: number; memoryBytes: number; leaderTicks: string }>): Promise<void> {
  for (const [index, name] of readdirSync('/proc').entries()) {
    if (index % LOOKS_AT_ONCE === 0) await nextTurn()
    const pid = Number(name)
    const stat = pid > 0 ? statOf(pid) : undefined
    const sum = stat && sums.get(stat.session)
    if (stat === undefined || sum === undefined) continue
    sum.cpuMs += stat.ticks * TICK_MS
    sum.memoryBytes += stat.pages * pageBytes()
    if (pid === stat.session) sum.leaderTicks = stat.startTicks
  }
}

/** Its ticks are with those of the children it has waited for: they had none of the others' table any more. */
function statOf(pid: number): { session: number; ticks: number; pages: number; startTicks: string } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
    return { session: Number(fields[3]), ticks, pages: Number(fields[21]), startTicks: fields[19] ?? '' }
  } catch {
    return undefined // gone since the directory was read
  }
}

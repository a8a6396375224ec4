/**
 * What processes take, from /proc: one pass over the table. No process has a control group of its own here, so whose it is
 * says its session; that of one that left for another session says the mark in its environment, which it has from those that
 * it comes from, or its parent.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { bootId, markOf, type ProcessIdentity } from './process-table.ts'

/** Of /proc: part of Linux' promise to programs on all its machines (USER_HZ). */
const TICK_MS = 10
/** Processes looked at before others get their turn: 10 us each. */
const LOOKS_AT_ONCE = 100

/** Who is asked about: all that the leader of a session brought forth. */
export interface Family {
  readonly identity: ProcessIdentity
  /** In the environment of all its processes. */
  readonly mark: string
}

export interface FamilyUsage {
  readonly cpuMs: number
  readonly memoryBytes: number
}

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly session: number
  readonly ticks: number
  readonly pages: number
  readonly startTicks: string
}

type Table = ReadonlyMap<number, Stat>

let pageBytesRead: number | undefined

/** 4 KiB on most machines, up to 64 KiB on some with ARM. */
function pageBytes(): number {
  pageBytesRead ??=
    1024 * Number(/^KernelPageSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1] ?? 4)
  return pageBytesRead
}

/** [PROC42] Of each whose leader runs. Pages that processes share count for each. */
export async function familyUsages<F extends Family>(families: readonly F[]): Promise<ReadonlyMap<F, FamilyUsage>> {
  if (families.length === 0) return new Map()
  const table = await readTable()
  const sums = new Map(
    families
      .filter(({ identity: { pid, startTicks, bootId: boot } }) => {
        return boot === bootId() && table.get(pid)?.startTicks === startTicks
      })
      .map((family) => [family, { cpuMs: 0, memoryBytes: 0 }]),
  )
  const familyOf = familyFinder(table, [...sums.keys()])
  let looks = 0
  for (const stat of table.values()) {
    if ((looks += 1) % LOOKS_AT_ONCE === 0) await nextTurn()
    const family = familyOf(stat)
    const sum = family && sums.get(family)
    if (sum === undefined) continue
    sum.cpuMs += stat.ticks * TICK_MS
    sum.memoryBytes += stat.pages * pageBytes()
  }
  return sums
}

/** Whose a process is. A stranger's environment is read once a session, or where its leader has gone, once a process. */
function familyFinder<F extends Family>(table: Table, families: readonly F[]): (stat: Stat) => F | undefined {
  const bySession = new Map(families.map((family) => [family.identity.pid, family]))
  const byMark = new Map(families.map((family) => [family.mark, family]))
  const known = new Map<number, F | undefined>()
  const familyOf = (stat: Stat | undefined): F | undefined => {
    // The kernel's own have no session.
    if (stat === undefined || stat.session === 0) return undefined
    if (!known.has(stat.pid)) {
      known.set(stat.pid, undefined) // a table that changed while it was read may have circles
      known.set(stat.pid, find(stat))
    }
    return known.get(stat.pid)
  }
  const find = (stat: Stat): F | undefined => {
    const own = bySession.get(stat.session)
    if (own !== undefined) return own
    const leader = table.get(stat.session)
    if (leader !== undefined && leader !== stat) return familyOf(leader)
    return byMark.get(markOf(stat.pid) ?? '') ?? familyOf(table.get(stat.parent))
  }
  return familyOf
}

async function readTable(): Promise<Table> {
  const table = new Map<number, Stat>()
  for (const [index, name] of readdirSync('/proc').entries()) {
    if (index % LOOKS_AT_ONCE === 0) await nextTurn()
    const pid = Number(name)
    const stat = pid > 0 ? statOf(pid) : undefined
    if (stat !== undefined) table.set(pid, stat)
  }
  return table
}

/** Its ticks are with those of the children it has waited for: they had none of the others' table any more. */
function statOf(pid: number): Stat | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
    const [parent, session] = [Number(fields[1]), Number(fields[3])]
    return { pid, parent, session, ticks, pages: Number(fields[21]), startTicks: fields[19] ?? '' }
  } catch {
    return undefined // gone since the directory was read
  }
}

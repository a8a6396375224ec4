/**
 * What runs, seen from outside: counted in the process table, by the mark that the process runtime leaves in every process of
 * a pod, and not by asking Shoal whether it is content.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'

/** One attempt of one container, as the process table shows it. */
export interface Run {
  /** Path of its files, which no two runs share. */
  readonly mark: string
  readonly node: string
  readonly uid: string
  /** The pod's name. */
  readonly pod: string
  /** Each with its start, so that a number given anew is not taken for the same process. */
  readonly processes: readonly { readonly pid: number; readonly startTicks: string }[]
}

const MARK = /(?:^|\0)SHOAL_RUN=([^\0]*)/
const HOSTNAME = /(?:^|\0)HOSTNAME=([^\0]*)/
const PLACE = /([^/]+)\/processes\/pods\/([^/]+)\/[^/]+$/

/** All runs whose files lie below this directory, of every node that keeps its data there. */
export function runsBelow(directory: string): Run[] {
  const byMark = new Map<string, { pod: string; processes: { pid: number; startTicks: string }[] }>()
  for (const { pid, environment } of processes()) {
    const mark = MARK.exec(environment)?.[1]
    const startTicks = mark?.startsWith(`${directory}/`) === true ? startOf(pid) : undefined
    if (mark === undefined || startTicks === undefined) continue
    const run = byMark.get(mark) ?? { pod: HOSTNAME.exec(environment)?.[1] ?? '', processes: [] }
    run.processes.push({ pid, startTicks })
    byMark.set(mark, run)
  }
  return [...byMark]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([mark, found]) => {
      const [, node, uid] = PLACE.exec(mark) ?? []
      return node === undefined || uid === undefined ? [] : [{ mark, node, uid, ...found }]
    })
}

/** Pids of everything whose environment or command line names this directory. */
export function processesNaming(directory: string): number[] {
  return processes().flatMap(({ pid, environment }) => {
    const names = environment.includes(directory) || readOrEmpty(`/proc/${pid}/cmdline`).includes(directory)
    return names && startOf(pid) !== undefined ? [pid] : []
  })
}

function processes(): { pid: number; environment: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => ({ pid: Number(pid), environment: readOrEmpty(`/proc/${pid}/environ`) }))
}

/** Undefined: gone, or dead and not yet buried. */
function startOf(pid: number): string | undefined {
  const line = readOrEmpty(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything: count from the last one.
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return line === '' || state === 'Z' || state === 'X' ? undefined : fields[18]
}

export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

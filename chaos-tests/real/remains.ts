/**
 * What an engine is made of while it runs, and what it leaves behind: processes, mounts, control groups. Found in the kernel's own
 * tables, so that it can be ended whoever started it, and whether or not he lives.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freezeGroup } from './machine-groups.ts'

export interface EnginePlace {
  /** Of all its files. */
  readonly dir: string
  /** The control group above those of its containers. */
  readonly group: string
}

const LOOK_MS = 20
const CONTROL_GROUPS = '/sys/fs/cgroup'

/** The engine, its containerd, shims and containers; how many there still were. */
export function killRemains(place: EnginePlace): number {
  const pids = remainingPids(place)
  for (const pid of pids) killQuietly(pid)
  // What stands still dies when it goes on.
  freezeGroup(place.group, false)
  return pids.length
}

/** The engine and its containerd, without shims and containers. */
export function killDaemons({ dir }: Pick<EnginePlace, 'dir'>): number {
  const pids = allPids().filter((pid) => isDaemon(pid, dir, '(dockerd|containerd)'))
  for (const pid of pids) killQuietly(pid)
  return pids.length
}

/** Of processes that have ended. What another process still holds is left for the next to try. */
export function removeRemains({ dir, group }: EnginePlace): void {
  for (const mount of mountsUnder(dir)) execFileSync('umount', ['-l', mount])
  removeGroups(group)
}

/** Throws while something runs in them. */
export function removeGroups(group: string): void {
  for (const each of controlGroups(group)) rmdirSync(each)
}

/** The engine, its containerd and shims name their directory in their arguments; containers are in its control group. */
function remainingPids({ dir, group }: EnginePlace): number[] {
  return allPids().filter(
    (pid) => isDaemon(pid, dir, '(dockerd|containerd|containerd-shim\\S*)') || isInGroup(pid, group),
  )
}

function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
}

function isDaemon(pid: number, dir: string, programs: string): boolean {
  const line = readOrEmpty(`/proc/${pid}/cmdline`)
  return new RegExp(`^(\\S*/)?${programs}\\0`).test(line) && line.includes(`${dir}/`)
}

function isInGroup(pid: number, group: string): boolean {
  return readOrEmpty(`/proc/${pid}/cgroup`).includes(`:/${group}/`)
}

/** A container that has a process, by its id: as the kernel tells, whether or not its engine answers. */
export function containersIn(group: string): { readonly id: string; readonly pids: readonly number[] }[] {
  const top = [join(CONTROL_GROUPS, 'pids', group), join(CONTROL_GROUPS, group)].find((path) => existsSync(path))
  return namesIn(top).flatMap((id) => {
    const pids = readOrEmpty(join(top ?? '', id, 'cgroup.procs'))
      .split('\n')
      .filter((line) => line !== '')
    return pids.length === 0 ? [] : [{ id, pids: pids.map(Number) }]
  })
}

/** Of cgroup v1 in every controller, of v2 at the top; inner ones first. */
function controlGroups(group: string): string[] {
  const tops = readdirSync(CONTROL_GROUPS).map((controller) => join(CONTROL_GROUPS, controller, group))
  return [join(CONTROL_GROUPS, group), ...tops].filter((top) => existsSync(top)).flatMap(groupsUnder)
}

function groupsUnder(group: string): string[] {
  return [...namesIn(group).flatMap((name) => groupsUnder(join(group, name))), group]
}

function namesIn(directory: string | undefined): string[] {
  if (directory === undefined || !existsSync(directory)) return []
  const entries = readdirSync(directory, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

function mountsUnder(dir: string): string[] {
  const targets = readOrEmpty('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  return targets.filter((target) => target.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length)
}

export function killQuietly(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // gone in the meantime
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Whether it came to hold in time. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await pause(LOOK_MS)) {
    if (await holds()) return true
  }
  return false
}

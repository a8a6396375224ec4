/**
 * The volumes of the pods of one runtime, as directories of this machine:
 *
 *     <directory>/<uid>/<volume>/     empty directories, and files of ConfigMaps and the pod itself
 *     <memory>/<uid>/<volume>/        files that hold secrets
 *
 * What is there is found again by its path, so an agent that starts anew carries on with it. Volumes that an engine makes by
 * itself (memory of a bounded size, NFS) are not here.
 *
 * @module
 */
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { resolveHostPath, resolveInside } from './host-path.ts'
import { memoryRootOf, openMemoryRoot } from './memory-root.ts'
import { RuntimeError, type ContainerLaunch, type PodLaunch } from './runtime.ts'
import { writeFiles } from './volume-files.ts'
import { shareWithGroup } from './volume-group.ts'
import type { EmptyVolume, FilesVolume, MountLaunch, VolumeLaunch } from './volume-launch.ts'

export interface VolumesOptions {
  /** Of this runtime alone; made when the first volume is. */
  readonly directory: string
  /** Directories of this machine that pods may be given. */
  readonly hostPaths: readonly string[]
  /** Whether the engine makes directories in memory by itself. */
  readonly engineMemory: boolean
}

/** A directory or file of this machine, and where a container sees it. */
export interface Bind {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  readonly propagation?: 'rslave' | 'rshared'
}

export class Volumes {
  readonly #directory: string
  readonly #memory: string
  readonly #hostPaths: readonly string[]
  readonly #engineMemory: boolean
  /** Pods that are being made: no runtime lists them yet. */
  readonly #making = new Set<string>()
  #isSwept = false

  constructor({ directory, hostPaths, engineMemory }: VolumesOptions) {
    this.#directory = directory
    this.#memory = memoryRootOf(directory)
    this.#hostPaths = hostPaths
    this.#engineMemory = engineMemory
  }

  /** Makes what is not there yet, and writes files anew that differ. [VOL8] What cannot be made whole is taken away again. */
  async making<T>(pod: PodLaunch, work: () => Promise<T>): Promise<T> {
    this.#making.add(pod.uid)
    const wasThere = [this.#memory, this.#directory].some((root) => existsSync(join(root, pod.uid)))
    try {
      this.prepare(pod)
      return await work()
    } catch (error) {
      if (!wasThere) this.remove(pod.uid)
      throw error
    } finally {
      this.#making.delete(pod.uid)
    }
  }

  /** Also of a pod that ran before: its memory may have gone with a reboot. */
  prepare({ uid, volumes = [] }: PodLaunch): void {
    for (const volume of volumes) {
      if (volume.kind === 'files') this.#write(uid, volume)
      if (volume.kind === 'empty') this.#makeEmpty(uid, volume)
    }
  }

  /** Of volumes that are directories here. Called when they have been made. */
  bindsOf(
    { uid, volumes = [] }: Pick<PodLaunch, 'uid' | 'volumes'>,
    { mounts = [] }: ContainerLaunch,
  ): readonly Bind[] {
    return mounts.flatMap((mount) => {
      const volume = volumes.find(({ name }) => name === mount.volume)
      const base = volume && this.#baseOf(uid, volume)
      return base === undefined ? [] : [bindOf(mount, base)]
    })
  }

  /** [VOL3] Only what the pod has already: others come with its next container. */
  refresh(uid: string, volumes: readonly VolumeLaunch[]): void {
    for (const volume of volumes) {
      if (volume.kind === 'files' && existsSync(this.#pathOf(uid, volume))) this.#write(uid, volume)
    }
  }

  /** Bytes on the disk of empty directories that a pod has there. */
  async emptySizes(uid: string, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>()
    for (const name of names) {
      const path = join(this.#directory, uid, name)
      if (existsSync(path)) sizes.set(name, await bytesOn(path))
    }
    return sizes
  }

  remove(uid: string): void {
    for (const root of [this.#memory, this.#directory]) {
      removeTree(join(root, uid))
      removeIfEmpty(root)
    }
  }

  /** [VOL8] Once, when an agent has begun: what a crash left of pods that are gone. */
  sweep(uids: ReadonlySet<string>): void {
    if (this.#isSwept) return
    this.#isSwept = true
    for (const root of [this.#memory, this.#directory]) {
      const left = existsSync(root) ? readdirSync(root) : []
      for (const uid of left) if (!uids.has(uid) && !this.#making.has(uid)) removeTree(join(root, uid))
      removeIfEmpty(root)
    }
  }

  #baseOf(uid: string, volume: VolumeLaunch): string | undefined {
    switch (volume.kind) {
      case 'files':
        return this.#pathOf(uid, volume)
      case 'empty':
        return this.#emptyPath(uid, volume)
      case 'host':
        return resolveHostPath(volume, this.#hostPaths)
      case 'nfs':
        return undefined
    }
  }

  #pathOf(uid: string, { name, isSecret }: FilesVolume): string {
    return join(isSecret ? this.#memory : this.#directory, uid, name)
  }

  #write(uid: string, volume: FilesVolume): void {
    if (volume.isSecret) openMemoryRoot(this.#memory)
    else mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    writeFiles(this.#pathOf(uid, volume), volume)
  }

  #emptyPath(uid: string, { name, medium }: EmptyVolume): string | undefined {
    if (medium === 'disk') return join(this.#directory, uid, name)
    return this.#engineMemory ? undefined : join(this.#memory, uid, name)
  }

  #makeEmpty(uid: string, volume: EmptyVolume): void {
    const path = this.#emptyPath(uid, volume)
    if (path === undefined) return
    if (volume.medium === 'memory') openMemoryRoot(this.#memory)
    else mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    if (existsSync(path)) return
    mkdirSync(path, { recursive: true })
    if (volume.medium === 'memory' && volume.sizeBytes !== undefined) mountMemory(path, volume.sizeBytes)
    if (volume.group === undefined) chmodSync(path, 0o777) // whoever the container runs as
    else shareWithGroup(path, volume.group)
  }
}

function bindOf({ path, readOnly, subPath, propagation }: MountLaunch, base: string): Bind {
  const source = subPath === undefined ? base : resolveInside(base, subPath)
  return { source, target: path, readOnly, ...(propagation === undefined ? {} : { propagation }) }
}

/** What a file that vanishes meanwhile has taken is not known, and not missed. */
async function bytesOn(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-skx', path]).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }))
  const kibibytes = Number(stdout.split('\t')[0])
  if (stdout === '' || Number.isNaN(kibibytes)) throw new RuntimeError('failed', `du cannot tell the size of ${path}`)
  return kibibytes * 1024
}

/** Needs root, as all mounts of processes do. */
function mountMemory(path: string, sizeBytes: number): void {
  run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0777`, 'shoal', path])
}

function run(program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: 'pipe' })
  } catch (error) {
    throw new RuntimeError('failed', `${program} ${args.at(-1)}: ${(error as Error).message}`)
  }
}

function isMountPoint(path: string): boolean {
  return lstatSync(path).dev !== lstatSync(dirname(path)).dev
}

/** The last pod with volumes takes the place along. */
function removeIfEmpty(root: string): void {
  if (existsSync(root) && readdirSync(root).length === 0) rmdirSync(root)
}

/** Follows no link. Files that a container's user has closed to us cannot be removed but by root. */
function removeTree(path: string): void {
  if (!existsSync(path)) return
  for (const name of readdirSync(path)) {
    const inside = join(path, name)
    if (isMountPoint(inside)) run('umount', [inside])
  }
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    throw new RuntimeError('failed', `${path} cannot be removed: ${(error as Error).message}`)
  }
}

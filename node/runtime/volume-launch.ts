/**
 * Volumes and mounts as a runtime is told of them: everything resolved, file by file.
 *
 * @module
 */

export type VolumeLaunch = FilesVolume | EmptyVolume | HostVolume | NfsVolume

/** Files that the agent has put together from ConfigMaps, Secrets and the pod itself. Containers see them read-only. */
export interface FilesVolume {
  readonly kind: 'files'
  readonly name: string
  /** It holds values of a Secret: they are kept in memory, never on a disk. */
  readonly isSecret: boolean
  /** Its files are of this group, which may read them. */
  readonly group?: number
  readonly files: readonly FileLaunch[]
}

export interface FileLaunch {
  /** Relative to the volume. */
  readonly path: string
  readonly mode: number
  readonly contentBase64: string
}

export interface EmptyVolume {
  readonly kind: 'empty'
  readonly name: string
  readonly medium: 'disk' | 'memory'
  /** Absent: what the medium has. */
  readonly sizeBytes?: number
  /** What is made in it is of this group. */
  readonly group?: number
}

export interface HostVolume {
  readonly kind: 'host'
  readonly name: string
  readonly path: string
  /** Absent: whatever is there, or a new directory. */
  readonly type?: HostPathType
}

export type HostPathType =
  | 'BlockDevice'
  | 'CharDevice'
  | 'Directory'
  | 'DirectoryOrCreate'
  | 'File'
  | 'FileOrCreate'
  | 'Socket'

export interface NfsVolume {
  readonly kind: 'nfs'
  readonly name: string
  readonly server: string
  readonly path: string
  readonly readOnly: boolean
}

export interface MountLaunch {
  /** Name of a volume of the pod. */
  readonly volume: string
  /** Absolute path in the container. */
  readonly path: string
  readonly readOnly: boolean
  /** A file or directory of the volume instead of all of it. */
  readonly subPath?: string
  /** Absent: mounts of the host that come later are not seen. */
  readonly propagation?: 'rslave' | 'rshared'
}

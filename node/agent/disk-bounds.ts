/**
 * What a pod's empty directories on disk may hold. No quota of the kernel is asked for, since most file systems have none: they
 * are measured now and then, and a pod that holds more than it may is ended. Pure.
 *
 * @module
 */
import { memoryBytes } from '../../crdt/index.ts'
import type { PodTemplate } from './template.ts'

export interface DiskBound {
  readonly volume: string
  readonly bytes: number
}

export function diskBounds({ spec: { volumes = [] } }: PodTemplate): readonly DiskBound[] {
  return volumes.flatMap(({ name, emptyDir }) => {
    const bytes = emptyDir?.medium === 'Memory' ? undefined : memoryBytes(emptyDir?.sizeLimit)
    return bytes === undefined ? [] : [{ volume: name, bytes }]
  })
}

/** What is wrong with the first that holds too much, in words. */
export function overfull(bounds: readonly DiskBound[], sizes: ReadonlyMap<string, number>): string | undefined {
  for (const { volume, bytes } of bounds) {
    const size = sizes.get(volume) ?? 0
    if (size > bytes) return `emptyDir ${volume} holds ${inKi(size)}, its sizeLimit is ${inKi(bytes)}`
  }
  return undefined
}

const inKi = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)}Ki` : `${Math.round(bytes / 2 ** 20)}Mi`

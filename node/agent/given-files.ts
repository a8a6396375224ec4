/**
 * Which files of a pod's volumes its runtime was last given, by their hash: what differs is given anew. One at a time, and what
 * failed is tried again at the next look.
 *
 * @module
 */
import { sha256Hex } from '../../crdt/index.ts'
import type { VolumeLaunch } from '../runtime/volume-launch.ts'

export class GivenFiles {
  #given: string | undefined
  #underWay: string | undefined

  /** The runtime has them already: it has just made the pod. */
  given(volumes: readonly VolumeLaunch[] = []): void {
    this.#given = hashOf(filesOf(volumes))
  }

  /** What to give now; none where it has been given, or something else is under way. */
  next(volumes: readonly VolumeLaunch[]): readonly VolumeLaunch[] {
    const files = filesOf(volumes)
    if (files.length === 0 || this.#underWay !== undefined) return []
    const hash = hashOf(files)
    if (hash === this.#given) return []
    this.#underWay = hash
    return files
  }

  done(isGood: boolean): void {
    if (isGood) this.#given = this.#underWay
    this.#underWay = undefined
  }
}

function filesOf(volumes: readonly VolumeLaunch[]): readonly VolumeLaunch[] {
  return volumes.filter(({ kind }) => kind === 'files')
}

function hashOf(files: readonly VolumeLaunch[]): string {
  return sha256Hex(JSON.stringify(files))
}

/**
 * How glad a node is to take one more pod: a sum of parts, each shown by `explain`. The parts are whole numbers, so that
 * nobody's rounding differs.
 *
 * @module
 */
import type { Resources } from '../../crdt/index.ts'
import type { NodeRow, PodTemplate } from '../control/rows.ts'
import { intolerable } from '../control/taints.ts'

/** Two pods of one workload on one node die together: weighs as much as a whole empty node. */
const SPREAD_WEIGHT = 200

/** Share of the node left free by cpu and by memory, each up to this. */
const FREE_WEIGHT = 100

/** An image that is here starts in a fraction of the time; not worth doubling up on a node. */
const IMAGE_WEIGHT = 30

/** A pod of this workload that failed here of late, each, up to `FAILURES_MAX`. */
const FAILURE_WEIGHT = 100
const FAILURES_MAX = 5

/** A taint of effect PreferNoSchedule. */
const TAINT_WEIGHT = 50

export interface ScoreQuestion {
  readonly template: PodTemplate
  readonly node: NodeRow
  /** Left after this pod. */
  readonly free: Resources
  /** Pods of the workload here before this one. */
  readonly siblings: number
  readonly failures: number
}

export type ScoreParts = Readonly<Record<'cpu' | 'memory' | 'spread' | 'image' | 'failures' | 'taints', number>>

export function scoreParts({ template, node, free, siblings, failures }: ScoreQuestion): ScoreParts {
  const { capacity, images, taints } = node.fact
  const avoided = intolerable(template.spec.tolerations, taints).filter(({ effect }) => effect === 'PreferNoSchedule')
  return {
    cpu: share(free.cpuMilli, capacity.cpuMilli),
    memory: share(free.memoryBytes, capacity.memoryBytes),
    spread: 0 - SPREAD_WEIGHT * siblings,
    image: template.spec.containers.every(({ image }) => image === undefined || images.includes(tagged(image)))
      ? IMAGE_WEIGHT
      : 0,
    failures: 0 - FAILURE_WEIGHT * Math.min(failures, FAILURES_MAX),
    taints: 0 - TAINT_WEIGHT * avoided.length,
  }
}

export const total = (parts: ScoreParts): number => Object.values(parts).reduce((sum, part) => sum + part, 0)

const share = (free: number, capacity: number): number =>
  capacity <= 0 ? 0 : Math.round((FREE_WEIGHT * Math.max(0, free)) / capacity)

/** `nginx` is `nginx:latest`, as nodes list their images. */
function tagged(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`
}

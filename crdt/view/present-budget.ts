/**
 * A PodDisruptionBudget with its status counted.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { withDefaults } from '../objects/prepare.ts'
import { timestamp } from '../timestamp.ts'
import { versionOf, withoutInternal, type Sources } from './sources.ts'

export function presentBudget(key: DocumentKey, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)
  const standing = from.standing(key)
  if (stored === undefined || standing === undefined) return undefined
  const { generation = 1 } = stored.object.metadata
  const isAllowed = standing.disruptionsAllowed > 0
  const status = {
    observedGeneration: generation,
    ...standing,
    conditions: [
      {
        type: 'DisruptionAllowed',
        status: isAllowed ? 'True' : 'False',
        reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: generation,
        lastTransitionTime: timestamp(stored.changedAtMs),
      },
    ],
  }
  const object = withoutInternal(withDefaults(stored.object))!
  const resourceVersion = versionOf(stored).add(JSON.stringify(standing), 0).toString()
  return { ...object, metadata: { ...object.metadata, resourceVersion }, status }
}

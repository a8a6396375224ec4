/**
 * A Deployment that was brought back to an earlier revision by the cluster itself: how that is written down. Pure.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import { deploymentSpec } from './deployment.ts'
import type { ContentHashOf } from './config-use.ts'
import { stampedNow } from './on-change.ts'
import { revisionsOf, ROLLED_BACK_ANNOTATION, templateHash } from './revision.ts'

/** `off` on a Deployment: it is never brought back by itself. */
const ROLLBACK_ANNOTATION = 'shoal.dev/rollback'

/** The hash of the revision it was brought back to: that one is not given up in its turn. */
const ROLLED_BACK_TO_ANNOTATION = 'shoal.dev/rolled-back-to'

/** Whether a stored Deployment may be brought back from the revision it is at. */
export function mayRollBack(deployment: KubeObject): boolean {
  const { annotations = {} } = deployment.metadata
  if (annotations[ROLLBACK_ANNOTATION]?.toLowerCase() === 'off') return false
  return annotations[ROLLED_BACK_TO_ANNOTATION] !== revisionsOf(deployment).current.hash
}

/**
 * A stored Deployment with the template of an earlier revision; undefined where that is not kept (any more), or is what it has.
 * `contentHash`: what is in force once the ConfigMaps and Secrets that go back with it are back.
 */
export function rolledBack(
  deployment: KubeObject,
  { to, why, contentHash }: { to: string; why: string; contentHash: ContentHashOf },
): KubeObject | undefined {
  const { current, older } = revisionsOf(deployment)
  const found = older.find((each) => each.hash === to)
  const template = found && stampedNow(deployment, found.template, contentHash)
  if (template === undefined || templateHash(template) === current.hash) return undefined
  return {
    ...deployment,
    metadata: {
      ...deployment.metadata,
      annotations: {
        ...deployment.metadata.annotations,
        [ROLLED_BACK_ANNOTATION]: why,
        [ROLLED_BACK_TO_ANNOTATION]: templateHash(template),
      },
    },
    spec: { ...deploymentSpec(deployment), template },
  }
}

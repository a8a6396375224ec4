/**
 * Whether pods may be moved though nothing is wrong, to even out the nodes: said of one Deployment or of a whole namespace.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'

const REBALANCE_ANNOTATION = 'shoal.dev/rebalance'

/** [REB4] `off` on either: its pods stay where they are. */
export function mayRebalance(object: KubeObject | undefined): boolean {
  return object?.metadata.annotations?.[REBALANCE_ANNOTATION]?.toLowerCase() !== 'off'
}

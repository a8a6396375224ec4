/**
 * Which taints of a node a pod does not bear.
 *
 * @module
 */
import type { Taint } from '../../crdt/index.ts'
import type { Toleration } from './rows.ts'

export function intolerable(tolerations: readonly Toleration[] = [], taints: readonly Taint[]): Taint[] {
  return taints.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)))
}

/** As Kubernetes reads it: no key with `Exists` tolerates everything, no effect tolerates every effect. */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
  if (key === undefined || key === '') return operator === 'Exists'
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
}

export const taintText = ({ key, value, effect }: Taint): string =>
  `${key}${value === undefined ? '' : `=${value}`}:${effect}`

/**
 * Where an applied object says what it was applied from, as kubectl does it.
 *
 * @module
 */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

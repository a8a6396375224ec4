/**
 * The second door of `crdt/`: how objects look in tables, for the node that answers them and for the command line that prints
 * them. It loads nothing of the replica, so that a command may.
 *
 * @module
 */
export { age, ageOf } from './tables/age.ts'
export { addressText, labelsText, nodeStatus, portText, targetsText } from './tables/cells.ts'
export { columnsOf } from './tables/columns.ts'
export type { Column } from './tables/columns.ts'
export { customColumns } from './tables/custom-columns.ts'
export type { PrinterColumn } from './tables/custom-columns.ts'
export { isPodReady, isUnplaced, podState } from './tables/pod-state.ts'
export { timestamp } from './timestamp.ts'
export { at, listAt, textAt } from './tables/thing.ts'
export type * from './tables/thing.ts'

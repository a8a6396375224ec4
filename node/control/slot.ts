/**
 * A slot: one place for one pod of one revision of a workload. Slots are what is bid for; their names are the same on every
 * node, which is all that two halves of a split cluster need to find out afterwards that they filled the same one.
 *
 * @module
 */
import type { DocumentKey, PodFact } from '../../crdt/index.ts'

/** `apps/Deployment/default/web/5d4f8c7b9/0` */
export type SlotId = string

export interface Slot {
  readonly id: SlotId
  readonly workload: DocumentKey
  readonly revision: string
  readonly index: number
}

export function slot(workload: DocumentKey, revision: string, index: number): Slot {
  return { id: `${workload}/${revision}/${index}`, workload, revision, index }
}

export const slotOf = ({ workload, revision, index }: PodFact): Slot => slot(workload, revision, index)

/** Slots of one workload and revision are auctioned together. */
export type GroupId = string

export const groupOf = ({ workload, revision }: Pick<Slot, 'workload' | 'revision'>): GroupId =>
  `${workload}/${revision}`

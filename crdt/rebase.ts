/**
 * What a cut left out, written again on top of it by whoever holds it. What cannot be is told of as a conflict.
 *
 * @module
 */
import { type Late, rebase } from './compaction.ts'
import type { Document } from './document.ts'
import type { Envelope } from './envelope.ts'
import type { NodeId } from './identity.ts'
import type { DocumentKey } from './key.ts'
import type { Conflict } from './listener.ts'
import { standingOf } from './lives.ts'
import { WriteRefused } from './receipt.ts'
import type { State } from './state.ts'
import { type Draft, draftEdits, draftPut, draftRemoval } from './writes.ts'
import { reached } from './reached.ts'

export interface LateHere {
  readonly key: DocumentKey
  readonly late: Late
  readonly state: State
  readonly self: NodeId
  readonly nowMs: number
}

export function rebaseLate(here: LateHere, writeDraft: (key: DocumentKey, draft: Draft) => Envelope): Envelope[] {
  const { key, late, state, nowMs } = here
  const write = (draft: Draft | undefined): Envelope[] => (draft === undefined ? [] : [writeDraft(key, draft)])
  const document = state.documents.open(key)
  const { entries } = document.now()
  const standing = standingOf(entries)
  const at = { nowMs, by: `epoch ${document.epoch - 1}` }
  const removal = (): Envelope[] => (standing.isLive ? write(draftRemoval(document, standing, at)) : [])
  const plan = rebase(late, entries)
  if (plan.does !== 'nothing') reached('late-change-rebased')
  try {
    switch (plan.does) {
      case 'nothing':
        return []
      case 'delete':
        return removal()
      case 'replace': {
        const removed = removal()
        const standingThen = { ...standing, isLive: false }
        return [
          ...removed,
          ...write(draftPut(document, plan.fields, { ...at, standing: standingThen, within: plan.within })),
        ]
      }
      case 'edit':
        for (const path of plan.lost) tell(here, document, { cause: 'field', path })
        return write(draftEdits(document, { ...at, life: standing.life, edits: plan.edits }))
    }
  } catch (error) {
    if (!(error instanceof WriteRefused)) throw error
    tell(here, document, { cause: 'invalid', path: '' })
    return []
  }
}

/** Only where a write of this node's own was lost: those who hold copies of it say nothing. */
function tell({ state, self, late }: LateHere, document: Document, what: Pick<Conflict, 'cause' | 'path'>): void {
  const base = document.change(document.cut?.base ?? '')
  if (base === undefined || !late.authors.includes(self)) return
  const winner = { author: base.author, change: base.hash }
  const conflict: Conflict = {
    key: document.key,
    life: base.life,
    ...what,
    winner,
    loser: { author: self, change: '' },
  }
  state.note((listener) => listener.conflict(conflict))
}

/**
 * Slots that nobody takes, with everybody's reason: what the view shows as pending pods.
 *
 * @module
 */
import type { BidLine, DocumentKey, PendingSlot } from '../../crdt/index.ts'
import type { GroupId } from '../control/slot.ts'
import { clipped } from './sentence.ts'
import type { OpenGroup } from './survey.ts'

interface Unplaced {
  readonly sinceMs: number
  readonly message: string
}

export interface PendingEffect {
  readonly type: 'pending'
  readonly workload: DocumentKey
  readonly slots: readonly PendingSlot[]
}

export class Pending {
  readonly #unplaced = new Map<GroupId, Unplaced>()
  /** As last told, to tell only what is new. */
  readonly #told = new Map<DocumentKey, string>()

  /** The outcome of a round: all placed, or the reasons against the rest. */
  decided(
    group: GroupId,
    { isPlaced, lines, nowMs }: { isPlaced: boolean; lines: readonly BidLine[]; nowMs: number },
  ): void {
    if (isPlaced) this.#unplaced.delete(group)
    else this.#unplaced.set(group, { sinceMs: this.#unplaced.get(group)?.sinceMs ?? nowMs, message: messageOf(lines) })
  }

  /** [HIS4] What reads differently now, by workload; no slots: nothing of it is pending any more. */
  changes(groups: ReadonlyMap<GroupId, OpenGroup>): PendingEffect[] {
    for (const group of this.#unplaced.keys()) if (!groups.has(group)) this.#unplaced.delete(group)
    const now = new Map<DocumentKey, PendingSlot[]>([...this.#told.keys()].map((key) => [key, []]))
    for (const { id, workload, open } of groups.values()) {
      const unplaced = this.#unplaced.get(id)
      if (unplaced === undefined) continue
      const slots = open.map(({ revision, index }) => ({ revision, index, reason: 'Unschedulable', ...unplaced }))
      now.set(workload.key, [...(now.get(workload.key) ?? []), ...slots])
    }
    return [...now].flatMap(([workload, slots]) => this.#tell(workload, slots))
  }

  #tell(workload: DocumentKey, slots: readonly PendingSlot[]): PendingEffect[] {
    const text = JSON.stringify(slots)
    if (this.#told.get(workload) === text) return []
    if (slots.length === 0) this.#told.delete(workload)
    else this.#told.set(workload, text)
    return [{ type: 'pending', workload, slots }]
  }
}

function messageOf(lines: readonly BidLine[]): string {
  const reasons = lines.flatMap((line) => ('decline' in line ? [`${line.node} ${line.decline}`] : []))
  return clipped(reasons.length === 0 ? 'no node has answered' : reasons.join('; '))
}

/**
 * Marks: a branch that matters for safety says that a run came through it. Nobody listens but the simulator, which tells
 * from them whether its seeds got to where bugs hide (docs/decisions/0014-reached-marks.md).
 *
 * @module
 */

/** All of them, each with what happened there. Each stands at one place in the code. */
export const MARKS = {
  // ---- documents
  'change-waited-for-parent': 'a change came before one that it follows, and was held',
  'held-change-taken': 'what a held change waited for came, and it was taken in',
  'author-unknown': 'an envelope came before the certificate of its author',
  'delete-beat-update': 'an update that had not seen the delete came to an object that is deleted',
  'old-life-updated': 'an update came to a life that was deleted and created again',
  'created-twice': 'one name was created on two sides',
  'fields-conflicted': 'one field was set on two sides',
  'history-cut': 'a long history was cut',
  'late-change-rebased': 'a change that a cut did not hold was written again on top of it',
  // ---- records
  'record-was-old': 'a record came after a later version of itself',
  'forged-envelope-refused': 'an envelope did not bear the signature of its author',
  // ---- what is kept, and told
  'sync-repaired': 'sync brought what gossip had lost',
  'sync-waited-for-disk': 'sync waited until a change of its own node was on disk',
  'answered-with-fewer-disks': 'a write was answered though fewer disks held it than asked for',
  'torn-tail-cut': 'a log ended amid a record, which was cut off',
  'snapshot-amid-appends': 'a snapshot began while appends waited',
  'snapshot-beside-log': 'a node died between a snapshot and the emptying of its log',
  // ---- who is alive
  'suspicion-withdrawn': 'a member was heard that was already suspected',
  'accusation-refuted': 'a node heard that it was held to be away, and answered',
  'late-monitor-answered': 'a monitor that asked late heard that the others had decided',
  'verdict-agreed': 'two monitors agreed that a member is away',
  'verdict-alone': 'a node judged alone, since it heard no other monitor',
  'own-ears-believed': 'a node was told that a member is away which it heard itself',
  'own-stall-forgiven': 'a node found that it had stood still, and held nobody else to be silent for it',
  isolated: 'a node heard nobody any more',
  'refusal-believed': 'a machine refused connections: its agent is gone',
  'machine-followed-agent': 'a machine whose agent was gone fell silent',
  briefed: 'a node that just started was told who is away',
  'deleted-member-back': 'a member that was deleted is shown again',
  'hold-grew': 'the claims of a member that came back of late were held for longer',
  // ---- claims
  'silent-claim-held': 'a claim of an unreachable node still held its slot',
  'agentless-claim-held': 'a claim held its slot while the agent of its node was gone',
  'lost-claim-opened': 'a slot was free since the node that claimed it is lost',
  'double-claim-settled': 'of two claims on one slot one was to go',
  'rival-waited-for': 'of two claims on one slot both stood, since neither served yet',
  'orphan-given-up': 'a pod was given up whose workload is gone',
  // ---- auctions
  'bidders-widened': 'more nodes were asked, since the first did not take all slots',
  'round-extended': 'a round went on, since others bid for other open slots',
  'later-round-joined': 'a node followed the others into a later round',
  'award-without-silent': 'a round was decided without a bid that was expected',
  'late-bid-withheld': 'a node came so late to a round that it did not bid in it',
  'bid-beside-promise': 'a node bid while it had promised part of its room to another auction',
  'award-overtaken': 'a node won a slot that was taken meanwhile',
  // ---- pods
  'pod-adopted': 'an agent that started found a pod of its running, and kept it',
  'claim-renewed': 'a claim of before the start was made anew, as the younger one',
  'start-waited-for-sync': 'a pod was not started before a neighbour was heard',
  'end-carried-on': 'an agent that started ended a pod that was to end before',
  'leftover-swept': 'a pod without a record was removed',
} as const

export type Mark = keyof typeof MARKS

let collector: ((mark: Mark) => void) | undefined

/** The run came through here. */
export function reached(mark: Mark): void {
  collector?.(mark)
}

/** Collects while `run` goes on, and no longer. */
export async function collectReached<T>(collect: (mark: Mark) => void, run: () => Promise<T>): Promise<T> {
  if (collector !== undefined) throw new Error('Somebody collects marks already: one run at a time.')
  collector = collect
  try {
    return await run()
  } finally {
    collector = undefined
  }
}

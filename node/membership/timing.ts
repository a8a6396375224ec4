/**
 * The times of the detector, all in one place since they only make sense together. Simulated with one-way latencies of 2 to
 * 62 ms (research/feasibility.md, 3.2): all nodes know of a silent death 1.6 s after it, and 5 % loss with stalls of 2 s
 * costs no false `lost`.
 *
 * @module
 */

export const BEAT_MS = 500

/** How finely silence is measured while somebody is missed. While nobody is, a look with every beat is enough. */
export const TICK_MS = 100

/** Beats missed before a neighbour is suspected. */
export const MISSES = 3

/** What a beat may be late by without being missed. */
export const JITTER_MS = 50

/** Between suspicion and verdict: time for the other monitors' votes, and for the suspect to say that it lives. */
export const REFUTE_MS = 300

/** Silent this long, a member stops taking part in what must not be doubled. Below the longest stall it would be wrong. */
export const LOST_MS = 5_000
export const LOST_MS_MAX = 60_000

/**
 * A link by which nothing came for so long is closed and dialled anew. TCP sends again after pauses that double, so that after
 * this silence it would take as long again: with P1's 5 s from the heal, and a dial of up to 3 s, no longer.
 */
export const SILENT_LINK_MS = 7_000

/** Heard so lately a neighbour is not silent together with another one: at the verdict on that one it would be by a beat more. */
export const HEARD_MS = 2 * BEAT_MS + JITTER_MS

/**
 * How long the claims of an unreachable member hold, where the first silence does not end them at once; doubles each time it came back of late. At most so long that its slots
 * are filled again within the 10 s of P2, the 2 s until it is missed and an auction of 1 s included.
 */
export const HOLD_MS = 1_000
export const HOLD_MS_MAX = 6_000

/** Returns that count as flapping. */
export const FLAP_WITHIN_MS = 300_000

/** A tick that comes later than it was due by this much says that this node stood still. */
export const STALL_MS = 250

/** How far a stalled node stretches its patience, in missed beats, and how fast it trusts itself again (Lifeguard). */
export const DOUBT_MAX = 4
export const DOUBT_DECAY_MS = 10_000

/** Votes are repeated with every beat; one that is not is withdrawn. */
export const VOTE_MS = 2_000

/** A node that has just started believes its neighbours about those it has no link to. */
export const BRIEFED_MS = 5_000

/** Changes of whom a node hears gather this long before they are told. */
export const TELL_MS = 200

/** What is told of it is told again: gossip may lose it, most of all where a split has just torn its mesh. */
export const TELL_AGAIN_MS = [2_000, 10_000]

/** And now and then by every node, for those who came later: 2 a second in the whole cluster, each node at most every 30 s. */
export const REFRESH_MS = 30_000
export const REFRESH_MS_PER_NODE = 500

/** In or out of the component this long before it counts: by then all who lost the same neighbours have said so. */
export const APART_MS = 1_000

/** How long a member that was never heard may be silent while its first dial is under way; a dial takes 3 s at most. */
export const FIRST_LINK_MS = 5_000

/**
 * Reasons as they travel: bids, claims and pending pods carry sentences that are put together from what others said, and a
 * record takes no longer ones.
 *
 * @module
 */

/** As the reader of records checks it; a pod's message in Kubernetes is a sentence or two. */
const CHARS_MAX = 1_024

export const clipped = (sentence: string): string =>
  sentence.length <= CHARS_MAX ? sentence : `${sentence.slice(0, CHARS_MAX - 3)}...`

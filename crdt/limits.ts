/**
 * Every bound that the CRDT keeps against foreign data, with its reason.
 *
 * A bound that is a pure function of what came in may refuse it; a bound on what this node already holds may only hold it
 * back, since another node, holding less, takes it in: refusing there would blame an honest relay.
 *
 * @module
 */

/** An envelope on the wire: the largest object (256 KiB of values compresses well below) with its signature. */
export const ENVELOPE_BYTES_MAX = 256 * 1024

/** A change inflated. Kubernetes takes requests of 1.5 MiB; a 204 KB DEFLATE bomb unpacks to 200 MiB (finding 0.7). */
export const CHANGE_BYTES_MAX = 1.5 * 1024 * 1024

/** Inflated size over wire size. Honest manifests reach 10:1; DEFLATE reaches 1030:1. */
export const INFLATE_RATIO_MAX = 100

/** Operations of one change, and fields of one object: ten times the largest manifest of `research/kube-api`. Automerge
 *  builds them one by one, at 3 us each: 4,096 take 15 ms. A 79-byte change can claim five million (28 s, 3.2 GB). */
export const FIELDS_MAX = 4096

/** Values that one operation may replace: the values of concurrent writers of one field. */
export const PREDECESSORS_MAX = 4 * FIELDS_MAX

/** One leaf as JSON text. */
export const LEAF_CHARS_MAX = 256 * 1024

/** JSON text of all fields of one object. */
export const OBJECT_CHARS_MAX = 1024 * 1024

/** Levels of nesting, of an object and of a leaf. The deepest field of Kubernetes' own kinds lies at 17. */
export const DEPTH_MAX = 32

/** A segment of a pointer; label and annotation keys have at most 317 characters. */
export const SEGMENT_CHARS_MAX = 512

/** A field's key in its document. */
export const KEY_CHARS_MAX = 2048

/** A document's key: group, kind, namespace, name of at most 253 characters each. */
export const DOCUMENT_KEY_CHARS_MAX = 1024

/** How often a name can be created and deleted within its tombstones' horizon. */
export const LIFE_MAX = 999_999

/** Free text of a change: who asked for it. */
export const MESSAGE_CHARS_MAX = 256

/** Changes that one change may follow: a writer that finds more heads merges the greatest 64 of them. */
export const DEPS_MAX = 64

/** How far ahead of this node's clock a stamp may be before it is held back (research 2.6). */
export const AHEAD_MS_MAX = 60_000

/** Held envelopes of one author, by number and size, of all authors together, and how long they are kept. */
export const HELD_PER_AUTHOR_MAX = 256
export const HELD_BYTES_PER_AUTHOR_MAX = 1024 * 1024
export const HELD_BYTES_MAX = 16 * 1024 * 1024
export const HELD_MS_MAX = 60_000

/** Held envelopes that one call takes in at most, at some 1 ms each (P10); the others wait for the next call of `expire`. */
export const RELEASED_MAX = 16

/** Documents awake in wasm at once: some 30 KB each, far below the 64 MB where its heap starts to stall V8 (feasibility 4.1). */
export const AWAKE_MAX = 128

/** Heads of one document that are kept. Honest writers leave one each at most; a member that writes thousands of concurrent
 *  changes would make every further one cost more (400 heads: 20 ms), until nobody can write. */
export const HEADS_MAX = 256

/** What one node holds at most: 10,000 objects of the scale goal with room for tombstones, their changes, their bytes. */
export const DOCUMENTS_MAX = 20_000
export const DOCUMENT_CHANGES_MAX = 4096
export const DOCUMENT_BYTES_MAX = 8 * 1024 * 1024

/** To wake a document is to unpack and apply its whole history, in one piece: 4 us an operation, 10 ms a MiB. */
export const DOCUMENT_OPERATIONS_MAX = 32_768
export const DOCUMENT_PLAIN_BYTES_MAX = 8 * 1024 * 1024
export const DOCUMENTS_BYTES_MAX = 256 * 1024 * 1024

/** Records of one author, dropped ones counted: 500 pods and those that ended lately, with room. */
export const RECORDS_PER_AUTHOR_MAX = 4096
/** Dropped ones of them, the newest: a node on which a pod ends each second writes as many in a quarter of an hour. */
export const RECORD_TOMBSTONES_PER_AUTHOR_MAX = 1024
export const RECORD_CHARS_MAX = 64 * 1024
export const RECORDS_BYTES_PER_AUTHOR_MAX = 8 * 1024 * 1024

/** Longest life of an ephemeral record, and how long its version is remembered so that a replay has no effect. */
export const TTL_MS_MAX = 10 * 60_000

/** A certificate and the chain that proves it. */
export const CERTIFICATE_BYTES_MAX = 16 * 1024
export const MEMBERS_MAX = 4096

/** A deleted object's tombstone is kept this long: a node that was away longer must join again, empty. */
export const TOMBSTONE_MS = 30 * 24 * 3_600_000

/** Tombstones of objects, the newest, at 3.5 kB each: more would fill the room of the living within the horizon, where some
 *  program makes and deletes an object every few minutes. */
export const TOMBSTONES_MAX = 8_192

/** A dropped record's tombstone. Shorter: its own node drops it anew when it sees it again, and every pod that ever ran leaves one. */
export const RECORD_TOMBSTONE_MS = 24 * 3_600_000

/** Hashes of refused envelopes that are remembered, so that the second copy of poison costs one hash. */
export const REFUSED_MAX = 1024

/** Proofs of equivocation that are kept. */
export const EQUIVOCATIONS_MAX = 64

/** A history is cut from this many changes on; waking it then costs some 4 ms. Below half of it a cut is refused: nobody
 *  needs it, and it weakens merging with those that were away. */
export const CUT_FROM_CHANGES = 200
export const CUT_CHANGES_MIN = 100

/** Or from this part of what a document may weigh: a few heavy changes fill it, too. Below half of that a cut is refused. */
export const CUT_FROM_WEIGHT = 1 / 2

/** A history is cut from here on also where some member is away, of whom nobody knows what it holds: half of what there is room for. */
export const CUT_ANYWAY_FROM_CHANGES = DOCUMENT_CHANGES_MAX / 2
export const CUT_ANYWAY_FROM_WEIGHT = 3 / 4

/** Chains that a cut says it holds: starts of nodes that wrote to one document, in all its epochs. */
export const CUT_CHAINS_MAX = 1024

/** How often a history may be cut. */
export const EPOCH_MAX = 2 ** 31

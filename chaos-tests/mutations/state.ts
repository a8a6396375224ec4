/**
 * Bugs in what the cluster says: documents, records, sync.
 *
 * @module
 */
import type { Mutation } from './mutation.ts'

export const STATE: readonly Mutation[] = [
  {
    name: 'writer-reused',
    breaks:
      'An agent that starts again writes under the writer ids of its last life: histories fork for ever (finding 0.6).',
    edits: [
      {
        file: 'node/node.ts',
        find: 'bootNonce: world.dice.bytes(BOOT_NONCE_BYTES)',
        replace: 'bootNonce: new Uint8Array(BOOT_NONCE_BYTES)',
      },
      {
        file: 'crdt/writer.ts',
        find: '.update(before).update(after).digest',
        replace: '.digest',
      },
      {
        file: 'crdt/writer.ts',
        find: 'toHex(nonce), seq, toHex(prev), key, epoch, cut, before.length]',
        replace: 'toHex(nonce), seq]',
      },
    ],
  },
  {
    name: 'incarnation-reused',
    breaks: 'A node that starts again gives its records the versions of its last life: others take them for old.',
    edits: [
      {
        file: 'node/home.ts',
        find: 'const next = Math.max(Number.isSafeInteger(before) ? before + 1 : 1, floor)',
        replace: 'const next = before > 0 ? before : floor',
      },
      // What it hears of its own past would mend it.
      {
        file: 'crdt/replica.ts',
        find: 'if (incarnation >= this.#incarnation) this.#incarnation = incarnation + 1',
        replace: '',
      },
    ],
  },
  {
    name: 'own-record-rule-off',
    breaks: 'Whoever is a member may write the records of others.',
    edits: [
      {
        file: 'crdt/ingress.ts',
        find: "if (origin === 'replayed' || isSignedBy(opened, author, clusterId, trust)) return undefined",
        replace: 'return undefined',
      },
    ],
  },
  {
    name: 'tombstone-forgotten-early',
    breaks: 'A delete is forgotten before all have heard of it, and the object comes back.',
    edits: [{ file: 'crdt/limits.ts', find: 'TOMBSTONE_MS = 30 * 24 * 3_600_000', replace: 'TOMBSTONE_MS = 3_000' }],
  },
  {
    name: 'delete-loses',
    breaks: 'A delete that meets a concurrent update has no effect.',
    edits: [
      {
        file: 'crdt/take-change.ts',
        find: '  const failure = document.take(',
        replace:
          "  if (known.does === 'delete' && !isAlone) return { verdict: 'known' }\n  const failure = document.take(",
      },
    ],
  },
  {
    name: 'last-comer-wins',
    breaks: 'Of two concurrent values the one that came last stands, on each node another.',
    edits: [
      {
        file: 'crdt/document.ts',
        find: 'const standing = isAlone ? text : standingText(open, key)',
        replace: 'const standing = text',
      },
    ],
  },
  {
    name: 'old-records-taken',
    breaks: 'The view takes records in the order in which they come: an old one replaces a later one.',
    edits: [
      {
        file: 'crdt/records.ts',
        find: 'compareVersions({ body, bodyHash }, kept) > 0',
        replace: 'compareVersions({ body, bodyHash }, kept) !== 0',
      },
    ],
  },
  {
    name: 'starts-not-compared',
    breaks:
      'Records are ordered by their number alone: after a start a node counts anew, and others take what it says for old.',
    edits: [
      {
        file: 'crdt/records.ts',
        find: 'a.body.incarnation - b.body.incarnation || a.body.seq - b.body.seq',
        replace: 'a.body.seq - b.body.seq',
      },
    ],
  },
  {
    name: 'later-records-dropped',
    breaks: 'The first version of a record stands for ever.',
    edits: [
      {
        file: 'crdt/records.ts',
        find: 'if (kept !== undefined) return compareVersions({ body, bodyHash }, kept) > 0',
        replace: 'if (kept !== undefined) return false',
      },
    ],
  },
  {
    name: 'sync-never-repairs',
    breaks: 'What gossip lost stays lost: digests are not compared.',
    edits: [
      {
        file: 'node/store/store-actor.ts',
        find: 'this.#tellInSync(peer, this.#sessionWith(peer, context).begin(), context)',
        replace: 'void peer',
      },
    ],
  },
  {
    name: 'digest-ignores-deletes',
    breaks: 'A digest does not change with a delete: sync does not see that one is missing.',
    edits: [
      {
        file: 'crdt/state.ts',
        find: "    this.digest.set('document', document.key, documentState(document))",
        replace:
          "    if ([...document.changes()].every(({ does }) => does !== 'delete'))\n      this.digest.set('document', document.key, documentState(document))",
      },
    ],
  },
  {
    name: 'cut-too-early',
    breaks: 'A history is cut while changes that build on it are under way, and what they say is forgotten.',
    wish: { workloads: ['counting', 'updating', 'scaling'], kinds: ['split', 'flap', 'swizzle', 'power'] },
    edits: [
      {
        file: 'node/store/store-actor.ts',
        find: 'const stable = all.every((node) => node === this.#self || agreedRoots.get(node) === root)',
        replace: 'const stable = root !== undefined',
      },
      { file: 'crdt/limits.ts', find: 'CUT_FROM_CHANGES = 200', replace: 'CUT_FROM_CHANGES = 3' },
      { file: 'crdt/limits.ts', find: 'CUT_CHANGES_MIN = 100', replace: 'CUT_CHANGES_MIN = 2' },
      {
        file: 'crdt/take-cut.ts',
        find: 'if (late !== undefined) state.late.push({ key: document.key, late })',
        replace: '',
      },
    ],
  },
  {
    name: 'late-taken-for-old',
    breaks: 'Who comes back to a history that was cut without it takes its own last edits for what the cut holds.',
    wish: { workloads: ['counting', 'updating', 'scaling'], kinds: ['split', 'flap', 'swizzle', 'power'] },
    edits: [
      {
        file: 'crdt/compaction.ts',
        find: 'seq > (ends.get(chain) ?? 0)',
        replace: 'seq > Math.max(2 ** 40, ends.size)',
      },
    ],
  },
]

/**
 * Bugs in what is kept, and when it is told.
 *
 * @module
 */
import type { Mutation } from './mutation.ts'

export const KEEPING: readonly Mutation[] = [
  {
    name: 'gossip-before-fsync',
    breaks: 'A change is told by gossip before it is on disk.',
    edits: [
      {
        file: 'node/store/store-actor.ts',
        find: '    if (envelope !== undefined) return this.#append([envelope], context, answerOnce)',
        replace:
          "    if (envelope !== undefined) this.#ports.transport.publish('changes', envelope.bytes)\n    if (envelope !== undefined) return this.#append([envelope], context, answerOnce)",
      },
    ],
  },
  {
    name: 'sync-before-fsync',
    breaks: 'Sync tells of changes that are not on disk yet (SPREAD5).',
    // Slow disks amid writes, and links that come back.
    wish: {
      machines: 4,
      safetyMs: 20_000,
      pauseMs: 3_000,
      kinds: ['disk', 'split', 'resets'],
      workloads: ['counting', 'burst', 'scaling'],
    },
    edits: [
      {
        file: 'node/store/store-actor.ts',
        find: 'if (this.#unkept === 0) return this.#sendSync(to, frames)',
        replace: 'if (this.#unkept >= 0) return this.#sendSync(to, frames)',
      },
    ],
  },
  {
    name: 'ack-before-fsync',
    breaks: 'A client is told that its write is durable before it is.',
    edits: [
      {
        file: 'node/store/store-actor.ts',
        find: '    if (envelope !== undefined) return this.#append([envelope], context, answerOnce)',
        replace:
          '    if (envelope !== undefined) answerOnce({ ok: true, changed: true, durability: { disks: 2, of: 2 } })\n    if (envelope !== undefined) return this.#append([envelope], context, answerOnce)',
      },
    ],
  },
  {
    name: 'confirmed-before-fsync',
    breaks: "A node confirms that it holds another's change before it is on its disk.",
    edits: [
      {
        file: 'node/store/store-actor.ts',
        find: '        message.accept()\n',
        replace:
          '        message.accept()\n        this.#ports.transport.send(receipt.envelope.author, encodeStored([receipt.envelope.hash]))\n',
      },
    ],
  },
  {
    name: 'torn-tail-not-cut',
    breaks: 'What is appended after a crash stands behind half a record.',
    edits: [{ file: 'node/store/journal.ts', find: 'await this.#disk.truncate(LOG, log.goodBytes)', replace: '' }],
  },
  {
    name: 'log-not-synced',
    breaks: 'An append counts as durable while it is in the page cache.',
    edits: [{ file: 'node/store/journal.ts', find: 'await this.#disk.sync(LOG)', replace: '' }],
  },
  {
    name: 'log-emptied-before-snapshot',
    breaks: 'A log is emptied before the snapshot that replaces it is written (LOG8).',
    // All faults hit the one that has it.
    wish: { machines: 1, safetyMs: 60_000, pauseMs: 2_000 },
    edits: [
      {
        file: 'node/store/journal.ts',
        find: '      await this.#disk.replace(SNAPSHOT, bytes)\n      await this.#disk.replace(LOG, this.#head)\n',
        replace: '      await this.#disk.replace(LOG, this.#head)\n      await this.#disk.replace(SNAPSHOT, bytes)\n',
      },
    ],
  },
  {
    name: 'disks-overstated',
    breaks: 'A write that waited long enough for a second disk is said to be on two.',
    edits: [
      {
        file: 'node/store/durability.ts',
        find: "reached('answered-with-fewer-disks')\n      this.#waiting.delete(hash)\n      waiting.answer({ disks: waiting.holders.size,",
        replace: 'this.#waiting.delete(hash)\n      waiting.answer({ disks: WRITE_DISKS,',
      },
    ],
  },
]

import { describe, expect, test } from 'vitest'
import { identityFromSeed } from '../../net/identity.ts'
import { sealChange } from '../../crdt/envelope.ts'
import { sha256Hex } from '../../crdt/sha256.ts'
import { documentKey } from '../../crdt/index.ts'
import { encodeFrame } from '../../crdt/sync-frames.ts'
import { encodeStored, FRAME, tagged } from '../../node/store/frames.ts'
import { MemoryDisk } from '../../node/world/memory-disk.ts'
import { Journal } from '../../node/store/journal.ts'
import { Word } from './word.ts'

const CLUSTER = 'c'.repeat(64)
const ours = identityFromSeed(new Uint8Array(32).fill(1))
const theirs = identityFromSeed(new Uint8Array(32).fill(2))

function change(author: typeof ours, seq = 1): Uint8Array {
  const key = documentKey({ group: 'apps', kind: 'Deployment', namespace: 'default', name: 'web' })
  const body = { type: 'change', author: author.node, nonce: new Uint8Array(16), seq, prev: new Uint8Array(0) } as const
  return sealChange({ ...body, key, epoch: 0, cut: null, chunk: Uint8Array.of(seq) }, CLUSTER, author)
}

async function newWord(kept: readonly Uint8Array[] = []) {
  const disk = new MemoryDisk()
  const journal = new Journal(disk, CLUSTER)
  await journal.open()
  if (kept.length > 0) await journal.append(kept)
  const alarms: string[] = []
  const platter = (): Buffer => Buffer.from(disk.platter('log'))
  const word = new Word({ self: ours.node, platter, alarm: (rule) => alarms.push(rule) })
  return { word, alarms, disk }
}

const request = (method: string) => ({
  method,
  path: '/',
  query: new URLSearchParams(),
  headers: {},
  body: new Uint8Array(),
  by: 'x',
  user: { name: 'x', groups: [] },
})
const response = (headers: Record<string, string> = {}) =>
  ({ status: 200, headers, warnings: [], body: { type: 'text', text: '' } }) as const

describe('[MUT3] a node keeps its word', () => {
  test('where what it tells of its own is on its platter', async () => {
    const { word, alarms } = await newWord([change(ours), change(theirs)])
    word.publishes(change(ours))
    word.sends(tagged(FRAME.sync, encodeFrame({ is: 'push', envelopes: [change(ours)] })))
    word.sends(encodeStored([sha256Hex(change(theirs))]))
    expect(alarms).toEqual([])
  })

  test('not where that is only in the page cache', async () => {
    const { word, alarms, disk } = await newWord()
    await disk.append('log', change(ours))
    word.publishes(change(ours))
    word.sends(tagged(FRAME.sync, encodeFrame({ is: 'push', envelopes: [change(ours)] })))
    expect(alarms).toEqual(['SPREAD5', 'SPREAD5'])
  })

  test('where it tells what others wrote before it is kept: they have it', async () => {
    const { word, alarms } = await newWord()
    word.publishes(change(theirs))
    word.sends(tagged(FRAME.sync, encodeFrame({ is: 'push', envelopes: [change(theirs)] })))
    expect(alarms).toEqual([])
  })

  test('not where it confirms what it does not keep', async () => {
    const { word, alarms } = await newWord([change(theirs)])
    word.sends(encodeStored([sha256Hex(change(theirs)), sha256Hex(change(theirs, 2))]))
    expect(alarms).toEqual(['DUR3'])
  })

  test('not where it answers more writes than it told of', async () => {
    const { word, alarms } = await newWord([change(ours)])
    word.publishes(change(ours))
    word.hears(encodeStored([sha256Hex(change(ours))]))
    word.answers(request('GET'), response())
    word.answers(request('PATCH'), response({ 'shoal-durable': '1/1', 'shoal-change': 'unchanged' }))
    word.answers(request('PATCH'), response({ 'shoal-durable': '2/2', 'shoal-change': 'configured' }))
    expect(alarms).toEqual([])
    word.answers(request('DELETE'), response())
    expect(alarms).toEqual(['P5'])
  })

  test('not where it says that two disks have what no other node confirmed', async () => {
    const { word, alarms } = await newWord([change(ours), change(ours, 2)])
    word.publishes(change(ours))
    word.hears(encodeStored([sha256Hex(change(theirs))]))
    word.answers(request('PATCH'), response({ 'shoal-durable': '1/2', 'shoal-change': 'configured' }))
    expect(alarms).toEqual([])
    word.publishes(change(ours, 2))
    word.answers(request('PATCH'), response({ 'shoal-durable': '2/2', 'shoal-change': 'configured' }))
    expect(alarms).toEqual(['P5'])
  })
})

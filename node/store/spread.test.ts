import { describe, expect, test } from 'vitest'
import type { Envelope } from '../../crdt/index.ts'
import { ACK_WAIT_MS, DurabilityLedger, type Durability } from './durability.ts'
import { EventLog, EVENTS_MAX } from './event-log.ts'
import { decodeEnvelopes, decodeHashes, encodeEnvelopes, encodeStored } from './frames.ts'
import { BATCH_BYTES_MAX, OUTBOX_MAX, Outboxes } from './outboxes.ts'

function envelope(fields: Partial<Envelope>): Envelope {
  return {
    bytes: new Uint8Array(10),
    hash: 'h',
    type: 'record',
    author: 'author',
    key: 'node',
    ephemeral: false,
    durable: false,
    ...fields,
  }
}

const drained = (boxes: Outboxes): Record<string, string[]> => {
  const taken: Record<string, string[]> = {}
  for (const { peer, batch } of boxes.take()) (taken[peer] ??= []).push(...batch.map((one) => one.hash))
  return taken
}

describe('outboxes', () => {
  test('[SPREAD1] only the newest version of a record waits', () => {
    const boxes = new Outboxes()
    boxes.linkUp('a')
    for (const hash of ['1', '2', '3']) boxes.offer(envelope({ hash }))
    boxes.offer(envelope({ hash: '4', type: 'change', key: 'apps/Deployment/default/web' }))
    boxes.offer(envelope({ hash: '5', type: 'change', key: 'apps/Deployment/default/web' }))
    expect(drained(boxes)).toEqual({ a: ['3', '4', '5'] })
  })

  test('[SPREAD2] nothing goes back to where it came from, to its author, or to whom was seen to have it', () => {
    const boxes = new Outboxes()
    for (const peer of ['from', 'author', 'seen', 'other']) boxes.linkUp(peer)
    const news = envelope({})
    boxes.offer(news, 'from')
    boxes.seen('seen', news)
    expect(drained(boxes)).toEqual({ other: ['h'] })
  })

  test('[SPREAD10] who has it from elsewhere is told hashes, later, and given once what it asks for', () => {
    const boxes = new Outboxes()
    boxes.isTree = true
    boxes.linkUp('a')
    expect([boxes.beLazy('a'), boxes.beLazy('a')]).toEqual([true, false])
    boxes.offer(envelope({ hash: '1' }))
    boxes.offer(envelope({ hash: '2', key: 'pod/x' }))
    boxes.offer(envelope({ hash: 'bid', key: 'bid/x', ephemeral: true }))
    expect(drained(boxes)).toEqual({ a: ['bid'] })
    expect([...boxes.tell()]).toEqual([])
    // A version that has a successor by then is not told of, and what the neighbour has is not either.
    boxes.offer(envelope({ hash: '3' }))
    boxes.offer(envelope({ hash: '4', key: 'pod/y' }))
    expect([...boxes.tell()]).toEqual([{ peer: 'a', hashes: ['2'] }])
    boxes.has('a', new Set(['3']))
    expect([...boxes.tell()]).toEqual([{ peer: 'a', hashes: ['4'] }])
    expect(boxes.isUntold).toBe(false)
    const given = () => [...boxes.asked('a', ['2', '9'])].map((batch) => batch.map(({ hash }) => hash))
    expect([given(), given()]).toEqual([[['2']], []])
    boxes.beEager('a')
    boxes.offer(envelope({ hash: '5' }))
    expect(drained(boxes)).toEqual({ a: ['5'] })
  })

  test('[SPREAD3] an outbox is bounded and its batches fit a frame', () => {
    const boxes = new Outboxes()
    boxes.linkUp('slow')
    for (let index = 0; index < 2 * OUTBOX_MAX; index += 1)
      boxes.offer(envelope({ key: `pod/${index}`, hash: `${index}` }))
    expect(drained(boxes)['slow']!.length).toBeLessThanOrEqual(OUTBOX_MAX)
    const bytes = new Uint8Array(BATCH_BYTES_MAX / 2 + 1)
    for (const key of ['node', 'pod/1', 'pod/2'] as const) boxes.offer(envelope({ key, bytes, hash: key }))
    expect([...boxes.take()].map(({ batch }) => batch.length)).toEqual([1, 1, 1])
  })
})

describe('frames', () => {
  test('[SPREAD4] batches and stored lists survive the wire, and what is no such frame is told from one', () => {
    const bytes = [new Uint8Array([1, 2]), new Uint8Array([]), new Uint8Array([3])]
    const frame = encodeEnvelopes(bytes.map((one) => ({ bytes: one })))
    expect(decodeEnvelopes(frame)!.map((one) => [...one])).toEqual([[1, 2], [], [3]])
    expect(decodeEnvelopes(frame.subarray(0, frame.length - 1))).toBeUndefined()
    expect(decodeEnvelopes(new Uint8Array([2, 255, 255, 255, 255, 1]))).toBeUndefined()
    const hashes = ['ab'.repeat(32), 'cd'.repeat(32)]
    expect(decodeHashes(encodeStored(hashes))).toEqual(hashes)
    expect(decodeHashes(encodeStored(hashes).subarray(0, 40))).toBeUndefined()
  })
})

describe('durability', () => {
  const ask = (at: { members: number; neighbours: number }) => {
    const ledger = new DurabilityLedger('self')
    const answers: Durability[] = []
    ledger.stored('h', { nowMs: 0, ...at }, (durability) => answers.push(durability))
    return { ledger, answers }
  }

  test('[DUR1] a lone node answers at once and says that one disk is all there is', () => {
    expect(ask({ members: 1, neighbours: 0 }).answers).toEqual([{ disks: 1, of: 1 }])
  })

  test('[DUR2] a cut-off member answers at once and says that one of two disks has it', () => {
    expect(ask({ members: 3, neighbours: 0 }).answers).toEqual([{ disks: 1, of: 2 }])
  })

  test('[DUR3] with neighbours the answer waits for a second disk, and twice the same disk is one', () => {
    const { ledger, answers } = ask({ members: 3, neighbours: 2 })
    ledger.acknowledged('self', ['h'])
    expect(answers).toEqual([])
    ledger.acknowledged('other', ['unknown', 'h'])
    expect(answers).toEqual([{ disks: 2, of: 2 }])
    ledger.expire(ACK_WAIT_MS * 2)
    expect(answers).toHaveLength(1)
  })

  test('[DUR4] it does not wait for ever', () => {
    const { ledger, answers } = ask({ members: 3, neighbours: 2 })
    ledger.expire(ACK_WAIT_MS - 1)
    expect(answers).toEqual([])
    ledger.expire(ACK_WAIT_MS)
    expect(answers).toEqual([{ disks: 1, of: 2 }])
  })
})

describe('events', () => {
  const event = { type: 'Normal', reason: 'Started', about: 'core/Pod/default/web', source: 'agent' } as const

  test('[EVENT1] what is said again is counted, not listed again', () => {
    const log = new EventLog()
    for (const nowMs of [1, 2, 3]) log.add({ ...event, message: 'same' }, nowMs)
    expect(log.list()).toMatchObject([{ count: 3, firstAtMs: 1, lastAtMs: 3 }])
  })

  test('[EVENT2] the ring is bounded and forgets the oldest', () => {
    const log = new EventLog()
    for (let index = 0; index <= EVENTS_MAX; index += 1) log.add({ ...event, message: `${index}` }, index)
    expect([log.list().length, log.list()[0]!.message]).toEqual([EVENTS_MAX, '1'])
  })

  test('[EVENT2] what is rare stays while others come by the thousand', () => {
    const log = new EventLog()
    log.add({ ...event, type: 'Warning', reason: 'Conflict', message: 'gave way' }, 1)
    for (let index = 0; index < 3 * EVENTS_MAX; index += 1)
      log.add({ ...event, reason: index % 2 === 0 ? 'Started' : 'Stopping', message: `${index}` }, 2 + index)
    const left = log.list()
    expect([left.length, left[0]!.message, left.at(-1)!.message]).toEqual([
      EVENTS_MAX,
      'gave way',
      `${3 * EVENTS_MAX - 1}`,
    ])
    const counts = ['Started', 'Stopping'].map((one) => left.filter(({ reason }) => reason === one).length)
    expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1)
    // Of the youngest each.
    expect(left[1]!.message).toBe(`${2 * EVENTS_MAX + 1}`)
  })
})

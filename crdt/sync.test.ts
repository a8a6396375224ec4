import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DigestIndex } from './digest.ts'
import type { Envelope } from './envelope.ts'
import { bytesOf, dice, forge } from './hostile.ts'
import type { Replica } from './replica.ts'
import { SyncSession, type SyncLimits } from './sync.ts'
import { decodeFrame, encodeFrame, type Frame, SYNC_FRAME_BYTES_MAX, SYNC_LIST_BYTES_MAX } from './sync-frames.ts'
import { cpuMsOf, slowdown } from './measuring.ts'
import { certificateOf, copyAll, deployment, identity, NOW, podFact, stateOf, testReplica, WEB } from './testing.ts'

interface Run {
  readonly frames: Frame[]
  readonly bytes: number
  readonly largest: number
  readonly agreed: readonly [boolean, boolean]
  readonly pushed: readonly string[]
  readonly news: readonly Envelope[]
}

/** Lets two replicas talk until both are silent. */
function talk(
  a: Replica,
  b: Replica,
  { both = false, limits = {} }: { both?: boolean; limits?: Partial<SyncLimits> } = {},
): Run {
  const sessions = [new SyncSession(a, limits), new SyncSession(b, limits)] as const
  const queue: { to: 0 | 1; bytes: Uint8Array }[] = sessions[0].begin().map((bytes) => ({ to: 1, bytes }))
  if (both) queue.push(...sessions[1].begin().map((bytes) => ({ to: 0 as const, bytes })))
  const frames: Frame[] = []
  const pushed: string[] = []
  const news: Envelope[] = []
  const agreed: [boolean, boolean] = [false, false]
  let bytesSent = 0
  let largest = 0
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const frame = decodeFrame(next.bytes)
    if ('error' in frame) throw new Error(frame.error)
    frames.push(frame)
    bytesSent += next.bytes.length
    largest = Math.max(largest, next.bytes.length)
    if (frame.is === 'push') pushed.push(...frame.envelopes.map((bytes) => Buffer.from(bytes).toString('base64')))
    const outcome = sessions[next.to].receive(next.bytes, NOW)
    expect(outcome.refused).toBeUndefined()
    agreed[next.to] = outcome.agreed
    news.push(...outcome.news)
    const to = next.to === 0 ? 1 : 0
    queue.push(...outcome.replies.map((bytes) => ({ to, bytes }) as const))
  }
  return { frames, bytes: bytesSent, largest, agreed, pushed, news }
}

function fill(replica: Replica, count: number, prefix: string): void {
  for (let at = 0; at < count; at++) {
    const name = `${prefix}${at}`
    replica.put(`apps/Deployment/default/${name}`, deployment({}, name), { nowMs: NOW, by: prefix, mode: 'create' })
    replica.record(`pod/${name}`, podFact(name), { nowMs: NOW })
  }
}

test('[SYNC1] equal replicas exchange one small frame each way', () => {
  const [a, b] = [testReplica({ name: 'a' }).replica, testReplica({ name: 'b' }).replica]
  fill(a, 5, 'x')
  copyAll(a, b)
  const run = talk(a, b)
  expect(run.frames.map(({ is }) => is)).toEqual(['root', 'same'])
  expect(run.bytes).toBe(68)
  expect(run.agreed).toEqual([true, true])
})

test('[SYNC3] an empty replica gets everything, in frames and answers of bounded size', () => {
  const [a, b] = [testReplica({ name: 'a' }).replica, testReplica({ name: 'b' }).replica]
  fill(a, 150, 'x')
  const run = talk(b, a, { limits: { answerBytes: 40_000 } })
  expect(run.agreed).toEqual([true, true])
  expect(stateOf(a)).toEqual(stateOf(b))
  expect(run.largest).toBeLessThanOrEqual(SYNC_FRAME_BYTES_MAX)
  expect(run.frames.filter(({ is }) => is === 'buckets').length).toBeGreaterThan(2)
  expect(run.news).toHaveLength(300)
})

test('[SYNC4] nothing is sent that the other has, and nothing twice', () => {
  const [a, b] = [testReplica({ name: 'a' }).replica, testReplica({ name: 'b' }).replica]
  fill(a, 20, 'x')
  copyAll(a, b)
  const fresh = [
    a.put('apps/Deployment/default/x3', deployment({ replicas: 9 }, 'x3'), {
      nowMs: NOW + 1,
      by: 'a',
      mode: 'replace',
    }),
    b.put('apps/Deployment/default/x3', deployment({ paused: true }, 'x3'), {
      nowMs: NOW + 1,
      by: 'b',
      mode: 'replace',
    }),
    b.record('pod/new', podFact('new'), { nowMs: NOW }),
    a.record('pod/x1', podFact('x1', 'Failed'), { nowMs: NOW }),
  ].map((envelope) => Buffer.from(envelope?.bytes ?? []).toString('base64'))
  const run = talk(a, b)
  expect(run.pushed.toSorted()).toEqual(fresh.toSorted())
  expect(stateOf(a)).toEqual(stateOf(b))
  expect(run.agreed).toEqual([true, true])
})

test('[SYNC5] certificates go before what their subjects wrote', () => {
  const a = testReplica({ name: 'a', members: ['a', 'b'] }).replica
  const b = testReplica({ name: 'b', members: ['a', 'b'] }).replica
  for (const name of ['c', 'd']) a.admit(certificateOf(name), NOW)
  for (const name of ['c', 'd'])
    a.receive(testReplica({ name }).replica.record('pod/1', podFact('1'), { nowMs: NOW }).bytes, NOW)
  const run = talk(a, b)
  expect(run.agreed).toEqual([true, true])
  expect(run.news.map(({ type }) => type)).toEqual(['member', 'member', 'record', 'record'])
  expect(stateOf(a)).toEqual(stateOf(b))
})

test('[SYNC6] what only one side may take leaves the session without agreement, and without end', () => {
  const a = testReplica({ name: 'a' }).replica
  const b = testReplica({ name: 'b', members: ['a', 'b'] }).replica
  a.receive(testReplica({ name: 'c' }).replica.record('pod/1', podFact('1'), { nowMs: NOW }).bytes, NOW)
  const run = talk(a, b)
  expect(run.agreed).toEqual([false, false])
  expect(run.frames.length).toBeLessThan(20)
  expect(run.pushed).toHaveLength(1)
})

describe('[SYNC2] a frame that is none is refused and ends the session, without harm', () => {
  const long = 'x'.repeat(70_000)
  const frames: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['another version', Uint8Array.of(2, 0)],
    ['an unknown type', Uint8Array.of(1, 9)],
    ['a root of 31 bytes', new Uint8Array(33).fill(0).with(0, 1)],
    ['buckets that are too few', Uint8Array.of(1, 2, 0)],
    ['100 MB of buckets (B26)', new Uint8Array(100_000_000).with(0, 1).with(1, 2)],
    ['entries over 64 KiB (B26)', new Uint8Array(SYNC_LIST_BYTES_MAX + 1).fill(0x81).with(0, 1).with(1, 3)],
    ['entries that are arrays in arrays', new Uint8Array(SYNC_LIST_BYTES_MAX).fill(0x81).with(0, 1).with(1, 3)],
    ['entries that claim a million (B26)', Uint8Array.of(1, 3, 0x82, 0xf5, 0x9a, 0x00, 0x0f, 0x42, 0x40)],
    [
      'a bucket number 256',
      encodeFrame({ is: 'entries', isLast: true, listings: [{ bucket: 256, after: '', until: '', entries: [] }] }),
    ],
    [
      'an unknown entry type',
      encodeFrame({ is: 'want', isLast: true, wants: [{ type: 'lease' as never, key: 'x', have: new Uint8Array(0) }] }),
    ],
    [
      'a list of hashes that is cut off',
      encodeFrame({ is: 'want', isLast: true, wants: [{ type: 'document', key: 'x', have: new Uint8Array(17) }] }),
    ],
    [
      'a key of 70 KB',
      encodeFrame({ is: 'want', isLast: true, wants: [{ type: 'document', key: long, have: new Uint8Array(0) }] }),
    ],
    ['an envelope that is cut off', Uint8Array.of(1, 5, 100, 1, 2)],
    ['129 envelopes', encodeFrame({ is: 'push', envelopes: Array.from({ length: 129 }, () => Uint8Array.of(1)) })],
    ['512 KiB of empty envelopes', new Uint8Array(SYNC_FRAME_BYTES_MAX).fill(0).with(0, 1).with(1, 5)],
    ['a push over 512 KiB', new Uint8Array(SYNC_FRAME_BYTES_MAX + 1).fill(1).with(1, 5)],
  ]
  test.each(frames)('%s', (_, bytes) => {
    const { replica } = testReplica({ name: 'a' })
    fill(replica, 2, 'x')
    const before = stateOf(replica)
    const session = new SyncSession(replica)
    let outcome = { replies: [], news: [], agreed: false } as ReturnType<SyncSession['receive']>
    expect(cpuMsOf(() => (outcome = session.receive(bytes, NOW)))).toBeLessThan(250 * slowdown())
    expect(outcome).toMatchObject({ replies: [], news: [], agreed: false, refused: { rule: 'SYNC2', isOver: true } })
    expect(session.receive(encodeFrame({ is: 'root', root: replica.digest().root }), NOW).replies).toEqual([])
    expect(stateOf(replica)).toEqual(before)
  })
})

describe('[SYNC7] lies cost the liar’s own session and little else', () => {
  test('a want of everything, a thousand times, is answered once', () => {
    const { replica } = testReplica({ name: 'a' })
    fill(replica, 50, 'x')
    const session = new SyncSession(replica)
    const wants = [...replica.heads().keys()].map((key) => ({
      type: 'document' as const,
      key,
      have: new Uint8Array(0),
    }))
    const frame = encodeFrame({ is: 'want', isLast: false, wants: [...wants, ...wants] })
    let sent = 0
    for (let times = 0; times < 1000; times++) sent += session.receive(frame, NOW).replies.length
    expect(sent).toBe(1)
  })
  test('entries nobody holds are wanted, at most a frame of them', () => {
    const { replica } = testReplica({ name: 'a' })
    const entries = Array.from({ length: 1500 }, (_, at) => ({
      type: 'document' as const,
      key: `a/B/c/${at}`,
      state: '0:',
    }))
    const session = new SyncSession(replica)
    const { replies } = session.receive(
      encodeFrame({ is: 'entries', isLast: true, listings: [{ bucket: 1, after: '', until: '', entries }] }),
      NOW,
    )
    expect(replies).toHaveLength(1)
    expect(replies[0]?.length).toBeLessThanOrEqual(SYNC_LIST_BYTES_MAX)
  })
  test('rounds end', () => {
    const { replica } = testReplica({ name: 'a' })
    const session = new SyncSession(replica, { rounds: 8 })
    let answered = 0
    for (let times = 0; times < 100; times++)
      answered += session.receive(encodeFrame({ is: 'buckets', buckets: bytesOf(4096, times) }), NOW).replies.length
    expect(answered).toBe(8)
  })
  test('eight refused envelopes end a session', () => {
    const { replica } = testReplica({ name: 'a' })
    const bad = Array.from({ length: 20 }, (_, at) =>
      forge({ author: identity('d'), change: { timeMs: NOW, startOp: at + 2 } }),
    )
    const good = forge({ author: identity('c') })
    const outcome = new SyncSession(replica).receive(encodeFrame({ is: 'push', envelopes: [...bad, good] }), NOW)
    expect(outcome).toMatchObject({ refused: { rule: 'GATE14', isOver: true }, news: [] })
    expect(new SyncSession(replica).receive(encodeFrame({ is: 'push', envelopes: [good] }), NOW).news).toHaveLength(1)
  })
  test('noise of every type (seeded)', () => {
    const { replica } = testReplica({ name: 'a' })
    fill(replica, 3, 'x')
    const before = stateOf(replica)
    const roll = dice(3)
    for (let at = 0; at < 3000; at++) {
      const noise = bytesOf(2 + roll(200), at)
      new SyncSession(replica).receive(Uint8Array.from([1, roll(6), ...noise]), NOW)
    }
    expect(stateOf(replica)).toEqual(before)
    expect(replica.put(WEB, deployment(), { nowMs: NOW, by: 'a', mode: 'create' })).toBeDefined()
  })
})

test('[DIG1] a digest tells of its content, whatever way that came about', () => {
  const entry = fc.tuple(fc.constantFrom('document', 'record', 'member'), fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined })) // prettier-ignore
  fc.assert(
    fc.property(fc.array(entry), fc.array(entry), (before, after) => {
      const [long, short] = [new DigestIndex(), new DigestIndex()]
      const last = new Map<string, (typeof before)[number]>()
      for (const [type, key, state] of [...before, ...after]) {
        long.set(type, key, state)
        last.set(`${type}/${key}`, [type, key, state])
      }
      for (const [type, key, state] of last.values()) short.set(type, key, state)
      expect(long.digest()).toEqual(short.digest())
      const [first] = last.values()
      if (first === undefined) return
      short.set(first[0], first[1], `${first[2]}!`)
      expect(long.digest().root).not.toBe(short.digest().root)
    }),
  )
})

test('[SYNC8] two replicas with anything in them end agreed, also when both begin, and send nothing twice', () => {
  const edit = fc.record({
    side: fc.nat(2),
    name: fc.nat(6),
    does: fc.constantFrom('put', 'put', 'remove', 'record', 'heal'),
    value: fc.nat(9),
  })
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 40 }), fc.boolean(), (edits, both) => {
      const replicas = ['a', 'b', 'c'].map((name) => testReplica({ name }).replica)
      for (const { side, name, does, value } of edits) {
        const replica = replicas[side] as Replica
        const key = `apps/Deployment/default/x${name}`
        const exists = replica.get(key) !== undefined
        const at = { nowMs: NOW, by: 'x' }
        if (does === 'put')
          replica.put(key, deployment({ replicas: value }, `x${name}`), { ...at, mode: exists ? 'replace' : 'create' })
        else if (does === 'remove' && exists) replica.remove(key, at)
        else if (does === 'record') replica.record(`pod/${name}`, value === 0 ? undefined : podFact(`${value}`), at)
        else if (does === 'heal') copyAll(replica, replicas[(side + 1) % 3] as Replica)
      }
      const [a, b] = replicas as [Replica, Replica]
      const run = talk(a, b, { both })
      expect(stateOf(a)).toEqual(stateOf(b))
      expect(run.agreed).toEqual([true, true])
      expect(new Set(run.pushed).size).toBe(run.pushed.length)
      expect(run.news).toHaveLength(run.pushed.length)
    }),
    { numRuns: 50 },
  )
}, 120_000)

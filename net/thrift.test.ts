import type { MessageStream } from '@libp2p/interface'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HELD_BYTES_MAX, HELD_STREAMS_MAX, holdingBack, wholeWrites } from './thrift.ts'

const [DATA, WINDOW_UPDATE, PING] = [0, 1, 2]
const SYN = 1

const frame = ({ type = WINDOW_UPDATE, flags = 0, stream = 1, length = 0 }): Uint8Array => {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt8(type, 1)
  bytes.writeUInt16BE(flags, 2)
  bytes.writeUInt32BE(stream, 4)
  bytes.writeUInt32BE(length, 8)
  return bytes
}

const recorder = (): { send: MessageStream['send']; sent: Buffer[] } => {
  const sent: Buffer[] = []
  return {
    sent,
    send: (bytes) => {
      sent.push(Buffer.from(bytes instanceof Uint8Array ? bytes : bytes.subarray()))
      return true
    },
  }
}

const announced = (bytes: Buffer): { stream: number; length: number } => ({
  stream: bytes.readUInt32BE(4),
  length: bytes.readUInt32BE(8),
})

test('[THRIFT1] a list of chunks leaves in one write', () => {
  const writes: unknown[] = []
  const stream = { send: (bytes: unknown) => writes.push(bytes) > 0 } as unknown as MessageStream
  wholeWrites(stream)
  const list = { subarray: () => Uint8Array.of(1, 2, 3) }
  stream.send(list as unknown as Uint8Array)
  stream.send(Uint8Array.of(4))
  expect(writes).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(4)])
})

test('[THRIFT2] small window updates wait until they are worth a frame; nothing is lost and no stream waits for over 64 KiB', () => {
  const update = fc.record({ stream: fc.integer({ min: 1, max: 4 }), length: fc.integer({ min: 1, max: 100_000 }) })
  fc.assert(
    fc.property(fc.array(update, { maxLength: 80 }), (updates) => {
      const { send, sent } = recorder()
      const held = holdingBack(send)
      const owed = new Map<number, number>()
      let told = 0
      for (const one of updates) {
        held(frame(one))
        owed.set(one.stream, (owed.get(one.stream) ?? 0) + one.length)
        for (const { stream, length } of sent.slice(told).map(announced)) {
          expect(length).toBeGreaterThanOrEqual(HELD_BYTES_MAX)
          owed.set(stream, owed.get(stream)! - length)
        }
        told = sent.length
        for (const bytes of owed.values()) {
          expect(bytes).toBeGreaterThanOrEqual(0)
          expect(bytes).toBeLessThan(HELD_BYTES_MAX)
        }
      }
    }),
  )
})

test('[THRIFT2] every other frame passes at once and as it is', () => {
  const { send, sent } = recorder()
  const held = holdingBack(send)
  const others = [
    frame({ type: DATA, length: 0 }),
    frame({ type: PING, length: 7 }),
    frame({ flags: SYN, length: 5 }),
    Buffer.concat([frame({ type: DATA, length: 3 }), Buffer.from('abc')]),
  ]
  for (const other of others) held(other)
  expect(sent).toEqual(others.map((other) => Buffer.from(other)))
})

test('[THRIFT2] streams that ended leave nothing behind for ever', () => {
  const { send, sent } = recorder()
  const held = holdingBack(send)
  for (let stream = 1; stream <= 3 * HELD_STREAMS_MAX; stream += 1) held(frame({ stream, length: 10 }))
  expect(sent.map(announced)).toEqual(
    Array.from({ length: 2 * HELD_STREAMS_MAX }, (_, index) => ({ stream: index + 1, length: 10 })),
  )
})

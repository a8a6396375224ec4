import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { demultiplex } from './docker-logs.ts'

function frame(stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

test('[DOCK9] the payloads come out in order, wherever the stream of frames is cut', async () => {
  const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), payload), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), async (sent, cuts) => {
      const stream = Buffer.concat(sent.map(([number, bytes]) => frame(number, bytes)))
      const chunks: Buffer[] = []
      for (let at = 0, cut = 0; at < stream.length; cut += 1) {
        const length = cuts[cut % cuts.length] ?? 1
        chunks.push(stream.subarray(at, at + length))
        at += length
      }
      const read = await Readable.from(chunks).pipe(demultiplex()).toArray()
      expect(Buffer.concat(read)).toEqual(Buffer.concat(sent.map(([, bytes]) => bytes)))
    }),
  )
})

test('[DOCK9] a stream that breaks off within a frame yields what there was of it', async () => {
  const whole = frame(1, Buffer.from('all of it\n'))
  expect(await text(Readable.from([whole.subarray(0, 12)]).pipe(demultiplex()))).toBe('all ')
})

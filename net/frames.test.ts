import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, FrameTooLarge, frameOf } from './frames.ts'

test('[FRAME1] frames come out as they went in, however the bytes are cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
  fc.assert(
    fc.property(payloads, fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(frameOf))
      const reader = new FrameReader({ bytesMax: 300 })
      const out: Uint8Array[] = []
      for (let from = 0; from < bytes.length;) {
        const to = from + (cuts.next().value as number)
        reader.push(bytes.subarray(from, to))
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) out.push(frame)
        from = to
      }
      expect(out.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
        frames.map((frame) => Buffer.from(frame).toString('hex')),
      )
      expect(reader.rest().length).toBe(0)
    }),
  )
})

test('[FRAME2] a frame announced as too large is refused by its header, before its payload is awaited', () => {
  const reader = new FrameReader({ bytesMax: 1000 })
  reader.push(Uint8Array.from([0xff, 0xff, 0xff, 0xff]))
  expect(() => reader.next()).toThrow(FrameTooLarge)
})

test('[FRAME1] what follows the first frame is handed back', () => {
  const reader = new FrameReader({ bytesMax: 10 })
  reader.push(Buffer.concat([frameOf(Buffer.from('one')), Buffer.from('rest')]))
  expect(Buffer.from(reader.next() ?? []).toString()).toBe('one')
  expect(Buffer.from(reader.rest()).toString()).toBe('rest')
})

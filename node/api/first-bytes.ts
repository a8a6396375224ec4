/** The beginning of a stream. @module */
import { pipeline, Transform, type Readable } from 'node:stream'

/** [API74] At most so many bytes. Then the source, which may be followed for ever, is left. */
export function firstBytes(source: Readable, bytesMax: number): Readable {
  let room = bytesMax
  const first = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (room > 0) {
        this.push(chunk.subarray(0, room))
        room -= Math.min(room, chunk.length)
        if (room === 0) finish()
      }
      done()
    },
  })
  // Detached first: a source that breaks off would be an error of what was read.
  const finish = (): void => {
    source.unpipe(first)
    first.end()
  }
  first.once('close', () => source.destroy())
  // An error of either end destroys the other and comes out at the reader.
  return pipeline(source, first, () => {})
}

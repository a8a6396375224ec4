/**
 * Reads one frame off a stream whose further bytes belong to somebody else: they are put back.
 *
 * @module
 */
import type { MessageStream } from '@libp2p/interface'
import { FrameReader } from './frames.ts'
import type { Chunk } from './frames.ts'

/** libp2p carries no error class over some of its borders, so the sentence is the mark. */
export const CLOSED_UNANSWERED = 'closed without a first frame'

/** Rejects when the stream ends, `signal` fires or the frame is announced as longer than `bytesMax`. */
export const firstFrame = (
  stream: MessageStream,
  { bytesMax, signal }: { bytesMax: number; signal: AbortSignal },
): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const reader = new FrameReader({ bytesMax })
    const stop = (): void => {
      stream.removeEventListener('message', onMessage)
      stream.removeEventListener('close', onClose)
      stream.removeEventListener('remoteCloseWrite', onClose)
      signal.removeEventListener('abort', onAbort)
    }
    const fail = (error: unknown): void => {
      stop()
      reject(error)
    }
    const onMessage = (event: { data: Chunk }): void => {
      try {
        reader.push(event.data)
        const frame = reader.next()
        if (frame === undefined) return
        stop()
        const rest = reader.rest()
        // within the event, while the stream still takes bytes back
        if (rest.length > 0) stream.unshift(rest)
        resolve(frame)
      } catch (error) {
        fail(error)
      }
    }
    const onClose = (): void => fail(new Error(CLOSED_UNANSWERED))
    const onAbort = (): void => fail(new Error('no first frame in time'))
    stream.addEventListener('message', onMessage)
    stream.addEventListener('close', onClose)
    stream.addEventListener('remoteCloseWrite', onClose)
    signal.addEventListener('abort', onAbort)
    if (stream.status !== 'open' && stream.readBufferLength === 0) onClose()
    if (signal.aborted) onAbort()
  })

/**
 * Fewer packets for the same bytes. A node at rest sends a few dozen small frames a second, and what each costs is the write,
 * not its bytes. Measured among ten nodes at rest: 80 writes and 44 reads a second without this, a third of that with it.
 *
 * - yamux announces the receiver's window anew after every frame it took, however small: an answer to each beat. Here what was
 *   taken is announced when it is worth it.
 * - TCP gets noise's length and its ciphertext in two writes. Here in one.
 *
 * Both are put around `send` of one connection; the wire format is untouched, and a peer without them is none the wiser.
 *
 * @module
 */
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'

/** A quarter of the window that every stream begins with: what is held back never stops a sender. */
export const HELD_BYTES_MAX = 64 * 1024

/** Streams with something held back; an announcement for a stream that ended meanwhile is ignored by its receiver. */
export const HELD_STREAMS_MAX = 256

/** yamux: version, type, flags (2), stream (4), length (4); big endian. */
const HEADER_BYTES = 12
const WINDOW_UPDATE = 1

type Send = MessageStream['send']
type Bytes = Parameters<Send>[0]

/** [THRIFT1] Every message leaves in one write. */
export function wholeWrites(stream: MessageStream): void {
  const send: Send = stream.send.bind(stream)
  stream.send = (bytes) => send(bytes instanceof Uint8Array ? bytes : bytes.subarray())
}

/** [THRIFT2] A muxer whose window updates wait until they are worth a frame. */
export function fewerWindowUpdates(factory: StreamMuxerFactory): StreamMuxerFactory {
  return {
    protocol: factory.protocol,
    createStreamMuxer: (connection) => {
      connection.send = holdingBack(connection.send.bind(connection))
      return factory.createStreamMuxer(connection)
    },
  }
}

/** `send` of a connection that carries yamux, one frame a call. */
export function holdingBack(send: Send): Send {
  const held = new Map<number, number>()
  return (frame) => {
    const update = readWindowUpdate(frame)
    if (update === undefined) return send(frame)
    const bytes = (held.get(update.stream) ?? 0) + update.bytes
    held.delete(update.stream)
    if (bytes >= HELD_BYTES_MAX) return send(windowUpdate(update.stream, bytes))
    held.set(update.stream, bytes)
    if (held.size <= HELD_STREAMS_MAX) return true
    const [stream, owed] = held.entries().next().value!
    held.delete(stream)
    return send(windowUpdate(stream, owed))
  }
}

/** Undefined: another frame, or one that also opens or ends its stream. */
function readWindowUpdate(frame: Bytes): { stream: number; bytes: number } | undefined {
  if (!(frame instanceof Uint8Array) || frame.length !== HEADER_BYTES) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (view.getUint8(1) !== WINDOW_UPDATE || view.getUint16(2) !== 0) return undefined
  return { stream: view.getUint32(4), bytes: view.getUint32(8) }
}

function windowUpdate(stream: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES)
  const view = new DataView(frame.buffer)
  view.setUint8(1, WINDOW_UPDATE)
  view.setUint32(4, stream)
  view.setUint32(8, bytes)
  return frame
}

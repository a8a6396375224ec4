/**
 * A session whose command is at the other end of a byte stream: the same port as that of a runtime, so that whoever uses one
 * cannot tell where the command runs.
 *
 * @module
 */
import { PassThrough, Writable, type Duplex } from 'node:stream'
import { push } from '../runtime/push.ts'
import { RuntimeError, type ExecSession } from '../runtime/runtime.ts'
import { readEnd } from './end.ts'
import { frame, FrameReader, framesOf, SessionError, type Frame } from './frames.ts'
import { INPUT_BYTES_MAX, resizeFrame } from './serve.ts'

const BROKEN = 'the connection broke before the command ended: how it goes on is not known'

export function sessionOver(stream: Duplex): ExecSession {
  return new Reached(stream)
}

class Reached implements ExecSession {
  readonly stdin: Writable
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly exit: Promise<number>
  readonly #stream: Duplex
  /** Bytes of input that may be sent before the other side says that some were taken. */
  #room = INPUT_BYTES_MAX
  #whenRoom: () => void = () => {}

  constructor(stream: Duplex) {
    this.#stream = stream
    this.stdin = this.#input()
    stream.on('error', () => stream.destroy())
    stream.once('close', () => this.#whenRoom())
    this.exit = this.#read().finally(() => {
      this.stdout.end()
      this.stderr.end()
      this.stdin.destroy()
      stream.destroy()
    })
    this.exit.catch(() => {}) // whoever wants to know asks
  }

  async resize(size: { readonly columns: number; readonly rows: number }): Promise<void> {
    if (!this.#stream.destroyed) this.#stream.write(resizeFrame(size))
  }

  close(): void {
    this.#stream.destroy()
    this.stdout.destroy()
    this.stderr.destroy()
  }

  async #read(): Promise<number> {
    const reader = new FrameReader(['stdout', 'stderr', 'taken', 'end'])
    try {
      for await (const chunk of this.#stream as AsyncIterable<Uint8Array>) {
        for (const each of reader.read(chunk)) {
          const end = await this.#take(each)
          if (end instanceof Error) throw end
          if (end !== undefined) return end
        }
      }
    } catch (error) {
      if (error instanceof SessionError || error instanceof RuntimeError) throw error
    }
    throw new SessionError('broken', BROKEN)
  }

  async #take({ kind, payload }: Frame): Promise<number | Error | undefined> {
    switch (kind) {
      case 'end':
        return readEnd(payload)
      case 'taken':
        this.#taken(payload)
        return undefined
      default:
        // [SESS3] Nothing more is read meanwhile.
        await push(kind === 'stderr' ? this.stderr : this.stdout, payload)
        return undefined
    }
  }

  #taken(payload: Buffer): void {
    if (payload.length !== 4) throw new SessionError('protocol', 'a count that is none')
    this.#room += payload.readUInt32BE(0)
    if (this.#room > INPUT_BYTES_MAX) throw new SessionError('protocol', 'more input was taken than was sent')
    this.#whenRoom()
  }

  #input(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => void this.#send(chunk).then(() => done(), done),
      final: (done) => {
        if (!this.#stream.destroyed) this.#stream.write(frame('stdin'))
        done()
      },
    }).on('error', () => {})
  }

  async #send(bytes: Buffer): Promise<void> {
    for (const each of framesOf('stdin', bytes)) {
      const length = each.length - frame('stdin').length
      while (this.#room < length && !this.#stream.destroyed)
        await new Promise<void>((resolve) => (this.#whenRoom = resolve))
      if (this.#stream.destroyed) throw new SessionError('broken', BROKEN)
      this.#room -= length
      await push(this.#stream, each)
    }
  }
}

/**
 * What tests of sessions share: a command without a process, two ends of a connection, frames as clients send them.
 *
 * @module
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { RuntimeError, type ExecSession } from '../runtime/runtime.ts'

export const SOON = { timeout: 10_000 }

/** A command that the test plays. */
export class Program implements ExecSession {
  readonly stdin: Writable & Readable = new PassThrough()
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly sizes: unknown[] = []
  isClosed = false
  end!: (code: number) => void
  fail!: (error: Error) => void
  #reject!: (error: Error) => void
  readonly exit = new Promise<number>((resolve, reject) => {
    this.end = (code) => {
      this.stdout.end()
      this.stderr.end()
      resolve(code)
    }
    this.#reject = reject
    this.fail = (error) => {
      this.stdout.end()
      this.stderr.end()
      reject(error)
    }
  })
  async resize(size: unknown): Promise<void> {
    this.sizes.push(size)
  }
  close(): void {
    this.isClosed = true
    this.stdout.destroy()
    this.stderr.destroy()
    this.#reject(new RuntimeError('failed', 'it was left'))
  }
}

/** Both ends of one on loopback, gone when the test is over. */
export async function connection(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  near.on('error', () => {})
  onTestFinished(() => void (near.destroy(), far.destroy()))
  return { near, far }
}

/** A WebSocket frame as a client sends it. */
export function masked(first: number, payload: Buffer, mask = Buffer.of(1, 2, 3, 4)): Buffer {
  const { length } = payload
  const head = length < 126 ? Buffer.of(first, 0x80 | length) : Buffer.alloc(length < 65_536 ? 4 : 10)
  if (length >= 126) {
    head[0] = first
    head[1] = 0x80 | (length < 65_536 ? 126 : 127)
    if (length < 65_536) head.writeUInt16BE(length, 2)
    else head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at & 3] as number))])
}

/** Hands each WebSocket frame that a server sends to `take`, and whole. */
export function eachFrame(socket: Socket, take: (opcode: number, payload: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const short = rest[1] ?? 128
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (rest.length < head) return
      const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2))
      if (rest.length < head + length) return
      take((rest[0] as number) & 0x0f, rest.subarray(head, head + length))
      rest = rest.subarray(head + length)
    }
  })
}

/** A stream of bytes as a session: one that comes out of a container, or one that goes in. @module */
import { PassThrough, Readable, type Writable } from 'node:stream'
import type { ExecSession } from './runtime.ts'

/** Ends with its stream. */
export function outSession(stream: Readable): ExecSession {
  const exit = new Promise<number>((resolve, reject) => {
    stream.once('end', () => resolve(0))
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('it was left before its end')))
  })
  exit.catch(() => {}) // whoever wants to know asks
  const stdin = new PassThrough()
  stdin.resume()
  return { stdin, stdout: stream, stderr: Readable.from([]), exit, resize, close: () => stream.destroy() }
}

/** Ends when all that was written has been dealt with. */
export function inSession(stdin: Writable, done: Promise<unknown>): ExecSession {
  const exit = done.then(() => 0)
  exit.catch(() => {}) // whoever wants to know asks
  const [stdout, stderr] = [Readable.from([]), Readable.from([])]
  return { stdin, stdout, stderr, exit, resize, close: () => stdin.destroy(new Error('it was left before its end')) }
}

async function resize(): Promise<void> {}

/** Sessions that are over when they begin: an answer, or a reason. @module */
import { Readable, Writable } from 'node:stream'
import type { ExecSession } from '../runtime/runtime.ts'

/** A text to its output, and success. */
export function saying(text: string): ExecSession {
  return ended(text, Promise.resolve(0))
}

/** No output, and an error. */
export function failing(error: Error): ExecSession {
  const exit = Promise.reject<number>(error)
  exit.catch(() => {}) // whoever wants to know asks
  return ended('', exit)
}

function ended(text: string, exit: Promise<number>): ExecSession {
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout: Readable.from(text === '' ? [] : [Buffer.from(text)]),
    stderr: Readable.from([]),
    exit,
    resize: async () => {},
    close: () => {},
  }
}

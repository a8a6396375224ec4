/**
 * Asks a person before something that cannot be taken back. Where nobody can answer, the command line has said it.
 *
 * @module
 */
import { createInterface } from 'node:readline/promises'
import type { Session } from './session.ts'

export async function confirmed(session: Session, question: string): Promise<boolean> {
  if (!process.stdin.isTTY || session.output.stderr.isTTY !== true) return true
  const lines = createInterface({ input: process.stdin, output: session.output.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}

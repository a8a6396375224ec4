/**
 * The program of the command line in this process, on streams of its own.
 *
 * @module
 */
import { runProgram } from '../program.ts'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export async function runIn(env: Record<string, string>, args: readonly string[]): Promise<Ran> {
  let [out, err] = ['', '']
  const stdout = { write: (text: string) => void (out += text) } as unknown as NodeJS.WriteStream
  const stderr = { write: (text: string) => void (err += text) } as unknown as NodeJS.WriteStream
  const code = await runProgram(args, { env, output: { stdout, stderr } })
  return { code, out, err }
}

/**
 * The command line as a user runs it: the built program, its output and its exit code.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const REPOSITORY = join(import.meta.dirname, '..', '..')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Given {
  /** Path of a node's API socket. */
  readonly node?: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Longest a command may take before it counts as hanging. */
const ENDED_MS_MAX = 90_000

export function shoal(words: readonly string[], given: Given = {}): Promise<Ended> {
  const all = given.node === undefined ? words : [...words, '--node', given.node]
  return ended([process.execPath, 'dist/shoal.js', ...all], given)
}

export function ended([program, ...args]: readonly string[], { input, env }: Given = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, args, {
      cwd: REPOSITORY,
      env: { ...process.env, NO_COLOR: '1', ...env },
      timeout: ENDED_MS_MAX,
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part))
    child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

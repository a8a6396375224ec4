/**
 * A command of a probe or a hook, run in a container to its end: within its time, with a bound on what it may say.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { ExecSession, Runtime } from '../runtime/runtime.ts'
import type { Timers } from '../world/world.ts'

/** Of its output: enough for the sentence that tells what failed. The rest is read and forgotten. */
const OUTPUT_BYTES_MAX = 1_024
/** A command that says more than this is ended. */
const READ_BYTES_MAX = 16 * 2 ** 20

export interface CommandOrder {
  readonly uid: string
  readonly container: string
  readonly command: readonly string[]
  readonly timeoutMs: number
}

export type CommandEnd =
  | { readonly exitCode: number; readonly output: string }
  /** It did not end in time, or did not begin, in words. */
  | { readonly trouble: string }

/** Never rejects. */
export async function runCommand(
  { runtime, timers }: { runtime: Pick<Runtime, 'exec'>; timers: Timers },
  { uid, container, command, timeoutMs }: CommandOrder,
): Promise<CommandEnd> {
  let session: ExecSession | undefined
  let isLate = false
  return new Promise((resolve) => {
    const cancel = timers.after(timeoutMs, () => {
      isLate = true
      session?.close()
      resolve({ trouble: `did not end within ${timeoutMs / 1_000} s` })
    })
    const run = async (): Promise<CommandEnd> => {
      session = await runtime.exec(uid, container, { command, tty: false, stdin: false })
      if (isLate) session.close()
      const output = collect(session)
      return { exitCode: await session.exit, output: await output }
    }
    run()
      .catch((error: unknown) => ({ trouble: error instanceof Error ? error.message : String(error) }))
      .then((end) => {
        cancel()
        resolve(end)
      }, resolve)
  })
}

/** Its standard output, or where that is empty its errors. */
async function collect(session: ExecSession): Promise<string> {
  const [output, errors] = await Promise.all([
    startOf(session.stdout, () => session.close()),
    startOf(session.stderr, () => session.close()),
  ])
  return output === '' ? errors : output
}

async function startOf(stream: Readable, giveUp: () => void): Promise<string> {
  let start = Buffer.alloc(0)
  let read = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array)
      if (start.length < OUTPUT_BYTES_MAX) start = Buffer.concat([start, bytes]).subarray(0, OUTPUT_BYTES_MAX)
      read += bytes.length
      if (read <= READ_BYTES_MAX) continue
      giveUp()
      break
    }
  } catch {
    // It was left: what was read counts.
  }
  return start.toString().trim()
}

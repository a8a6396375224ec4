/**
 * The last words of an ended run, for the pod's status: what it wrote to its termination message, or else the end of its log, at
 * most 20 lines and 2 KiB, read within bounds of time and size however much the container wrote. A log that cannot be read is an
 * empty one; the status has the exit code still.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { Runtime } from '../runtime/runtime.ts'
import type { Cancel, Timers } from '../world/world.ts'
import { clipStart, MESSAGE_BYTES_MAX } from './bounds.ts'

const LINES_MAX = 20
/** Twenty lines may be twenty endless ones. */
const READ_BYTES_MAX = 1024 * 1024
const READ_MS_MAX = 3_000

export async function readLastLines(
  { runtime, timers }: { runtime: Pick<Runtime, 'logs' | 'message'>; timers: Timers },
  pod: { uid: string; container: string },
): Promise<string> {
  // [TAIL5]
  const message = await runtime.message(pod.uid, pod.container).catch(() => '')
  if (message.trim() !== '') return clipStart(message).trimEnd()
  let cancel: Cancel = () => {}
  try {
    const log = await runtime.logs(pod.uid, {
      container: pod.container,
      follow: false,
      tailLines: LINES_MAX,
      timestamps: false,
      previous: false,
    })
    cancel = timers.after(READ_MS_MAX, () => log.destroy())
    return clipStart(await readEnd(log)).trimEnd()
  } catch {
    return ''
  } finally {
    cancel()
  }
}

async function readEnd(log: Readable): Promise<string> {
  let end = Buffer.alloc(0)
  let read = 0
  try {
    for await (const chunk of log) {
      const bytes = Buffer.from(chunk as Uint8Array | string)
      end = Buffer.concat([end, bytes]).subarray(-MESSAGE_BYTES_MAX)
      read += bytes.length
      if (read >= READ_BYTES_MAX) break
    }
  } catch {
    // Cut off by the timer or by the runtime: what was read counts.
  }
  return end.toString()
}

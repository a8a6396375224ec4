/** One write that waits for its reader. @module */
import type { Writable } from 'node:stream'

/** Waits while the reader is behind. A reader that has left is not waited for. */
export function push(to: Writable, bytes: Uint8Array): Promise<void> | undefined {
  if (to.destroyed || to.writableEnded || to.write(bytes)) return undefined
  return new Promise((resolve) => {
    const over = (): void => {
      to.off('drain', over).off('close', over)
      resolve()
    }
    to.on('drain', over).on('close', over)
  })
}

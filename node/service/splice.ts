/**
 * Joins two byte streams. Each direction ends on its own, a slow reader slows its writer down, and when one side breaks so
 * does the other: with a reset, because a clean end would pass half an answer off as a whole one.
 *
 * @module
 */
import type { Duplex } from 'node:stream'

/** Resolves when both are closed. Never rejects. */
export function splice(left: Duplex, right: Duplex): Promise<void> {
  const closed = Promise.all([closeOf(left), closeOf(right)])
  breakTogether(left, right)
  breakTogether(right, left)
  // [SPLICE3] pipe() holds no more than both streams' buffers, some tens of KiB.
  left.pipe(right)
  right.pipe(left)
  return closed.then(nothing)
}

/** Ends a connection so that the other end sees an error: a TCP reset, or whatever the stream's transport makes of one. */
export function reset(stream: Duplex): void {
  if (stream.destroyed) return
  stream.on('error', nothing)
  if ('resetAndDestroy' in stream && typeof stream.resetAndDestroy === 'function') stream.resetAndDestroy()
  else stream.destroy(new Error('the connection was reset'))
}

function breakTogether(source: Duplex, target: Duplex): void {
  if (source.destroyed) reset(target)
  source.on('error', () => reset(target))
  source.once('close', () => {
    const isWhole = source.readableEnded && source.writableFinished
    if (!isWhole) reset(target)
  })
}

function closeOf(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve()
    else stream.once('close', resolve)
  })
}

function nothing(): void {}

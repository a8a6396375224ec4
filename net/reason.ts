/**
 * Why something failed, in words. libp2p throws errors, but also events: whoever waits for a stream to take more and sees it
 * close is handed the event, which as text is "[object Event]" and says nothing.
 *
 * @module
 */

/** Errors within errors that are looked into: they may be made to go in circles. */
const DEPTH_MAX = 4

export const reasonOf = (error: unknown, depth = 0): string => {
  if (typeof error === 'string') return error
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return `failed without a word (${typeof error})`
  const { message, errors, type } = error as { message?: unknown; errors?: unknown; type?: unknown }
  if (typeof message === 'string' && message !== '') return message
  // An AggregateError of Node's says nothing itself; an event says what was the matter in `error` or `detail`.
  const inner = innerOf(error) ?? (Array.isArray(errors) ? (errors as unknown[])[0] : undefined)
  if (inner !== undefined && inner !== null) return reasonOf(inner, depth + 1)
  if (typeof type === 'string') return SAID[type] ?? `it ended with the event "${type}"`
  return error instanceof Error ? error.name : 'failed without a word'
}

const innerOf = (error: object): unknown => {
  const { error: inner, detail, cause } = error as { error?: unknown; detail?: unknown; cause?: unknown }
  return inner ?? detail ?? cause
}

const SAID: Readonly<Record<string, string>> = {
  abort: 'it was given up',
  close: 'the connection was closed meanwhile',
  remoteCloseWrite: 'the other side closed the connection meanwhile',
}

/** JSON that somebody else sent, where a record was to come. @module */

/** Empty for what is none, or is longer than it may be. */
export function recordIn(bytes: Buffer, bytesMax: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = bytes.length > bytesMax ? undefined : JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

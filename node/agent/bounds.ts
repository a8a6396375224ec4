/**
 * Lengths of what leaves the agent.
 *
 * @module
 */
/** A runtime keeps it in a label (`PodLaunch.annotation`). */
export const ANNOTATION_BYTES_MAX = 32 * 1024

/** Words in a record: every node holds every record, so a message is a hint and `logs` has the rest. */
export const MESSAGE_BYTES_MAX = 2 * 1024

/** The end of a text that fits, cut between characters. */
export function clipStart(text: string, bytesMax: number = MESSAGE_BYTES_MAX): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return text
  let from = bytes.length - bytesMax
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1 // not inside a UTF-8 sequence
  return bytes.subarray(from).toString()
}

/** The start of a text that fits, cut between characters. */
export function clipEnd(text: string, bytesMax: number = MESSAGE_BYTES_MAX): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return text
  let until = bytesMax
  while (until > 0 && ((bytes[until] ?? 0) & 0xc0) === 0x80) until -= 1
  return bytes.subarray(0, until).toString()
}

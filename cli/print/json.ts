/**
 * JSON for people and programs.
 *
 * @module
 */

/** Indented by four blanks, as kubectl does. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 4)}\n`
}

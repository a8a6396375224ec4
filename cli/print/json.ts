/** JSON for people and programs: four blanks, as kubectl. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 4)}\n`
}

/**
 * What came from a container or another machine, made harmless for a terminal: no escape sequences (which set titles,
 * write the clipboard, move the cursor), no control characters but tab.
 *
 * @module
 */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[@-Z\\-_])|[\u0090\u0098\u009d-\u009f][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u009b[0-?]*[ -/]*[@-~]/g
// oxlint-disable-next-line no-control-regex -- as above
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g
/** Marks that turn the direction of text and so can show one thing and be another. */
const TURNS = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g

/** One line. */
export function safe(text: string): string {
  return text.replace(SEQUENCES, '').replace(CONTROLS, '').replace(TURNS, '')
}

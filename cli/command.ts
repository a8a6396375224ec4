/**
 * How a command is made: a file a verb, which says its name, arguments, options and examples, and a function that runs it
 * with a `Session`. Examples come first in every help.
 *
 * @module
 */
import type { Command } from 'commander'
import type { GlobalOptions, Session } from './session.ts'

/** Makes the session of one command from the options it was given. */
export type SessionOf = (options: GlobalOptions) => Session

export type Register = (program: Command, sessionOf: SessionOf) => void

/** `lines` as a block at the head of a command's help. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('before', `Examples:\n${lines.map((line) => `  ${line}\n`).join('')}`)
}

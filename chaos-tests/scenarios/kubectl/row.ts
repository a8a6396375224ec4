/**
 * A command with what has to come of it.
 *
 * @module
 */

export interface Row {
  /**
   * As it is typed, without what says where; what stands in single quotes is one word. `$N` is the namespace, `$NODE` the node
   * that is asked, `$F` the folder `chaos-tests/fixtures`, `$HOME` a folder of this run.
   */
  readonly command: string
  /** Read from stdin; text as it is, anything else as JSON. */
  readonly input?: unknown
  /** What opens the file instead of an editor: a shell command, the file's name behind it. */
  readonly editor?: string
  /** First minor release that has the command, and the last for which this is the outcome. */
  readonly from?: number
  readonly to?: number
  /** It is so soon, and not at once. */
  readonly soon?: true
  /** It goes on: once it has printed what it shall, it is ended. */
  readonly goesOn?: true
  /** 0 where nothing is said. */
  readonly code?: number
  /** All of these are in what it prints, and in what it complains. */
  readonly out?: readonly RegExp[]
  readonly err?: readonly RegExp[]
  /** Works elsewhere and not here: why. */
  readonly unsupported?: string
}

export interface Section {
  readonly title: string
  readonly rows: readonly Row[]
}

/** The words of a command line. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}

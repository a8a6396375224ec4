/**
 * What is wrong with manifests, gathered over all files and all steps of looking at them, so that people mend everything in
 * one go. Told file by file, in the order in which they were read.
 *
 * @module
 */
import { CommandFailure } from './failure.ts'

export class Mistakes {
  readonly #byFile = new Map<string, string[]>()

  add(file: string, sentence: string): void {
    this.#byFile.set(file, [...(this.#byFile.get(file) ?? []), sentence])
  }

  /** What `run` gives; undefined where it failed, which is kept. Defects of ours are thrown on. */
  collect<T>(file: string, run: () => T): T | undefined {
    // Also without mistakes: files are told in the order of reading, whatever step finds something first.
    if (!this.#byFile.has(file)) this.#byFile.set(file, [])
    try {
      return run()
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      this.add(file, error.message)
      return undefined
    }
  }

  /** Throws with all of them. */
  assertNone(): void {
    const all = [...this.#byFile.values()].flat()
    if (all.length === 0) return
    const count = all.length === 1 ? 'a mistake' : `${all.length} mistakes`
    throw new CommandFailure([...all, `Nothing was changed, because of ${count}.`].join('\n'))
  }
}

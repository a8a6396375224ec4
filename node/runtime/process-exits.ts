/**
 * Who notices that a process ended. Three ways, since none is enough: a child's own exit (at once, while we are its parent),
 * the exit file that every shim writes (at once, also for what an earlier agent started), and a slow look at the process
 * table for shims that were killed and wrote nothing.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process'
import { statSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'

/** Only a killed shim of an earlier agent waits for this. */
const LOOK_MS = 1_000

export interface ExitListener {
  onEvent(uid: string): void
  onTrouble(reason: string): void
}

export class Exits {
  readonly #directory: string
  readonly #look: () => readonly string[]
  readonly #listeners = new Set<ExitListener>()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined

  /** `look`: uids of pods that had a running process at the last look and have it no more. */
  constructor(directory: string, look: () => readonly string[]) {
    this.#directory = directory
    this.#look = look
  }

  listen(listener: ExitListener): () => void {
    this.#listeners.add(listener)
    this.#watcher ??= this.#watchFiles()
    this.#timer ??= setInterval(() => this.#tellAll(this.#look()), LOOK_MS).unref()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  own(uid: string, child: ChildProcess): void {
    child.once('exit', () => this.tell(uid))
  }

  tell(uid: string): void {
    for (const listener of this.#listeners) listener.onEvent(uid)
  }

  close(): void {
    this.#listeners.clear()
    this.#watcher?.close()
    clearInterval(this.#timer)
    this.#watcher = this.#timer = undefined
  }

  #tellAll(uids: readonly string[]): void {
    for (const uid of uids) this.tell(uid)
  }

  #watchFiles(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#directory, { persistent: false }, (_kind, name) => {
        // Told of when it is made, still empty, and again when the code is in it.
        const isWritten =
          name !== null && (statSync(join(this.#directory, name), { throwIfNoEntry: false })?.size ?? 0) > 0
        if (isWritten) this.tell(name.slice(0, name.indexOf('.')))
      })
      return watcher.on('error', (error) => this.#trouble(error))
    } catch (error) {
      this.#trouble(error as Error)
      return undefined
    }
  }

  #trouble(error: Error): void {
    const sentence = `${this.#directory} cannot be watched (${error.message}); exits are seen within ${LOOK_MS} ms`
    for (const listener of this.#listeners) listener.onTrouble(sentence)
  }
}

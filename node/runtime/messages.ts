/**
 * What containers of an engine say about their end: a small file of this machine at the path that each names, written by the
 * container, read by us when it has ended.
 *
 * @module
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** As Kubernetes has it; a record keeps less. */
const MESSAGE_BYTES_MAX = 4_096

export interface MessageOf {
  readonly uid: string
  readonly container: string
  readonly attempt: number
}

export class Messages {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Makes an empty file and returns its path. Whoever the container runs as may write it. */
  make(of: MessageOf): string {
    mkdirSync(this.#directoryOf(of.uid), { recursive: true, mode: 0o711 })
    const file = this.#file(of)
    writeFileSync(file, '')
    chmodSync(file, 0o666) // past any umask
    return file
  }

  /** [DOCK32] The end of it; empty where there is none. */
  read(of: MessageOf): string {
    let descriptor: number | undefined
    try {
      descriptor = openSync(this.#file(of), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const { size } = fstatSync(descriptor)
      const bytes = Buffer.alloc(Math.min(size, MESSAGE_BYTES_MAX))
      const count = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length)
      return bytes.subarray(0, count).toString()
    } catch {
      return ''
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }

  /** Of one run that is replaced. */
  forget(of: MessageOf): void {
    rmSync(this.#file(of), { force: true })
  }

  remove(uid: string): void {
    rmSync(this.#directoryOf(uid), { recursive: true, force: true })
  }

  #directoryOf(uid: string): string {
    return join(this.#directory, uid)
  }

  #file({ uid, container, attempt }: MessageOf): string {
    return join(this.#directoryOf(uid), `${container}.${attempt}`)
  }
}

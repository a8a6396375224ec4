/**
 * All documents, and which of them are awake. At most a bounded number is: the one that was used longest ago goes to sleep.
 *
 * @module
 */
import { Document } from './document.ts'
import type { DocumentKey } from './key.ts'
import {
  AWAKE_MAX,
  DOCUMENT_BYTES_MAX,
  DOCUMENT_CHANGES_MAX,
  DOCUMENTS_BYTES_MAX,
  DOCUMENTS_MAX,
  HEADS_MAX,
} from './limits.ts'

export class Documents {
  readonly #documents = new Map<DocumentKey, Document>()
  /** Awake ones, the longest unused first. */
  readonly #awake = new Set<Document>()
  #bytes = 0

  get(key: DocumentKey): Document | undefined {
    return this.#documents.get(key)
  }

  all(): Iterable<Document> {
    return this.#documents.values()
  }

  /** The document of a key, empty and not yet kept where nobody wrote it. */
  open(key: DocumentKey): Document {
    return this.#documents.get(key) ?? new Document(key)
  }

  /** Why a change cannot be kept; undefined where it can. */
  lackOfRoom(document: Document, { bytes, deps }: { bytes: number; deps: readonly string[] }): string | undefined {
    if (!this.#documents.has(document.key) && this.#documents.size >= DOCUMENTS_MAX) {
      return `this node holds ${DOCUMENTS_MAX} documents, as many as it may`
    }
    const isOneHeadMore = !deps.some((dep) => document.heads.includes(dep))
    if (isOneHeadMore && document.heads.length >= HEADS_MAX)
      return `${document.key} has ${HEADS_MAX} heads; edit it to merge some`
    if (document.size >= DOCUMENT_CHANGES_MAX) return `${document.key} has ${DOCUMENT_CHANGES_MAX} changes; compact it`
    if (document.bytes + bytes > DOCUMENT_BYTES_MAX)
      return `${document.key} takes ${DOCUMENT_BYTES_MAX} bytes; compact it`
    if (this.#bytes + bytes > DOCUMENTS_BYTES_MAX)
      return `documents take ${DOCUMENTS_BYTES_MAX} bytes, as many as they may`
    return undefined
  }

  /** Keeps a document that was changed by `bytes`, and counts it as used. */
  keep(document: Document, bytes: number): void {
    this.#documents.set(document.key, document)
    this.#bytes += bytes
    this.used(document)
  }

  used(document: Document): void {
    this.#awake.delete(document)
    if (document.isAwake && this.#documents.get(document.key) === document) this.#awake.add(document)
    else document.sleep()
    for (const longest of this.#awake) {
      if (this.#awake.size <= AWAKE_MAX) return
      this.#awake.delete(longest)
      longest.sleep()
    }
  }

  forget(document: Document): void {
    document.sleep()
    this.#awake.delete(document)
    if (this.#documents.delete(document.key)) this.#bytes -= document.bytes
  }
}

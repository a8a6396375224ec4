/**
 * All documents, and which of them are awake. At most a bounded number is: the one that was used longest ago goes to sleep.
 *
 * @module
 */
import { addWeight, Document, type KnownChange } from './document.ts'
import { type DocumentKey, parseKey } from './key.ts'
import {
  AWAKE_MAX,
  DOCUMENT_BYTES_MAX,
  DOCUMENT_CHANGES_MAX,
  DOCUMENT_OPERATIONS_MAX,
  DOCUMENT_PLAIN_BYTES_MAX,
  DOCUMENTS_BYTES_MAX,
  DOCUMENTS_MAX,
  HEADS_MAX,
} from './limits.ts'

export class Documents {
  readonly #documents = new Map<DocumentKey, Document>()
  readonly #byNamespace = new Map<string, Set<Document>>()
  /** Awake ones, the longest unused first. */
  readonly #awake = new Set<Document>()
  #bytes = 0

  get(key: DocumentKey): Document | undefined {
    return this.#documents.get(key)
  }

  all(): Iterable<Document> {
    return this.#documents.values()
  }

  /** What is in a namespace. */
  inside(namespace: string): Iterable<Document> {
    return this.#byNamespace.get(namespace) ?? []
  }

  /** The document of a key, empty and not yet kept where nobody wrote it. */
  open(key: DocumentKey): Document {
    return this.#documents.get(key) ?? new Document(key)
  }

  /** Why a change cannot be kept; undefined where it can. */
  lackOfRoom(document: Document, change: KnownChange): string | undefined {
    const { key, heads, size } = document
    const { bytes, plainBytes, operations } = addWeight(document.weight, change)
    const isOneHeadMore = !change.deps.some((dep) => heads.includes(dep))
    if (isOneHeadMore && heads.length >= HEADS_MAX) return `${key} has ${HEADS_MAX} heads; edit it to merge some`
    if (size >= DOCUMENT_CHANGES_MAX) return `${key} has ${DOCUMENT_CHANGES_MAX} changes; compact it`
    if (operations > DOCUMENT_OPERATIONS_MAX)
      return `${key} would have over ${DOCUMENT_OPERATIONS_MAX} operations; compact it`
    if (bytes > DOCUMENT_BYTES_MAX || plainBytes > DOCUMENT_PLAIN_BYTES_MAX)
      return `${key} would take ${bytes} bytes; compact it`
    if (!this.#documents.has(key) && this.#documents.size >= DOCUMENTS_MAX)
      return `this node holds ${DOCUMENTS_MAX} documents`
    if (this.#bytes + change.envelope.bytes.length > DOCUMENTS_BYTES_MAX)
      return `documents take ${DOCUMENTS_BYTES_MAX} bytes`
    return undefined
  }

  /** Keeps a document that was changed by `bytes`, and counts it as used. */
  keep(document: Document, bytes: number): void {
    this.#documents.set(document.key, document)
    const { namespace = '' } = parseKey(document.key) ?? {}
    if (namespace !== '') this.#inside(namespace).add(document)
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
    if (this.#documents.delete(document.key)) this.#bytes -= document.weight.bytes
    const { namespace = '' } = parseKey(document.key) ?? {}
    this.#byNamespace.get(namespace)?.delete(document)
    if (this.#byNamespace.get(namespace)?.size === 0) this.#byNamespace.delete(namespace)
  }

  #inside(namespace: string): Set<Document> {
    const inside = this.#byNamespace.get(namespace) ?? new Set()
    this.#byNamespace.set(namespace, inside)
    return inside
  }
}

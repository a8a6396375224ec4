/**
 * Secrets as they are written down: each value sealed under the cluster's data key, so that no log, no gossip and no snapshot
 * holds it in clear. It is opened where this node reads its own replica, and nowhere else. See decision 18.
 *
 *     sealed:v1:<nonce>:<AES-256-GCM of the bytes, with its tag>      both base64url
 *
 * What a value is sealed for, its Secret and its key, is bound to it: copied elsewhere it does not open.
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import {
  contentHash,
  contentOf,
  documentKey,
  isSealed,
  keptContents,
  withContents,
  withStringData,
  WriteRefused,
  type Content,
  type DocumentKey,
  type KubeObject,
  type StoredObject,
} from '../crdt/index.ts'
import type { WriteOperation } from './store/store-actor.ts'

export const DATA_KEY_BYTES = 32

/** [SEAL3] No Secret is ever written in clear. */
const NO_DATA_KEY =
  'this node has no data key to seal Secrets under: copy the file data-key from the data directory of another member, or make the cluster anew if none has it'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

export class Seal {
  readonly #key: Uint8Array
  readonly #random: (bytes: number) => Uint8Array

  constructor(key: Uint8Array, random: (bytes: number) => Uint8Array) {
    this.#key = key
    this.#random = random
  }

  /**
   * [SEAL1] With its values sealed. One that `stored` has already, or keeps, and that opens to the same, is taken as it is
   * there: who writes the same again changes nothing, and an earlier content that comes back has its earlier name.
   */
  seal(object: KubeObject, stored: KubeObject | undefined): KubeObject {
    if (object.kind !== 'Secret') return object
    // What is kept of it was opened for this node's own parts, and is made anew from what is stored.
    const bare = withContents(object, [])
    const before =
      stored === undefined ? [] : [contentOf(stored), ...keptContents(stored).map(({ content }) => content)]
    return withValues(withStringData(bare), (key, value) => {
      const at = bindingOf(object, key)
      const bytes = Buffer.from(value, 'base64')
      const same = before.map(({ data }) => data?.[key]).find((text) => this.#opensTo(text, bytes, at))
      return same ?? this.#sealOne(bytes, at)
    })
  }

  #opensTo(text: string | undefined, bytes: Buffer, at: Buffer): boolean {
    return text !== undefined && this.#openOne(text, at)?.equals(bytes) === true
  }

  /** [SEAL2] With its values as people read them. One that does not open stays sealed, and no pod is given it. */
  open(object: KubeObject): KubeObject {
    if (object.kind !== 'Secret') return object
    const openOne = (key: string, value: string): string =>
      isSealed(value) ? (this.#openOne(value, bindingOf(object, key))?.toString('base64') ?? value) : value
    const contents = keptContents(object).map((kept) => ({ ...kept, content: withValues(kept.content, openOne) }))
    return withValues(contents.length === 0 ? object : withContents(object, contents), openOne)
  }

  /** What this node's own parts read: opened, what it keeps of earlier contents too. */
  openStored(stored: StoredObject): StoredObject {
    if (stored.object.kind !== 'Secret') return stored
    return { ...stored, object: this.open(stored.object), contentHash: contentHash(stored.object) }
  }

  #sealOne(bytes: Buffer, binding: Buffer): string {
    const nonce = this.#random(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(binding)
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    return `sealed:v1:${Buffer.from(nonce).toString('base64url')}:${sealed.toString('base64url')}`
  }

  #openOne(text: string, binding: Buffer): Buffer | undefined {
    const [, , nonce = '', sealed = ''] = text.split(':')
    const bytes = Buffer.from(sealed, 'base64url')
    if (!isSealed(text) || bytes.length < TAG_BYTES) return undefined
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, Buffer.from(nonce, 'base64url'), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(binding).setAuthTag(bytes.subarray(-TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()])
    } catch {
      return undefined // another key, another place, or changed on its way
    }
  }
}

/** What is written down, and sent. */
export function sealedWrite(
  seal: Seal | undefined,
  operation: WriteOperation,
  stored: (key: DocumentKey) => KubeObject | undefined,
): WriteOperation | WriteRefused {
  if (operation.verb === 'delete' || operation.object.kind !== 'Secret') return operation
  if (seal === undefined) return new WriteRefused('invalid', NO_DATA_KEY)
  return { ...operation, object: seal.seal(operation.object, stored(operation.key)) }
}

function bindingOf({ kind, metadata: { namespace = '', name } }: KubeObject, key: string): Buffer {
  return Buffer.from(JSON.stringify([documentKey({ group: '', kind, namespace, name }), key]))
}

function withValues<T extends KubeObject | Content>(holder: T, change: (key: string, value: string) => string): T {
  const said = (holder as Content).data
  if (typeof said !== 'object' || said === null) return holder
  const data = Object.entries(said).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string' ? change(key, value) : value,
  ])
  return { ...holder, data: Object.fromEntries(data) as Record<string, unknown> }
}

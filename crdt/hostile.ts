/**
 * What a hostile member can send: envelopes with its own good signature around whatever it likes. For tests only, which is
 * why this file, beside `automerge.ts`, may know Automerge: it makes what Shoal itself never would.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import * as A from '@automerge/automerge'
import { encode } from 'cborg'
import { type Change, writeChange } from './automerge.ts'
import { ByteReader, ulebBytes } from './byte-reader.ts'
import { openChunk, packChunk, plainChunk, withWriter } from './chunk.ts'
import { type ChangeBody, fromHex, openEnvelope, sealChange } from './envelope.ts'
import { CLUSTER, type Identity, NOW, nonceOf, WEB } from './testing.ts'
import { NO_WRITER, WRITER_SEQ, writerId } from './writer.ts'

export interface Forgery {
  readonly author: Identity
  readonly clusterId?: string
  readonly body?: Partial<ChangeBody>
  readonly change?: Partial<Change>
}

/** A first change of `web`, right in all respects but those that are given. */
export function forge({ author, clusterId = CLUSTER, body, change }: Forgery): Uint8Array {
  const chain = { ...bodyOf(author), ...body }
  const said = { ...goodChange(), ...change }
  return sealChange({ ...chain, chunk: body?.chunk ?? chunkOf(chain, said, clusterId) }, clusterId, author)
}

function chunkOf(chain: ChangeBody, said: Change, clusterId: string): Uint8Array {
  const plain = writeChange(said.writer === '' ? { ...said, writer: NO_WRITER } : said)
  const unwritten = openChunk(plain)
  if (said.writer !== '' || 'rule' in unwritten) return plain
  return packChunk(withWriter(unwritten, fromHex(writerId(clusterId, chain, unwritten))))
}

/** Any bytes where the change should be. */
export function forgeChunk(author: Identity, chunk: Uint8Array): Uint8Array {
  return sealChange({ ...bodyOf(author), chunk }, CLUSTER, author)
}

function bodyOf(author: Identity): ChangeBody {
  const nonce = nonceOf(author.node, 1)
  const fresh = { nonce, seq: 1, prev: new Uint8Array(0), epoch: 0, cut: null, chunk: new Uint8Array(0) }
  return { type: 'change', author: author.node, key: WEB, ...fresh }
}

export const GOOD_TEXTS: Readonly<Record<string, string>> = {
  '1:': `{"at":${NOW}}`,
  '1:/apiVersion': '"apps/v1"',
  '1:/spec': '{}',
  '1:/spec/replicas': '3',
}

/** Its writer is left open. */
export function goodChange(): Change {
  return {
    writer: '',
    seq: WRITER_SEQ,
    startOp: 1,
    timeMs: NOW,
    message: 'mallory',
    deps: [],
    operations: operationsOf(GOOD_TEXTS),
  }
}

export function operationsOf(texts: Readonly<Record<string, string | undefined>>): Change['operations'] {
  return Object.entries(texts).map(([key, text]) => ({ key, text, predecessors: [] }))
}

/** A change as Automerge itself would make it, of any operations: nested objects, numbers, lists. */
export function automergeChunk(ops: readonly object[], actor = 'ab'.repeat(16)): Uint8Array {
  return A.encodeChange({
    actor,
    author: null,
    seq: 1,
    startOp: 1,
    time: NOW,
    message: null,
    deps: [],
    ops: ops as never,
  })
}

/** Nested maps, `depth` levels of them. */
export function depthBomb(depth: number): Uint8Array {
  const actor = 'ab'.repeat(16)
  const ops = Array.from({ length: depth }, (_, at) => {
    const obj = at === 0 ? '_root' : `${at}@${actor}`
    return { action: 'makeMap', obj, key: at === 0 ? '1:/spec' : 'a', pred: [] }
  })
  return automergeChunk(ops, actor)
}

// ---- run-length bombs: a few bytes that claim any number of rows

/** A change of `rows` times the same operation. */
export function runBomb(rows: number): Uint8Array {
  const text = new TextEncoder().encode('1:/a')
  return chunkOfColumns([
    [0x15, [...sleb(rows), text.length, ...text]],
    [0x34, [...ulebBytes(rows)]],
    [0x42, [...sleb(rows), 1]],
    [0x56, [...sleb(rows), 6]],
    [0x70, [...sleb(rows), 0]],
  ])
}

/** One operation that replaces `rows` others. */
export function predecessorBomb(rows: number): Uint8Array {
  const text = new TextEncoder().encode('1:/a')
  return chunkOfColumns([
    [0x15, [1, text.length, ...text]],
    [0x34, [1]],
    [0x42, [1, 1]],
    [0x56, [1, 6]],
    [0x70, [1, ...ulebBytes(rows)]],
    [0x71, [...sleb(rows), 0]],
    [0x73, [...sleb(rows), 0]],
  ])
}

export function chunkOfColumns(columns: readonly (readonly [number, readonly number[]])[]): Uint8Array {
  const writer = Array.from({ length: 16 }, () => 0xab)
  const header = [0, 16, ...writer, 1, 1, ...sleb(NOW), 0, 0]
  const heads = columns.flatMap(([id, bytes]) => [id, ...ulebBytes(bytes.length)])
  return plainChunk(Uint8Array.from([...header, columns.length, ...heads, ...columns.flatMap(([, bytes]) => bytes)]))
}

function sleb(value: number): number[] {
  const bytes: number[] = []
  for (let left = BigInt(value); ;) {
    const low = Number(left & 127n)
    left >>= 7n
    const isDone = (left === 0n && (low & 64) === 0) || (left === -1n && (low & 64) !== 0)
    bytes.push(isDone ? low : low | 128)
    if (isDone) return bytes
  }
}

// ---- mutation

/** An honest envelope whose inner change was changed, or its place: checksum, writer id and signature made good again. */
export function reforge(
  envelope: Uint8Array,
  author: Identity,
  mutate: (changeBody: Uint8Array) => Uint8Array,
  place: Partial<ChangeBody> = {},
): Uint8Array {
  const opened = openEnvelope(envelope)
  if (!('body' in opened) || opened.body.type !== 'change') throw new Error('Only a change can be reforged.')
  const honest = openChunk(opened.body.chunk)
  if ('rule' in honest) throw new Error(honest.reason)
  const body = { ...opened.body, author: author.node, ...place }
  const chunk = rewritten(body, plainChunk(mutate(innerBody(honest.plain))))
  return sealChange({ ...body, chunk }, CLUSTER, author)
}

function innerBody(plain: Uint8Array): Uint8Array {
  const reader = new ByteReader(plain)
  reader.bytes(9)
  reader.uleb()
  return reader.rest()
}

/** With the writer id that the content demands, where the content can be read at all. */
function rewritten(body: ChangeBody, plain: Uint8Array): Uint8Array {
  const chunk = openChunk(plain)
  return 'rule' in chunk ? plain : withWriter(chunk, fromHex(writerId(CLUSTER, body, chunk)))
}

/** Any body at all, signed for its type. */
export function signAnything(
  author: Identity,
  { type, fields }: { type: string; fields: readonly unknown[] },
): Uint8Array {
  const body = encode(fields)
  const signed = Buffer.concat([Buffer.from(`shoal/${type}/1\0${CLUSTER}\0`), body])
  return encode([body, author.sign(signed)])
}

/** Numbers from a seed, the same in every run (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export function bytesOf(length: number, seed: number): Uint8Array {
  const block = createHash('sha256').update(String(seed)).digest()
  return Uint8Array.from({ length }, (_, at) => (block[at % 32] ?? 0) ^ ((at * 131) & 0xff))
}

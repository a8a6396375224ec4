/**
 * Whose change it is, in Automerge's words.
 *
 * Automerge tells writers apart by an id and counts the changes of each. One id used twice for different changes forks a
 * cluster for ever (finding 0.6): whoever lost an unsynced write, was cloned with its disk or wants to harm can do it. So the
 * id is not chosen: it is a hash of the author, its boot nonce, its chain, and every byte of the change around it. Every
 * change has its own, with the number 1; two that differ cannot share it, and an author who signs two changes under one
 * number of its chain has merely written two concurrent changes, with the proof against itself.
 *
 * Every byte, not what they mean: one meaning has many encodings, and Automerge tells those apart.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Chunk } from './chunk.ts'
import { type ChangeBody, toHex } from './envelope.ts'
import { sha256Hex } from './sha256.ts'

/** Automerge's number of every change of ours: each writer id writes one. */
export const WRITER_SEQ = 1

/** Stands for the writer until the content is known. */
export const NO_WRITER = '0'.repeat(32)

/** A cut is the same whoever makes it: its chain names nobody. */
const NOBODY = { author: '', nonce: new Uint8Array(16), seq: 0, prev: new Uint8Array(0) }

export type Chain = Pick<ChangeBody, 'author' | 'nonce' | 'seq' | 'prev' | 'key' | 'epoch' | 'cut'>

/** 16 bytes, hex. */
export function writerId(clusterId: string, chain: Chain, { said: [before, after] }: Pick<Chunk, 'said'>): string {
  const { author, nonce, seq, prev, key, epoch, cut } = chain.cut === null ? chain : { ...chain, ...NOBODY }
  const place = JSON.stringify([clusterId, author, toHex(nonce), seq, toHex(prev), key, epoch, cut, before.length])
  return createHash('sha256').update(`shoal/writer/1\0${place}`).update(before).update(after).digest('hex').slice(0, 32)
}

/** Names a chain: one start of one author. */
export function chainId(author: string, nonce: Uint8Array): string {
  return hash16('shoal/chain/1', `${author}\0${toHex(nonce)}`)
}

export function hash16(purpose: string, text: string): string {
  return sha256Hex(`${purpose}\0${text}`).slice(0, 32)
}

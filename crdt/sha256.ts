/**
 * SHA-256 in one call: half the price of a `Hash` object, which most of what is hashed here, some dozen bytes, never pays back.
 *
 * @module
 */
import { hash } from 'node:crypto'

/** 32 bytes. Text is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer')
}

/** 64 hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

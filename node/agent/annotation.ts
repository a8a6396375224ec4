/**
 * The claim, stored beside the pod by its runtime: what an agent whose disk was lost adopts a running pod by.
 *
 * This node wrote it, but anybody with access to the engine may have changed it, and an older version may have: what does
 * not read as a claim is no claim.
 *
 * @module
 */
import type { PodFact } from '../../crdt/index.ts'
import { ANNOTATION_BYTES_MAX } from './bounds.ts'

const VERSION = 1

export type StoredClaim = Pick<
  PodFact,
  'uid' | 'name' | 'namespace' | 'workload' | 'revision' | 'index' | 'claimedAtMs' | 'auction'
>

/** The auction's lines stay out where they would make it too long. */
export function writeAnnotation(claim: StoredClaim): string {
  const { uid, name, namespace, workload, revision, index, claimedAtMs, auction } = claim
  const bare = { version: VERSION, uid, name, namespace, workload, revision, index, claimedAtMs, auction: [] as const }
  const whole = JSON.stringify({ ...bare, auction })
  return Buffer.byteLength(whole) <= ANNOTATION_BYTES_MAX ? whole : JSON.stringify(bare)
}

export function readAnnotation(annotation: string): StoredClaim | undefined {
  const value = parseObject(annotation)
  if (value === undefined || value['version'] !== VERSION) return undefined
  const { uid, name, namespace, workload, revision, index, claimedAtMs, auction } = value
  const texts = [uid, name, namespace, workload, revision]
  if (!texts.every((text) => typeof text === 'string' && text !== '')) return undefined
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(claimedAtMs) || !Array.isArray(auction)) return undefined
  return { uid, name, namespace, workload, revision, index, claimedAtMs, auction } as StoredClaim
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (Buffer.byteLength(text) > ANNOTATION_BYTES_MAX) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

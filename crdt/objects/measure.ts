/**
 * How big an object is, before anything looks into it: bytes as JSON and levels of nesting, both counted no further than allowed.
 *
 * @module
 */

/** One change of the largest object still fits into a gossip message of 320 KiB. */
export const OBJECT_BYTES_MAX = 256 * 1024

/** Kubernetes' deepest path has about 20 levels. The gate's bound. */
const DEPTH_MAX = 32

/** Why the value is no object of ours, as a sentence; undefined where it is small, flat and plain enough. */
export function sizeFault(value: unknown): string | undefined {
  const measured = measure(value, { bytes: 0 }, 0)
  if (measured === 'deep') return `must not be nested deeper than ${DEPTH_MAX} levels`
  if (measured === 'big') return `must have at most ${OBJECT_BYTES_MAX} bytes`
  if (measured === 'strange') return 'must hold nothing but objects, lists, strings, numbers, booleans and null'
  return undefined
}

type Measured = 'fits' | 'deep' | 'big' | 'strange'

function measure(value: unknown, sum: { bytes: number }, depth: number): Measured {
  if (depth > DEPTH_MAX) return 'deep'
  switch (typeof value) {
    case 'string':
      sum.bytes += Buffer.byteLength(value) + 2
      break
    case 'number':
      if (!Number.isFinite(value)) return 'strange'
      sum.bytes += 8
      break
    case 'boolean':
    case 'undefined':
      sum.bytes += 4
      break
    case 'object':
      return value === null ? 'fits' : measureInside(value, sum, depth)
    default:
      return 'strange'
  }
  return sum.bytes > OBJECT_BYTES_MAX ? 'big' : 'fits'
}

function measureInside(value: object, sum: { bytes: number }, depth: number): Measured {
  for (const [key, item] of Object.entries(value)) {
    sum.bytes += Array.isArray(value) ? 1 : Buffer.byteLength(key) + 4
    const measured = measure(item, sum, depth + 1)
    if (measured !== 'fits') return measured
  }
  return sum.bytes > OBJECT_BYTES_MAX ? 'big' : 'fits'
}

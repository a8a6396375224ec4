/**
 * JSON pointers (RFC 6901): `/metadata/labels/shoal.dev~1zone`.
 *
 * @module
 */
import { DEPTH_MAX, SEGMENT_CHARS_MAX } from './limits.ts'
import { faultInName } from './json.ts'

export function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1')
}

export function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** What is wrong with a pointer, in words that follow "it". */
export function faultInPointer(pointer: string): string | undefined {
  const [first, ...segments] = pointer.split('/')
  if (first !== '' || segments.length === 0) return 'is no pointer'
  if (segments.length > DEPTH_MAX) return `is deeper than ${DEPTH_MAX} levels`
  for (const segment of segments) {
    if (segment.length > SEGMENT_CHARS_MAX) return 'has a segment that is too long'
    if (BAD_ESCAPE.test(segment)) return 'has a ~ that is neither ~0 nor ~1'
    const fault = faultInName(unescapeSegment(segment))
    if (fault !== undefined) return fault
  }
  return undefined
}

const BAD_ESCAPE = /~(?![01])/

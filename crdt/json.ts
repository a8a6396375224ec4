/**
 * JSON text as fields and records carry it: canonical, bounded, and free of keys that mean something to JavaScript.
 *
 * Canonical means `JSON.stringify(JSON.parse(text)) === text`: equal values have equal texts, no key comes twice, no number
 * reads back as another (findings 0.9, 0.10).
 *
 * @module
 */
import { DEPTH_MAX } from './limits.ts'

export type Parsed = { readonly value: unknown } | { readonly error: string }

export function parseText(text: string): Parsed {
  if (depthOf(text) > DEPTH_MAX) return { error: `it is nested deeper than ${DEPTH_MAX} levels` }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { error: 'it is not JSON' }
  }
  const fault = faultIn(value)
  if (fault !== undefined) return { error: fault }
  if (JSON.stringify(value) !== text) return { error: 'it is not canonical JSON' }
  return { value }
}

/** Nesting of brackets outside strings; found before parsing, since parsing and all that follows may recurse. */
export function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (inString) {
      if (char === BACKSLASH) at++
      else if (char === QUOTE) inString = false
    } else if (char === QUOTE) inString = true
    else if (char === BRACKET || char === BRACE) deepest = Math.max(deepest, ++depth)
    else if (char === BRACKET_CLOSED || char === BRACE_CLOSED) depth--
  }
  return deepest
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_CLOSED = 0x5d
const BRACE = 0x7b
const BRACE_CLOSED = 0x7d

/** What forbids a value as a field, in words that follow "it". The value has a bounded depth. */
export function faultIn(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return isPlainNumber(value) ? undefined : `holds the number ${value}, which does not survive a round trip`
    case 'object':
      return value === null ? undefined : faultInside(value)
    default:
      return `holds a ${typeof value}`
  }
}

function faultInside(value: object): string | undefined {
  for (const [key, child] of Object.entries(value)) {
    const fault = (Array.isArray(value) ? undefined : faultInName(key)) ?? faultIn(child)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** What forbids a name of a field: those that every JavaScript object already answers to, and those nobody can type. */
export function faultInName(name: string): string | undefined {
  if (name === '') return 'has an empty name'
  if (name in Object.prototype || name === 'prototype') return `has the name ${name}, which is reserved`
  if (UNTYPABLE.test(name)) return 'has a name with a control character or half a surrogate pair'
  return undefined
}

// oxlint-disable-next-line no-control-regex
const UNTYPABLE = /[\u0000-\u001f\u007f]|\p{Surrogate}/u

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0)
}

/** Canonical text of plain data, names sorted, so that the order in which somebody typed them makes no difference. */
export function textOf(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, child]) => child !== undefined)
  return Object.fromEntries(entries.toSorted(byName).map(([name, child]) => [name, sorted(child)]))
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}

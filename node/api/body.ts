/**
 * From the bytes of a request to plain JSON that the rest may trust in shape: bounded depth, no keys that reach into
 * prototypes, text that is text. Depth is counted before parsing, since what is too deep must not reach anything recursive.
 *
 * @module
 */
import { ApiError } from './status.ts'

/** Kubernetes' own limit of a request, and that of an inflated change. */
export const BODY_BYTES_MAX = 1.5 * 1024 * 1024

/** As the ingress gate: what comes through here must pass it. */
export const JSON_DEPTH_MAX = 32

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** A scalar as text; anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** As much of what was sent as people need to know it again. */
const EXCERPT_CHARS_MAX = 100

/** A value as it may stand in a message: as JSON, cut. */
export function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length <= EXCERPT_CHARS_MAX ? text : `${text.slice(0, EXCERPT_CHARS_MAX)}...`
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function parseBody(bytes: Uint8Array, depthMax = JSON_DEPTH_MAX): Json {
  if (bytes.length > BODY_BYTES_MAX) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `the body has ${bytes.length} bytes, at most ${BODY_BYTES_MAX} are taken: split it`,
    )
  }
  const text = decode(bytes)
  if (text.trim() === '') throw new ApiError('BadRequest', 'the request has no body: send the object as JSON')
  if (depth(text) > depthMax) {
    throw new ApiError('BadRequest', `the body is nested deeper than ${depthMax} levels: flatten it`)
  }
  const value = parse(text)
  check(value, '')
  return value
}

export function parseObject(bytes: Uint8Array, depthMax = JSON_DEPTH_MAX): JsonObject {
  const value = parseBody(bytes, depthMax)
  if (isObject(value)) return value
  throw new ApiError(
    'BadRequest',
    `the body is ${Array.isArray(value) ? 'a list' : typeof value}, a JSON object is expected`,
  )
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ApiError('BadRequest', 'the body is not UTF-8 text: send JSON in UTF-8')
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new ApiError('BadRequest', `the body is not JSON: ${(error as Error).message}`)
  }
}

/** Deepest nesting of brackets outside of strings. */
function depth(text: string): number {
  let deepest = 0
  let open = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (inString) {
      if (char === 0x5c) at += 1
      else if (char === 0x22) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x7b || char === 0x5b) {
      open += 1
      if (open > deepest) deepest = open
    } else if (char === 0x7d || char === 0x5d) open -= 1
  }
  return deepest
}

const LONE_SURROGATE = /\p{Surrogate}/u

function check(value: Json, at: string): void {
  if (typeof value === 'string') {
    if (LONE_SURROGATE.test(value))
      throw new ApiError('BadRequest', `${at || 'the body'}: half of a character (a lone surrogate) is no text`)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) check(each, `${at}[${index}]`)
    return
  }
  for (const [key, each] of Object.entries(value)) {
    const path = at === '' ? key : `${at}.${key}`
    if (FORBIDDEN_KEYS.has(key)) throw new ApiError('BadRequest', `${path}: "${key}" is not taken as a name of a field`)
    if (key === '' || LONE_SURROGATE.test(key))
      throw new ApiError('BadRequest', `${at || 'the body'}: a field has no proper name`)
    check(each, path)
  }
}

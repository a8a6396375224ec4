/**
 * Small readers for hostile input: each takes a value and where it stood, and returns it typed or throws a sentence that
 * `hostileInput` catches. Readers compose: `listOf(textOf(64), 16)` reads at most 16 texts of at most 64 characters.
 *
 * @module
 */
import type { TextCheck } from './names.ts'
import { isPlain, type Plain } from './plain.ts'

export type Reader<T> = (value: unknown, at: string) => T

/** Runs readers; what they refuse becomes a value. Anything else they throw is a bug, and thrown on. */
export function hostileInput<T>(read: () => T): { fact: T } | { error: string } {
  try {
    return { fact: read() }
  } catch (error) {
    if (error instanceof Refused) return { error: error.message }
    throw error
  }
}

class Refused extends Error {}

export function refuse(at: string, why: string): never {
  throw new Refused(`${at} ${why}`)
}

export function textOf(lengthMax: number, check?: TextCheck): Reader<string> {
  return (value, at) => {
    if (typeof value !== 'string') return refuse(at, 'must be a string')
    if (value.length > lengthMax) return refuse(at, `must have at most ${lengthMax} characters`)
    const why = check?.(value)
    return why === undefined ? value : refuse(at, why)
  }
}

export function numberOf({ min, max }: { min: number; max: number }): Reader<number> {
  return (value, at) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(at, 'must be a number')
    return value >= min && value <= max ? value : refuse(at, `must be between ${min} and ${max}`)
  }
}

export function integerOf(range: { min: number; max: number }): Reader<number> {
  const number = numberOf(range)
  return (value, at) => (Number.isInteger(value) ? number(value, at) : refuse(at, 'must be a whole number'))
}

export const flagOf: Reader<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(at, 'must be true or false')

export function wordOf<Word extends string>(words: readonly Word[]): Reader<Word> {
  return (value, at) => words.find((word) => word === value) ?? refuse(at, `must be one of ${words.join(', ')}`)
}

export function listOf<T>(item: Reader<T>, itemsMax: number): Reader<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return refuse(at, 'must be a list')
    if (value.length > itemsMax) return refuse(at, `must have at most ${itemsMax} items`)
    return value.map((each, index) => item(each, `${at}[${index}]`))
  }
}

export function mapOf<T>(key: TextCheck, item: Reader<T>, itemsMax: number): Reader<Readonly<Record<string, T>>> {
  return (value, at) => {
    const entries = Object.entries(objectOf(value, at))
    if (entries.length > itemsMax) return refuse(at, `must have at most ${itemsMax} entries`)
    return Object.fromEntries(
      entries.map(([name, each]) => {
        const why = key(name)
        return why === undefined ? [name, item(each, `${at}[${name}]`)] : refuse(at, `has a bad key: ${why}`)
      }),
    )
  }
}

export function objectOf(value: unknown, at: string): Plain {
  return isPlain(value) ? value : refuse(at, 'must be an object')
}

/** `{ [name]: value }`, or nothing where the field is missing: an optional field is left out, never undefined. */
export function optional<Name extends string, T>(
  from: Plain,
  name: Name,
  at: string,
  reader: Reader<T>,
): { [name in Name]?: T } {
  const value = from[name]
  return value === undefined ? {} : ({ [name]: reader(value, `${at}.${name}`) } as { [name in Name]?: T })
}

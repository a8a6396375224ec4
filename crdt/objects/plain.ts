/**
 * Plain data whose names come from outside: looked at so that a field called `constructor` or `__proto__` is only a field.
 *
 * @module
 */

export type Plain = Readonly<Record<string, unknown>>

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Own properties only: `constructor` is not there because every object has one. */
export function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Sets an own property even if it is called `__proto__`. */
export function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else object[name] = value
}

/** The path of a field as Kubernetes writes it. */
export const fieldPath = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`)

/** Names of users, as they stand in certificates and in the history of objects. @module */

export function isUserName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][\w.@:-]{0,63}$/.test(value)
}

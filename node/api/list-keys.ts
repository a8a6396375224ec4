/**
 * Which lists of a kind are merged by key, looked up while walking an object: `under` goes one field down, `here` tells
 * whether the list at this place is a keyed one.
 *
 * @module
 */
export class ListKeys {
  readonly #keys: ReadonlyMap<string, readonly string[]>
  readonly #path: readonly string[]

  /** Path patterns as `KindPort.listKeys` gives them: `/spec/template/spec/containers`, `*` for any one segment. */
  constructor(keys: ReadonlyMap<string, readonly string[]>, path: readonly string[] = []) {
    this.#keys = keys
    this.#path = path
  }

  under(segment: string): ListKeys {
    return new ListKeys(this.#keys, [...this.#path, segment])
  }

  /** Fields that tell the elements of the list here apart; undefined: the list is one value. */
  get here(): readonly string[] | undefined {
    for (const [pattern, fields] of this.#keys) {
      const segments = pattern.split('/').slice(1)
      if (
        segments.length === this.#path.length &&
        segments.every((each, at) => each === '*' || each === this.#path[at])
      )
        return fields.length === 0 ? undefined : fields
    }
    return undefined
  }
}

/** What Kubernetes takes for a key field that was not written. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' }

/** One text per element of a keyed list; undefined where it has no value for any of the fields. */
export function elementKey(element: unknown, fields: readonly string[]): string | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
  const values = fields.map((field) => (element as Record<string, unknown>)[field])
  if (values.every((value) => value === undefined)) return undefined
  return JSON.stringify(values.map((value, at) => value ?? KEY_DEFAULTS[fields[at] as string] ?? null))
}

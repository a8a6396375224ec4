/**
 * What happened lately: a set that forgets its oldest members.
 *
 * @module
 */
export class Recent<T> {
  readonly #max: number
  readonly #members = new Set<T>()

  constructor(max: number) {
    this.#max = max
  }

  add(member: T): void {
    this.#members.add(member)
    const [oldest] = this.#members
    if (this.#members.size > this.#max && oldest !== undefined) this.#members.delete(oldest)
  }

  has(member: T): boolean {
    return this.#members.has(member)
  }
}

/**
 * Rows in the order of their ids, handed out as an array that never changes: readers keep it as long as they like, and equal
 * contents come in equal order on every node. Only a change after a read copies (some 10 us for 10,000 rows), so that filling
 * costs no copies.
 *
 * @module
 */
export class SortedRows<Row> {
  readonly #ids: string[] = []
  #rows: Row[] = []
  #isHandedOut = false

  get all(): readonly Row[] {
    this.#isHandedOut = true
    return this.#rows
  }

  set(id: string, row: Row): void {
    const at = this.#find(id)
    this.#keepReaders()
    if (this.#ids[at] === id) this.#rows[at] = row
    else {
      this.#ids.splice(at, 0, id)
      this.#rows.splice(at, 0, row)
    }
  }

  delete(id: string): void {
    const at = this.#find(id)
    if (this.#ids[at] !== id) return
    this.#keepReaders()
    this.#ids.splice(at, 1)
    this.#rows.splice(at, 1)
  }

  #keepReaders(): void {
    if (!this.#isHandedOut) return
    this.#rows = [...this.#rows]
    this.#isHandedOut = false
  }

  /** Where the id is, or would be. */
  #find(id: string): number {
    let from = 0
    let to = this.#ids.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#ids[middle]! < id) from = middle + 1
      else to = middle
    }
    return from
  }
}

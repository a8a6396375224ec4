/**
 * Rows in the order of their ids, as an array that is never changed: readers keep it as long as they like, and equal
 * contents come in equal order on every node. A change copies pointers: some 10 us for 10,000 rows.
 *
 * @module
 */
export class SortedRows<Row> {
  #ids: readonly string[] = []
  #rows: readonly Row[] = []

  get all(): readonly Row[] {
    return this.#rows
  }

  set(id: string, row: Row): void {
    const at = this.#find(id)
    if (this.#ids[at] === id) this.#rows = this.#rows.with(at, row)
    else {
      this.#ids = this.#ids.toSpliced(at, 0, id)
      this.#rows = this.#rows.toSpliced(at, 0, row)
    }
  }

  delete(id: string): void {
    const at = this.#find(id)
    if (this.#ids[at] !== id) return
    this.#ids = this.#ids.toSpliced(at, 1)
    this.#rows = this.#rows.toSpliced(at, 1)
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

/**
 * Columns of an Automerge change, counted without being unrolled.
 *
 * A column is run-length encoded: a few bytes may stand for 2^40 rows, and Automerge makes an object of each. Counting costs
 * as many steps as the column has bytes.
 *
 * @module
 */
import type { ByteReader } from './byte-reader.ts'
import { ByteReader as Reader } from './byte-reader.ts'
import { PREDECESSORS_MAX } from './limits.ts'

type Item = 'uleb' | 'sleb' | 'text'
type Encoding = { readonly is: 'runs'; readonly item: Item } | { readonly is: 'booleans' } | { readonly is: 'raw' }

interface ColumnSpec {
  readonly name: string
  readonly encoding: Encoding
  /** Rows are predecessors of operations, not operations. */
  readonly perPredecessor: boolean
  /** Its values are numbers of rows of the columns after it. */
  readonly counts: boolean
}

export interface Column extends ColumnSpec {
  readonly bytes: Uint8Array
}

/** All that setting and deleting keys of the root needs. Objects and list positions have columns of their own: not here. */
const COLUMNS: ReadonlyMap<number, ColumnSpec> = new Map([
  [0x15, column('key', runs('text'))],
  [0x34, column('insert', { is: 'booleans' })],
  [0x42, column('action', runs('uleb'))],
  [0x56, column('value kind', runs('uleb'))],
  [0x57, column('value', { is: 'raw' })],
  [0x70, { ...column('predecessors', runs('uleb')), counts: true }],
  [0x71, { ...column('predecessor writer', runs('uleb')), perPredecessor: true }],
  [0x73, { ...column('predecessor counter', runs('sleb')), perPredecessor: true }],
])

function column(name: string, encoding: Encoding): ColumnSpec {
  return { name, encoding, perPredecessor: false, counts: false }
}

function runs(item: Item): Encoding {
  return { is: 'runs', item }
}

/** Undefined where a column is unknown, comes twice or out of order, is cut off, or where anything follows the last. */
export function readColumns(reader: ByteReader): readonly Column[] | undefined {
  const count = reader.uleb()
  if (count === undefined || count > COLUMNS.size) return undefined
  const heads: { spec: ColumnSpec; length: number }[] = []
  let before = -1
  for (let at = 0; at < count; at++) {
    const id = reader.uleb() ?? -1
    const length = reader.uleb()
    const spec = COLUMNS.get(id)
    if (spec === undefined || length === undefined || id <= before) return undefined
    before = id
    heads.push({ spec, length })
  }
  const columns: Column[] = []
  for (const { spec, length } of heads) {
    const bytes = reader.bytes(length)
    if (bytes === undefined) return undefined
    columns.push({ ...spec, bytes })
  }
  return reader.left === 0 ? columns : undefined
}

/** Number of rows; undefined where there are more than `rowsMax` or the column cannot be read. */
export function countRows(column: Column, rowsMax: number): number | undefined {
  switch (column.encoding.is) {
    case 'raw':
      return 0
    case 'booleans':
      return countBooleans(new Reader(column.bytes), rowsMax)
    case 'runs':
      return countRuns(new Reader(column.bytes), { item: column.encoding.item, rowsMax, counts: column.counts })
  }
}

function countBooleans(reader: ByteReader, rowsMax: number): number | undefined {
  let rows = 0
  while (reader.left > 0) {
    rows += reader.uleb() ?? Infinity
    if (rows > rowsMax) return undefined
  }
  return rows
}

/** A run: n > 0 repeats one item n times, n < 0 is followed by -n items, 0 by a number of empty rows. */
function countRuns(
  reader: ByteReader,
  { item, rowsMax, counts }: { item: Item; rowsMax: number; counts: boolean },
): number | undefined {
  let rows = 0
  let counted = 0
  while (reader.left > 0) {
    const length = reader.sleb()
    if (length === undefined) return undefined
    const items = length > 0 ? 1 : -length
    rows += length === 0 ? (reader.uleb() ?? Infinity) : Math.abs(length)
    if (rows > rowsMax) return undefined
    for (let at = 0; at < items; at++) {
      const value = readItem(reader, item)
      if (value === undefined) return undefined
      counted += counts ? value * (length > 0 ? length : 1) : 0
    }
    if (counted > PREDECESSORS_MAX) return undefined
  }
  return rows
}

/** The number, or the length of the text. */
function readItem(reader: ByteReader, item: Item): number | undefined {
  switch (item) {
    case 'uleb':
      return reader.uleb()
    case 'sleb':
      return reader.sleb()
    case 'text': {
      const length = reader.uleb()
      return reader.bytes(length) === undefined ? undefined : length
    }
  }
}

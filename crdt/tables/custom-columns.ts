/**
 * Columns of a kind that somebody defined: its name, and what its definition says; its age where that says nothing.
 *
 * @module
 */
import { ageOf } from './age.ts'
import { AGE, NAME, type Column } from './columns.ts'
import { parseJsonPath, valuesAt } from './json-path.ts'

/** As `additionalPrinterColumns` has them. */
export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly priority?: number
  readonly format?: string
  readonly description?: string
}

/** [CRD12] */
export function customColumns(said: readonly PrinterColumn[]): readonly Column[] {
  return said.length === 0 ? [NAME, AGE] : [NAME, ...said.map(columnOf)]
}

function columnOf({ name, type, jsonPath, priority = 0, format = '', description = '' }: PrinterColumn): Column {
  const steps = parseJsonPath(jsonPath)
  return {
    name,
    type,
    format,
    description,
    priority,
    cell: (thing, nowMs) => {
      const values = steps === undefined ? [] : valuesAt(thing, steps)
      return values.length === 0 ? '' : cellOf(values, type, nowMs)
    },
  }
}

function cellOf(values: readonly unknown[], type: string, nowMs: number): string | number {
  const [first] = values
  if (type === 'date') return typeof first === 'string' ? ageOf(first, nowMs) : '<unknown>'
  if ((type === 'integer' || type === 'number') && typeof first === 'number') return first
  return values.map((each) => (typeof each === 'string' ? each : (JSON.stringify(each) ?? ''))).join(',')
}

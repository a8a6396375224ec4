/**
 * Objects in the form that `-o` asks for: a table, `wide`, `name`, `json`, `yaml`.
 *
 * @module
 */
import { CommandFailure } from '../failure.ts'
import { didYouMean } from '../guess.ts'
import { qualifiedKind } from '../kinds.ts'
import type { KindInfo } from '../kinds.ts'
import type { Thing } from '../objects.ts'
import { columnsOf } from './columns.ts'
import { jsonText } from './json.ts'
import { safe } from './safe.ts'
import { table } from './table.ts'

const FORMATS = ['table', 'wide', 'name', 'json', 'yaml'] as const
export type Format = (typeof FORMATS)[number]

export function formatOf(option: string | undefined): Format {
  if (option === undefined || option === '') return 'table'
  const found = FORMATS.find((each) => each === option)
  if (found !== undefined) return found
  throw new CommandFailure(`-o "${option}": must be one of json, yaml, wide, name${didYouMean(option, FORMATS)}`)
}

export interface Group {
  readonly kind: KindInfo
  readonly things: readonly Thing[]
}

export interface Printing {
  readonly format: Format
  /** Whether objects of many namespaces are among them. */
  readonly namespaces: boolean
  /** Whether one object was named: json and yaml then show it bare. */
  readonly single: boolean
  readonly nowMs: number
}

export async function printThings(groups: readonly Group[], printing: Printing): Promise<string> {
  const things = groups.flatMap((group) => group.things).map(withoutManagers)
  switch (printing.format) {
    case 'json':
      return jsonText(bareOrList(things, printing))
    case 'yaml': {
      const { yamlText } = await import('./yaml.ts')
      return yamlText(bareOrList(things, printing))
    }
    case 'name':
      return groups
        .map(({ kind, things: own }) => own.map(({ metadata }) => `${qualifiedKind(kind)}/${metadata.name}\n`).join(''))
        .join('')
    case 'table':
    case 'wide':
      return groups
        .filter((group) => group.things.length > 0)
        .map((group) => tableOf(group, groups.length > 1, printing))
        .join('\n')
  }
}

/** [SSA24] As kubectl leaves them out: they are longer than the object. */
function withoutManagers(thing: Thing): Thing {
  const { managedFields: _, ...metadata } = thing.metadata as Thing['metadata'] & { managedFields?: unknown }
  return { ...thing, metadata }
}

function bareOrList(things: readonly Thing[], { single }: Printing): unknown {
  if (single && things.length === 1) return things[0]
  return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: things }
}

function tableOf({ kind, things }: Group, isOneOfMany: boolean, { format, namespaces, nowMs }: Printing): string {
  const columns = columnsOf(kind, { wide: format === 'wide', namespaces: namespaces && kind.namespaced })
  const prefix = isOneOfMany ? `${qualifiedKind(kind)}/` : ''
  const rows = things.map((thing) =>
    columns.map(({ name, cell }) => safe(`${name === 'Name' ? prefix : ''}${cell(thing, nowMs)}`)),
  )
  return table(
    columns.map(({ name }) => name.toUpperCase()),
    rows,
  )
}

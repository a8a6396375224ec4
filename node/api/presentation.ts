/**
 * Objects in the form that a reader asked for: as they are, as rows of a table, or with their metadata alone.
 *
 * @module
 */
import { columnsOf, customColumns } from '../../crdt/tables.ts'
import type { Column, Thing } from '../../crdt/tables.ts'
import type { KubeObject } from '../../crdt/index.ts'
import { formOf } from './accept.ts'
import type { ApiRequest } from './message.ts'
import { apiVersion } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError } from './status.ts'

export interface ListMeta {
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

export interface Presentation {
  /** What stands for an object within a list. */
  readonly item: (object: KubeObject) => unknown
  readonly list: (items: readonly unknown[], metadata: ListMeta) => unknown
  /** An object that stands alone. */
  readonly single: (object: KubeObject) => unknown
  /** For one watch, which asks in the order of its events. */
  readonly events: () => Events
}

/** What tells where a watch stands: an object without any but its version. */
export type Bookmark = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> }
}

interface Events {
  readonly object: (object: KubeObject) => unknown
  readonly bookmark: (bookmark: Bookmark) => unknown
}

export interface Presenting {
  readonly request: ApiRequest
  readonly resource: Resource
  /** Wall clock, ms: tables tell ages. */
  readonly nowMs: () => number
}

export function presentation({ request, resource, nowMs }: Presenting): Presentation {
  const form = formOf(request)
  switch (form.as) {
    case 'object':
      return objects(resource)
    case 'metadata':
      return metadataAlone()
    case 'table':
      return tables({ version: form.version, columns: columnsFor(resource), include: included(request), nowMs })
  }
}

/** By the kind's name alone another's would be taken: of a kind that somebody defined its definition says them. */
function columnsFor({ kind, custom }: Resource): readonly Column[] {
  return custom === undefined ? columnsOf(kind) : customColumns(custom.version.additionalPrinterColumns ?? [])
}

function objects(resource: Resource): Presentation {
  return {
    item: (object) => object,
    list: (items, metadata) => ({
      kind: `${resource.kind}List`,
      apiVersion: apiVersion(resource),
      metadata,
      items,
    }),
    single: (object) => object,
    events: () => ({ object: (object) => object, bookmark: (bookmark) => bookmark }),
  }
}

const META = 'meta.k8s.io/'

function metadataAlone(): Presentation {
  const item = ({ metadata }: KubeObject): unknown => partial('v1', metadata)
  return {
    item,
    list: (items, metadata) => ({ kind: 'PartialObjectMetadataList', apiVersion: `${META}v1`, metadata, items }),
    single: item,
    events: () => ({
      object: item,
      bookmark: ({ metadata }) => ({ kind: 'PartialObjectMetadata', apiVersion: `${META}v1`, metadata }),
    }),
  }
}

function partial(version: string, metadata: KubeObject['metadata']): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: `${META}${version}`, metadata }
}

type Include = 'None' | 'Metadata' | 'Object'
const INCLUDES: readonly Include[] = ['None', 'Metadata', 'Object']

/** [TAB3] What of each object comes beside its cells. */
function included({ query }: ApiRequest): Include {
  const asked = query.get('includeObject') || 'Metadata'
  const include = INCLUDES.find((each) => each === asked)
  if (include !== undefined) return include
  throw new ApiError(
    'BadRequest',
    `includeObject: Unsupported value: ${JSON.stringify(asked.slice(0, 80))}: supported values: ${INCLUDES.map((each) => `"${each}"`).join(', ')}`,
  )
}

interface Tables {
  readonly version: 'v1' | 'v1beta1'
  readonly columns: readonly Column[]
  readonly include: Include
  readonly nowMs: () => number
}

function tables({ version, columns, include, nowMs }: Tables): Presentation {
  const definitions = columns.map(definition)
  const row = (object: KubeObject): unknown => {
    const cells = columns.map(({ cell }) => cell(object as unknown as Thing, nowMs()))
    switch (include) {
      case 'None':
        return { cells }
      case 'Metadata':
        return { cells, object: partial(version, object.metadata) }
      case 'Object':
        return { cells, object }
    }
  }
  const table = (rows: readonly unknown[], metadata: ListMeta, columnDefinitions: readonly unknown[]): unknown => ({
    kind: 'Table',
    apiVersion: `${META}${version}`,
    metadata,
    columnDefinitions,
    rows,
  })
  const single = (object: KubeObject, columnDefinitions: readonly unknown[]): unknown =>
    table([row(object)], versionOf(object), columnDefinitions)
  return {
    item: row,
    list: (rows, metadata) => table(rows, metadata, definitions),
    single: (object) => single(object, definitions),
    // [TAB4] The columns come once; kubectl keeps them for the rows that follow.
    events: () => {
      let isFirst = true
      return {
        object: (object) => {
          const columnDefinitions = isFirst ? definitions : []
          isFirst = false
          return single(object, columnDefinitions)
        },
        bookmark: ({ metadata }) => table([], metadata, []),
      }
    },
  }
}

function versionOf({ metadata: { resourceVersion } }: KubeObject): ListMeta {
  return resourceVersion === undefined ? {} : { resourceVersion }
}

function definition({ name, type, priority, format = '', description = '' }: Column): Record<string, unknown> {
  // kubectl puts the kind before what has the format `name`, where kinds are mixed.
  return { name, type, format: name === 'Name' ? 'name' : format, description, priority }
}

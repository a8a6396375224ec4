/**
 * An OpenAPI document of version 2 in the binary form that kubectl 1.20 takes alone: the message `openapi.v2.Document` of
 * gnostic. Field numbers are those of its published `OpenAPIv2.proto`.
 *
 * @module
 */
import type { Document } from './openapi.ts'
import { WireWriter } from './wire.ts'

type Plain = Readonly<Record<string, unknown>>

export function gnosticDocument(document: Document): Buffer {
  const to = new WireWriter()
  const { info, paths, definitions } = document as { info: Plain; paths: Plain; definitions: Plain }
  text(to, 1, document['swagger'])
  to.message(2, () => {
    text(to, 1, info['title'])
    text(to, 2, info['version'])
  })
  to.message(8, () => entries(to, 2, paths, pathItem))
  to.message(9, () => entries(to, 1, definitions, schema))
  return to.written
}

/** What is not said is not written. */
function text(to: WireWriter, number: number, value: unknown): void {
  if (typeof value === 'string') to.text(number, value)
}

function texts(to: WireWriter, number: number, values: unknown): void {
  for (const value of (values ?? []) as readonly string[]) to.text(number, value)
}

type Part = (to: WireWriter, of: Plain) => void

/** A message, where there is something of it. */
function part(to: WireWriter, number: number, of: unknown, write: Part): void {
  if (of !== undefined) to.message(number, () => write(to, of as Plain))
}

/** A map, as named values. */
function entries(to: WireWriter, number: number, map: unknown, write: Part): void {
  for (const [name, of] of Object.entries(map as Plain)) {
    to.message(number, () => {
      to.text(1, name)
      part(to, 2, of, write)
    })
  }
}

/** `x-...`: the value as YAML, of which JSON is a part. */
function extensions(to: WireWriter, number: number, of: Plain): void {
  for (const [name, value] of Object.entries(of)) {
    if (!name.startsWith('x-')) continue
    to.message(number, () => {
      to.text(1, name)
      to.message(2, () => to.text(2, `${JSON.stringify(value)}\n`))
    })
  }
}

/** A schema, as the only one of some. */
const only: Part = (to, of) => part(to, 1, of, schema)

function schema(to: WireWriter, of: Plain): void {
  text(to, 1, of['$ref'])
  text(to, 2, of['format'])
  text(to, 4, of['description'])
  texts(to, 19, of['required'])
  part(to, 21, of['additionalProperties'], only)
  if (of['type'] !== undefined) to.message(22, () => text(to, 1, of['type']))
  part(to, 23, of['items'], only)
  part(to, 25, of['properties'], (_, properties) => entries(to, 1, properties, schema))
  extensions(to, 31, of)
}

const METHODS: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 }

function pathItem(to: WireWriter, methods: Plain): void {
  for (const [method, of] of Object.entries(methods)) part(to, METHODS[method]!, of, operation)
}

function operation(to: WireWriter, of: Plain): void {
  text(to, 5, of['operationId'])
  texts(to, 6, of['produces'])
  texts(to, 7, of['consumes'])
  for (const each of of['parameters'] as readonly Plain[]) to.message(8, () => part(to, 1, each, parameter))
  to.message(9, () => entries(to, 1, of['responses'], (_, response) => part(to, 1, response, answer)))
  extensions(to, 13, of)
}

function parameter(to: WireWriter, of: Plain): void {
  switch (of['in']) {
    case 'body':
      return part(to, 1, of, bodyParameter)
    case 'path':
      return to.message(2, () => part(to, 4, of, pathParameter))
    default:
      return to.message(2, () => part(to, 3, of, queryParameter))
  }
}

function bodyParameter(to: WireWriter, of: Plain): void {
  text(to, 2, of['name'])
  to.text(3, 'body')
  if (of['required'] === true) to.flag(4)
  part(to, 5, of['schema'], schema)
}

function pathParameter(to: WireWriter, of: Plain): void {
  to.flag(1)
  to.text(2, 'path')
  text(to, 3, of['description'])
  text(to, 4, of['name'])
  text(to, 5, of['type'])
}

function queryParameter(to: WireWriter, of: Plain): void {
  to.text(2, 'query')
  text(to, 3, of['description'])
  text(to, 4, of['name'])
  text(to, 6, of['type'])
  to.flag(20)
}

function answer(to: WireWriter, of: Plain): void {
  text(to, 1, of['description'])
  part(to, 2, of['schema'], only)
}

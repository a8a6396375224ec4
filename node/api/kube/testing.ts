/**
 * Writes objects as kubectl's encoder does: the other side of `protobuf.ts`, for its tests.
 *
 * @module
 */
import type { Field, FieldType, Messages } from './messages.ts'

type Plain = Readonly<Record<string, unknown>>

export function encodeProtobuf(object: Plain, messages: Messages): Buffer {
  const { apiVersion, kind, ...fields } = object as { apiVersion: string; kind: string }
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const names = [`${group!.split('.')[0]}.${version}.${kind}`, `meta.v1.${kind}`]
  const type = names.find((name) => messages.get(name) !== undefined)!
  const typeMeta = Buffer.concat([bytesField(1, apiVersion), bytesField(2, kind)])
  const raw = encodeMessage(type, fields, messages)
  return sealed(Buffer.concat([bytesField(1, typeMeta), bytesField(2, raw), bytesField(3, ''), bytesField(4, '')]))
}

export function sealed(envelope: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('k8s\0'), envelope])
}

/** Whatever is no pointer is written, said or not. */
export function encodeMessage(type: string, object: Plain, messages: Messages): Buffer {
  const { fields } = messages.get(type)!
  return Buffer.concat(
    fields.flatMap((field) => {
      if (field.isInline)
        return [bytesField(field.number, encodeMessage((field.type as { of: string }).of, object, messages))]
      const value = object[field.name]
      if (value === undefined && (field.isPointer || field.type.is === 'list' || field.type.is === 'map')) return []
      return encodeField(field, field.type, value, messages)
    }),
  )
}

function encodeField(field: Pick<Field, 'number'>, type: FieldType, value: unknown, messages: Messages): Buffer[] {
  switch (type.is) {
    case 'list':
      return (value as unknown[]).flatMap((item) => encodeField(field, type.of, item, messages))
    case 'map':
      return Object.entries(value as Plain).map(([key, item]) =>
        bytesField(
          field.number,
          Buffer.concat([bytesField(1, key), ...encodeField({ number: 2 }, type.of, item, messages)]),
        ),
      )
    case 'message':
      return [bytesField(field.number, encodeMessage(type.of, (value ?? {}) as Plain, messages))]
    case 'scalar':
      return [scalarField(field.number, type.of, value)]
  }
}

function scalarField(number: number, of: string, value: unknown): Buffer {
  switch (of) {
    case 'bool':
      return varintField(number, value === true ? 1 : 0)
    case 'int32':
    case 'int64':
      return signedField(number, (value ?? 0) as number)
    case 'bytes':
      return bytesField(number, Buffer.from((value ?? '') as string, 'base64'))
    case 'quantity':
      return bytesField(number, bytesField(1, (value ?? '0') as string))
    case 'intorstring':
      return bytesField(
        number,
        typeof value === 'string'
          ? Buffer.concat([varintField(1, 1), varintField(2, 0), bytesField(3, value)])
          : Buffer.concat([varintField(1, 0), varintField(2, (value ?? 0) as number), bytesField(3, '')]),
      )
    case 'time':
    case 'microtime':
      return bytesField(number, timeBytes(value as string | undefined))
    case 'fieldsv1':
    case 'raw':
      return bytesField(number, bytesField(1, JSON.stringify(value ?? {})))
    default:
      return bytesField(number, (value ?? '') as string)
  }
}

/** A negative one has all its 64 bits. */
function signedField(number: number, value: number): Buffer {
  if (value >= 0) return varintField(number, value)
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  const [tag] = varintField(number, 0)
  return Buffer.from([tag!, ...bytes, Number(rest)])
}

function timeBytes(text: string | undefined): Buffer {
  if (text === undefined) return Buffer.alloc(0)
  return Buffer.concat([varintField(1, Date.parse(text) / 1_000), varintField(2, 0)])
}

export function bytesField(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

/** Of a whole number from 0. */
export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}

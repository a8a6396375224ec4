/**
 * Bodies as kubectl sends them since 1.32, `application/vnd.kubernetes.protobuf`: four bytes that say so, then an envelope with
 * apiVersion, kind and the message. What comes out is the JSON that an older kubectl would have sent.
 *
 * The encoder at the other end writes every field that is no pointer, zero or not. So a zero counts for nothing there, and of a
 * pointer it is a value: `replicas: 0` is one, `hostPort: 0` is none.
 *
 * @module
 */
import { timestamp } from '../../../crdt/tables.ts'
import type { Field, FieldType, Messages, Scalar } from './messages.ts'
import { WireError, WireReader, type Wire } from './wire.ts'

/** `k8s` and a zero. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** As JSON bodies (`JSON_DEPTH_MAX`). */
const DEPTH_MAX = 32

/** A field may take two bytes: this bounds what a body of the largest size is made into. A manifest of 1 MiB has some 30,000. */
const VALUES_MAX = 100_000

/** Fields that are told of. */
const UNKNOWN_MAX = 8

type Value = unknown
type Fields = Record<string, Value>

export interface Decoded {
  readonly object: Readonly<Fields>
  /** Fields that have a value and no name here: of a newer client. */
  readonly unknown: readonly string[]
}

/** A `WireError` tells what is wrong with the bytes. */
export function decodeProtobuf(body: Uint8Array, messages: Messages): Decoded {
  if (!MAGIC.equals(body.subarray(0, MAGIC.length)))
    throw new WireError('it does not begin with the four bytes "k8s\\0"')
  const { apiVersion, kind, raw } = envelope(body.subarray(MAGIC.length))
  const type = typeOf(apiVersion, kind, messages)
  if (type === undefined)
    throw new WireError(`nothing is known of the kind "${kind}" in apiVersion "${apiVersion}": send JSON`)
  const decoding = new Decoding(messages)
  const fields = decoding.message(type, raw, 1)
  return { object: { apiVersion, kind, ...fields }, unknown: [...decoding.unknown] }
}

interface Envelope {
  apiVersion: string
  kind: string
  raw: Uint8Array
}

function envelope(bytes: Uint8Array): Envelope {
  const found: Envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0) }
  each(bytes, ({ number, wire }, reader) => {
    if (wire !== 'bytes') return reader.skip(wire)
    const value = reader.bytes()
    if (number === 1) each(value, (tag, inner) => typeMeta(found, tag, inner))
    if (number === 2) found.raw = value
    if (number > 2 && value.length > 0) {
      const said = utf8(value)
      if (number === 3 || said !== 'application/vnd.kubernetes.protobuf')
        throw new WireError(`its content is encoded as "${said.slice(0, 80)}": send it plain`)
    }
  })
  if (found.kind === '') throw new WireError('it names no kind')
  return found
}

function typeMeta(found: Envelope, { number, wire }: { number: number; wire: Wire }, reader: WireReader): void {
  if (wire !== 'bytes') return reader.skip(wire)
  const text = utf8(reader.bytes())
  if (number === 1) found.apiVersion = text
  if (number === 2) found.kind = text
}

/** `apps/v1` Deployment: `apps.v1.Deployment`. What all groups share, as DeleteOptions, is sent in the version of any. */
function typeOf(apiVersion: string, kind: string, messages: Messages): string | undefined {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const names = [`${group?.split('.')[0]}.${version}.${kind}`, `meta.v1.${kind}`]
  return names.find((name) => messages.get(name) !== undefined)
}

function each(bytes: Uint8Array, take: (tag: { number: number; wire: Wire }, reader: WireReader) => void): void {
  const reader = new WireReader(bytes)
  while (!reader.isAtEnd) take(reader.tag(), reader)
}

/** A value to be read. */
interface At {
  readonly wire: Wire
  readonly reader: WireReader
  readonly depth: number
}

class Decoding {
  readonly unknown = new Set<string>()
  readonly #messages: Messages
  #values = 0

  constructor(messages: Messages) {
    this.#messages = messages
  }

  message(type: string, bytes: Uint8Array, depth: number): Fields {
    if (depth > DEPTH_MAX) throw new WireError(`it is nested deeper than ${DEPTH_MAX} levels: flatten it`)
    const fields = new Map(this.#messages.get(type)!.fields.map((field) => [field.number, field]))
    const object = new Map<string, Value>()
    each(bytes, ({ number, wire }, reader) => {
      this.#count()
      const field = fields.get(number)
      if (field === undefined) return this.#skip({ type, number, wire, reader })
      if (field.isInline) {
        const { of } = field.type as { of: string }
        const inner = this.message(of, lengthOf(wire, reader, field), depth)
        for (const [name, value] of Object.entries(inner)) object.set(name, value)
      } else this.#set(object, field, { wire, reader, depth })
    })
    // Not by assignment: a name may be one of JavaScript's own.
    return Object.fromEntries(
      [...object].map(([name, value]) => [name, value instanceof Map ? Object.fromEntries(value) : value]),
    )
  }

  #set(object: Map<string, Value>, field: Field, at: At): void {
    const { name, type } = field
    if (type.is === 'list') {
      const list = (object.get(name) as Value[] | undefined) ?? []
      for (const item of this.#items(type.of, field, at)) list.push(item)
      object.set(name, list)
    } else if (type.is === 'map') {
      const map = (object.get(name) as Map<string, Value> | undefined) ?? new Map<string, Value>()
      object.set(name, map.set(...this.#entry(type.of, field, at)))
    } else {
      const value = this.#value(type, field, at)
      if (value !== undefined && (field.isPointer || field.isRequired || !isZero(value))) object.set(name, value)
    }
  }

  /** Numbers may come many in one. */
  #items(of: FieldType, field: Field, at: At): Value[] {
    const isNumber = of.is === 'scalar' && (of.of === 'int32' || of.of === 'int64')
    if (!isNumber || at.wire !== 'bytes') return [this.#value(of, field, at)]
    const items: Value[] = []
    const reader = new WireReader(at.reader.bytes())
    while (!reader.isAtEnd) {
      this.#count()
      items.push(this.#value(of, field, { wire: 'varint', reader, depth: at.depth }))
    }
    return items
  }

  #entry(of: FieldType, field: Field, at: At): [string, Value] {
    let key = ''
    let value: Value
    each(lengthOf(at.wire, at.reader, field), ({ number, wire }, reader) => {
      if (number === 1 && wire === 'bytes') key = utf8(reader.bytes())
      else if (number === 2) value = this.#value(of, field, { wire, reader, depth: at.depth })
      else reader.skip(wire)
    })
    return [
      key,
      value ?? this.#value(of, field, { wire: 'bytes', reader: new WireReader(Buffer.of(0)), depth: at.depth }),
    ]
  }

  #value(type: FieldType, field: Field, { wire, reader, depth }: At): Value {
    switch (type.is) {
      case 'message':
        return this.message(type.of, lengthOf(wire, reader, field), depth + 1)
      case 'scalar':
        return scalar(type.of, field, { wire, reader })
      // Within a map: a message of nothing but that list.
      case 'list': {
        const items: Value[] = []
        each(lengthOf(wire, reader, field), (tag, inner) => {
          this.#count()
          items.push(this.#value(type.of, field, { wire: tag.wire, reader: inner, depth }))
        })
        return items
      }
      case 'map':
        throw new WireError(`${field.name} holds maps of maps`)
    }
  }

  #skip({ type, number, wire, reader }: { type: string; number: number; wire: Wire; reader: WireReader }): void {
    const isSaid = wire === 'bytes' ? reader.bytes().length > 0 : wire !== 'varint' || reader.varint() !== 0n
    if (wire === 'eight' || wire === 'four') reader.skip(wire)
    if (isSaid && this.unknown.size < UNKNOWN_MAX) this.unknown.add(`field ${number} of ${type}`)
  }

  #count(): void {
    this.#values += 1
    if (this.#values > VALUES_MAX) throw new WireError(`it has more than ${VALUES_MAX} fields: split it`)
  }
}

function isZero(value: Value): boolean {
  if (value === '' || value === 0 || value === false) return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function lengthOf(wire: Wire, reader: WireReader, { name }: Pick<Field, 'name'>): Buffer {
  if (wire === 'bytes') return reader.bytes()
  throw new WireError(`${name} is no number`)
}

function scalar(of: Scalar, field: Field, { wire, reader }: { wire: Wire; reader: WireReader }): Value {
  switch (of) {
    case 'bool':
    case 'int32':
    case 'int64':
      if (wire !== 'varint') throw new WireError(`${field.name} must be a number`)
      return of === 'bool' ? reader.varint() !== 0n : integer(reader.varint(), field.name)
    case 'double':
      if (wire !== 'eight') throw new WireError(`${field.name} must be a number`)
      return reader.double()
    default:
      return ofBytes(of, field.name, lengthOf(wire, reader, field))
  }
}

function integer(value: bigint, name: string): number {
  const number = Number(BigInt.asIntN(64, value))
  if (Number.isSafeInteger(number)) return number
  throw new WireError(`${name} is too large a number`)
}

/** Undefined: nothing is said. */
function ofBytes(of: Exclude<Scalar, 'bool' | 'int32' | 'int64' | 'double'>, name: string, bytes: Buffer): Value {
  switch (of) {
    case 'string':
      return utf8(bytes)
    case 'bytes':
      return bytes.toString('base64')
    case 'time':
    case 'microtime':
      return time(of, name, bytes)
    case 'quantity':
      return textIn(bytes, 1) ?? '0'
    case 'fieldsv1':
    case 'raw':
      return parsed(textIn(bytes, 1), name)
    case 'intorstring':
      return intOrString(bytes, name)
  }
}

/** The text that a message of little else holds. */
function textIn(bytes: Buffer, at: number): string | undefined {
  let text: string | undefined
  each(bytes, ({ number, wire }, reader) => {
    if (number === at && wire === 'bytes') text = utf8(reader.bytes())
    else reader.skip(wire)
  })
  return text
}

function parsed(text: string | undefined, name: string): Value {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new WireError(`${name} is not JSON`)
  }
}

/** 0 where neither is said. */
function intOrString(bytes: Buffer, name: string): string | number {
  let isText = false
  let number = 0
  each(bytes, (tag, reader) => {
    if (tag.wire !== 'varint') return reader.skip(tag.wire)
    const value = integer(reader.varint(), name)
    if (tag.number === 1) isText = value !== 0
    if (tag.number === 2) number = value
  })
  return isText ? (textIn(bytes, 3) ?? '') : number
}

/** Year 1 to 9999. */
const SECONDS_MIN = -62_135_596_800
const SECONDS_MAX = 253_402_300_799

function time(of: 'time' | 'microtime', name: string, bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined
  let seconds = 0
  let nanoseconds = 0
  each(bytes, (tag, reader) => {
    if (tag.wire !== 'varint') return reader.skip(tag.wire)
    const value = integer(reader.varint(), name)
    if (tag.number === 1) seconds = value
    if (tag.number === 2) nanoseconds = value
  })
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanoseconds < 0 || nanoseconds >= 1e9)
    throw new WireError(`${name} is no time`)
  const whole = timestamp(seconds * 1_000)
  return of === 'time' ? whole : whole.replace('Z', `.${String(Math.floor(nanoseconds / 1_000)).padStart(6, '0')}Z`)
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function utf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new WireError('it has a text that is not UTF-8')
  }
}

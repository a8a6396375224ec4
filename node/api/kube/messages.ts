/**
 * The types of Kubernetes as clients know them: what is read from `go-types.ts` (1.20) and `newer-types.ts`, type by type, when
 * it is asked for.
 *
 * A line without a blank before it begins a type, the others are its fields:
 *
 *     core.v1.ContainerPort | what it is
 *      1 name string | what it is
 *      3 containerPort! int32
 *      7 ports []ServicePort patch=merge key=port list=map keys=port,protocol
 *
 * Number in protobuf, name in JSON, type. After the name: `!` must be there, `*` a pointer, of which also a zero was meant, `&`
 * written into the JSON object around it. A type is a scalar, one of `time microtime quantity intorstring fieldsv1 raw`
 * or another type of this table (its package left out where it is the same), with `[]` or `map:` before it.
 *
 * @module
 */
import { GO_TYPES } from './go-types.ts'
import { ATOMIC_TYPES, NEWER_TYPES } from './newer-types.ts'

export interface Field {
  readonly number: number
  readonly name: string
  readonly type: FieldType
  readonly isRequired: boolean
  readonly isPointer: boolean
  readonly isInline: boolean
  /** `patch`, `key`, `list`, `keys`, `map`, `struct`: how merges treat it. */
  readonly marks: Readonly<Record<string, string>>
  readonly description: string
}

export type FieldType =
  | { readonly is: 'list' | 'map'; readonly of: FieldType }
  | { readonly is: 'scalar'; readonly of: Scalar }
  | { readonly is: 'message'; readonly of: string }

const SCALARS = [
  ...(['string', 'bool', 'int32', 'int64', 'double', 'bytes'] as const),
  ...(['time', 'microtime', 'quantity', 'intorstring', 'fieldsv1', 'raw'] as const),
]
export type Scalar = (typeof SCALARS)[number]

export interface Message {
  readonly name: string
  readonly description: string
  /** One value to a merge. */
  readonly isAtomic: boolean
  readonly fields: readonly Field[]
}

export class Messages {
  /** Lines of each type. */
  readonly #lines = new Map<string, string[]>()
  readonly #read = new Map<string, Message>()

  constructor() {
    for (const text of [GO_TYPES, NEWER_TYPES]) this.#take(text)
  }

  get names(): readonly string[] {
    return [...this.#lines.keys()]
  }

  get(name: string): Message | undefined {
    const lines = this.#lines.get(name)
    if (lines === undefined) return undefined
    const message = this.#read.get(name) ?? messageOf(name, lines)
    this.#read.set(name, message)
    return message
  }

  /** A type that is there already gets more fields. */
  #take(text: string): void {
    let lines: string[] = []
    for (const line of text.split('\n')) {
      if (line === '') continue
      if (line.startsWith(' ')) lines.push(line)
      else {
        const name = line.split(' ')[0]!
        lines = this.#lines.get(name) ?? [line]
        this.#lines.set(name, lines)
      }
    }
  }
}

function messageOf(name: string, [head = '', ...lines]: readonly string[]): Message {
  const packageName = name.slice(0, name.lastIndexOf('.'))
  const fields = new Map(lines.map((line) => fieldOf(packageName, line)).map((field) => [field.number, field]))
  return { name, description: split(head)[1], isAtomic: ATOMIC_TYPES.has(name), fields: [...fields.values()] }
}

function split(line: string): [declared: string, description: string] {
  const at = line.indexOf('|')
  return at === -1 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}

function fieldOf(packageName: string, line: string): Field {
  const [declared, description] = split(line)
  const [number, flagged, type, ...marks] = declared.split(' ') as [string, string, string, ...string[]]
  return {
    number: Number(number),
    name: flagged.replace(/[!*&]+$/, ''),
    type: typeOf(packageName, type),
    isRequired: flagged.endsWith('!'),
    isPointer: flagged.includes('*'),
    isInline: flagged.endsWith('&'),
    marks: Object.fromEntries(marks.map((mark) => mark.split('='))) as Record<string, string>,
    description,
  }
}

function typeOf(packageName: string, text: string): FieldType {
  if (text.startsWith('[]')) return { is: 'list', of: typeOf(packageName, text.slice(2)) }
  if (text.startsWith('map:')) return { is: 'map', of: typeOf(packageName, text.slice(4)) }
  const scalar = SCALARS.find((each) => each === text)
  if (scalar !== undefined) return { is: 'scalar', of: scalar }
  return { is: 'message', of: text.includes('.') ? text : `${packageName}.${text}` }
}

/**
 * What is wrong with an object, field by field, in the words of the Kubernetes API: `spec.replicas: Invalid value: -1:
 * must be greater than or equal to 0`. Checks hand a `Findings` down and go on after a finding, so that people see all at once.
 *
 * @module
 */
import type { FieldError } from '../kind-port.ts'

/** More than anybody reads, and a bound on what a hostile object with 10,000 faults can make us say. */
const FINDINGS_MAX = 32

/** Characters of a bad value that are repeated in a message. */
const SHOWN_MAX = 80

/** Collects errors up to a bound. */
export class Findings {
  readonly errors: FieldError[] = []
  /** Parts of the object (`metadata`, `spec`; '' for all of it) in which not even the types hold. */
  readonly misshapen = new Set<string>()

  get full(): boolean {
    return this.errors.length >= FINDINGS_MAX
  }

  required(field: string, hint = ''): void {
    this.#add({ field, reason: 'Required', message: `Required value${hint === '' ? '' : `: ${hint}`}` })
  }

  invalid(field: string, value: unknown, why: string): void {
    this.#add({ field, reason: 'Invalid', message: `Invalid value: ${shown(value)}: ${why}` })
  }

  unsupported(field: string, value: unknown, supported: readonly string[]): void {
    const values = supported.map((each) => `"${each}"`).join(', ')
    this.#add({
      field,
      reason: 'NotSupported',
      message: `Unsupported value: ${shown(value)}: supported values: ${values}`,
    })
  }

  duplicate(field: string, value: unknown): void {
    this.#add({ field, reason: 'Duplicate', message: `Duplicate value: ${shown(value)}` })
  }

  tooLong(field: string, why: string): void {
    this.#add({ field, reason: 'TooLong', message: `Too long: ${why}` })
  }

  tooMany(field: string, count: number, max: number): void {
    this.#add({ field, reason: 'TooLong', message: `Too many: ${count}: must have at most ${max} items` })
  }

  forbidden(field: string, why: string): void {
    this.#add({ field, reason: 'Forbidden', message: `Forbidden: ${why}` })
  }

  /** For what has no form of its own in Kubernetes, such as unknown fields. */
  say(field: string, reason: FieldError['reason'], message: string): void {
    this.#add({ field, reason, message })
  }

  /** For what is only tried. */
  fresh(): Findings {
    return new Findings()
  }

  /** No check of what the part says may look into it. */
  misshape(field: string): void {
    this.misshapen.add(field.split(/[.[]/, 1)[0]!)
  }

  /** Takes over what others found, but for fields of which something is said already. */
  join({ errors }: Findings): void {
    const known = new Set(this.errors.map(({ field }) => field))
    for (const error of errors) if (!known.has(error.field)) this.#add(error)
  }

  #add(error: FieldError): void {
    if (!this.full) this.errors.push(error)
  }
}

/** One sentence for all: `spec.replicas: Required value` or `[a: ..., b: ...]`, as Kubernetes joins them. */
export function describeErrors(errors: readonly FieldError[]): string {
  const sentences = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  return sentences.length === 1 ? sentences[0]! : `[${sentences.join(', ')}]`
}

/** A bad value as it may appear in a message: as JSON, cut, never throwing. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[...]' : shownFields(value)
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_MAX + 1)) : String(value)
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}..."`
}

function shownFields(value: object): string {
  const keys = Object.keys(value).slice(0, 4)
  return keys.length === 0 ? '{}' : `{${keys.map((key) => `${key.slice(0, 40)}: ...`).join(', ')}}`
}

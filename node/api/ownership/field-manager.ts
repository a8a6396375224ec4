/**
 * Who writes, in the sense of `managedFields`: what a request calls itself, held to the rules of kube-apiserver.
 *
 * @module
 */
import { isManagerName, MANAGER_NAME_CHARS_MAX } from '../../../crdt/index.ts'
import type { ApiRequest } from '../message.ts'
import { ApiError, invalidOption } from '../status.ts'

/** `shoal` and whoever says nothing of itself: their writes are noted where others are noted already. */
const OWN_NAME = 'shoal'
const NAMELESS = 'unknown'

export interface Writer {
  readonly name: string
  /** Whether an object that it creates gets managers. */
  readonly isNoted: boolean
}

/** [SSA11] Of a write that is no apply: what it says, or the program that it comes from. */
export function writerOf(request: ApiRequest): Writer {
  const said = fieldManager(request)
  if (said !== undefined) return { name: said, isNoted: true }
  const program = (request.headers['user-agent'] ?? '').split('/')[0]!.slice(0, MANAGER_NAME_CHARS_MAX)
  const isNoted = isManagerName(program) && program !== OWN_NAME
  return { name: isManagerName(program) ? program : NAMELESS, isNoted }
}

/** [SSA5] An apply says who applies. */
export function applierOf(request: ApiRequest): string {
  const said = fieldManager(request)
  if (said !== undefined) return said
  throw invalidOption(optionsOf(request), {
    field: 'fieldManager',
    reason: 'FieldValueRequired',
    message: 'Required value: is required for apply patch',
  })
}

/** [SSA5] */
export function isForced(request: ApiRequest): boolean {
  const said = request.query.get('force')
  if (said === null || said === '' || said === 'false' || said === '0') return false
  if (said === 'true' || said === '1') return true
  throw new ApiError('BadRequest', `force: Invalid value: ${JSON.stringify(said.slice(0, 80))}: must be true or false`)
}

/** [SSA5] */
export function assertUnforced(request: ApiRequest): void {
  if (request.query.has('force'))
    throw invalidOption(optionsOf(request), {
      field: 'force',
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified for non-apply patch',
    })
}

function fieldManager(request: ApiRequest): string | undefined {
  const said = request.query.get('fieldManager') ?? ''
  if (said === '') return undefined
  if (said.length > MANAGER_NAME_CHARS_MAX)
    throw invalidOption(optionsOf(request), {
      field: 'fieldManager',
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MANAGER_NAME_CHARS_MAX} bytes`,
    })
  if (isManagerName(said)) return said
  const shown = JSON.stringify(said)
  throw invalidOption(optionsOf(request), { field: 'fieldManager', reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: should only contain printable characters` }) // prettier-ignore
}

const OPTIONS: Readonly<Record<string, string>> = { POST: 'CreateOptions', PUT: 'UpdateOptions' }

const optionsOf = ({ method }: ApiRequest): string => OPTIONS[method] ?? 'PatchOptions'

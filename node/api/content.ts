/**
 * Bodies by their content type. Handlers read JSON; what was sent as YAML or as Kubernetes' protobuf is made JSON before they
 * see it, and then held to the same bounds.
 *
 * @module
 */
import { BODY_BYTES_MAX } from './body.ts'
import type { ApiRequest } from './message.ts'
import { ApiError } from './status.ts'

/** [SSA1] A manifest in YAML that is to be applied: what it is to be is in the type. */
const APPLY = 'application/apply-patch+yaml'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const YAML: ReadonlySet<string> = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', APPLY])

/** [PROTO9] Twice the largest object: to read YAML takes some forty times as long as to read JSON, and holds up all others. */
const YAML_BYTES_MAX = 512 * 1024

export interface Readable {
  readonly request: ApiRequest
  readonly warnings: readonly string[]
}

/** [PROTO1] [PROTO2] */
export async function asJson(request: ApiRequest): Promise<Readable> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  const isYaml = YAML.has(type)
  if ((type !== PROTOBUF && !isYaml) || request.body.length === 0) return { request, warnings: [] }
  const sent = isYaml ? 'YAML' : 'Kubernetes protobuf'
  const [bytesMax, remedy] = isYaml ? [YAML_BYTES_MAX, 'send it as JSON'] : [BODY_BYTES_MAX, 'split it']
  if (request.body.length > bytesMax)
    throw new ApiError('RequestEntityTooLarge', `the body is larger than ${bytesMax} bytes: ${remedy}`)
  const { readProtobuf, readYaml } = await import('./kube/formats.ts')
  const read = isYaml ? readYaml(textOf(request.body)) : readProtobuf(request.body)
  if ('trouble' in read) throw new ApiError('BadRequest', `the body is no ${sent}: ${read.trouble}`)
  const unknown = read.unknown.map((field) => `${field} is not known here, and was left out`)
  const headers = { ...request.headers, 'content-type': type === APPLY ? APPLY : 'application/json' }
  return { request: { ...request, headers, body: Buffer.from(JSON.stringify(read.object)) }, warnings: unknown }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ApiError('BadRequest', 'the body is not UTF-8 text: send YAML in UTF-8')
  }
}

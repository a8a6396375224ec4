/**
 * What a pod may be told of itself: fields of its own object, and how much its containers may use. Pure.
 *
 * @module
 */
import { parseQuantity, type PodFact } from '../../crdt/index.ts'
import { ADDRESS_MARK } from '../runtime/address.ts'
import { serviceAccountName, type ContainerSpec, type PodTemplate, type ResourceReference } from './template.ts'

export interface DownwardInput {
  readonly claim: PodFact
  readonly template: PodTemplate
  readonly nodeName: string
  readonly hostAddress: string
  /** What stands for a limit that a container does not have. */
  readonly capacity: { readonly cpuMilli: number; readonly memoryBytes: number }
}

const FIELDS: Readonly<Record<string, (input: DownwardInput) => string>> = {
  'metadata.name': ({ claim }) => claim.name,
  'metadata.namespace': ({ claim }) => claim.namespace,
  'metadata.uid': ({ claim }) => claim.ofPod ?? claim.uid,
  'spec.nodeName': ({ nodeName }) => nodeName,
  'spec.serviceAccountName': ({ template: { spec } }) => serviceAccountName(spec),
  'status.hostIP': ({ hostAddress }) => hostAddress,
  'status.hostIPs': ({ hostAddress }) => hostAddress,
  'status.podIP': () => ADDRESS_MARK,
  'status.podIPs': () => ADDRESS_MARK,
}

/** All of them at once: for files alone, as in Kubernetes. */
const MAPS = { 'metadata.labels': labelsOf, 'metadata.annotations': annotationsOf } as const

/** The value of a field for a variable, or the sentence that says which there are. */
export function fieldValue(path: string, input: DownwardInput): string | { readonly error: string } {
  if (Object.hasOwn(FIELDS, path)) return FIELDS[path]?.(input) ?? ''
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']{1,320})'\]$/.exec(path) ?? []
  if (key !== undefined) {
    const values = map === 'labels' ? labelsOf(input) : annotationsOf(input)
    return Object.hasOwn(values, key) ? (values[key] ?? '') : ''
  }
  const known = `${Object.keys(FIELDS).join(', ')}, metadata.labels['...'], metadata.annotations['...']`
  return { error: `the field ${path.slice(0, 64)}, which pods here do not have; known are ${known}` }
}

/** The value of a field for a file: labels and annotations as a whole too, the address not. */
export function fieldText(path: string, input: DownwardInput): string | { readonly error: string } {
  if (Object.hasOwn(MAPS, path)) return linesOf(MAPS[path as keyof typeof MAPS](input))
  if (path.startsWith('status.')) {
    return {
      error: `the field ${path}, which no file can hold: it is known when the files are written; use a variable`,
    }
  }
  return fieldValue(path, input)
}

function labelsOf({ claim, template }: DownwardInput): Readonly<Record<string, string>> {
  const own = template.metadata?.labels ?? {}
  // [CLF3] A pod that somebody wrote wears what he wrote.
  return claim.ofPod === undefined ? { ...own, 'pod-template-hash': claim.revision } : own
}

function annotationsOf({ template }: DownwardInput): Readonly<Record<string, string>> {
  return template.metadata?.annotations ?? {}
}

/** `key="value"`, quoted as Go does, a line each in the order of keys. */
function linesOf(map: Readonly<Record<string, string>>): string {
  const keys = Object.keys(map).toSorted()
  return keys.map((key) => `${key}=${JSON.stringify(map[key])}`).join('\n')
}

/**
 * A container's limit or request, in units of the divisor, rounded up. A limit that was not set is what the node has; a request
 * that was not set is none.
 */
export function resourceValue(
  { resource, divisor = '0' }: ResourceReference,
  container: ContainerSpec,
  { capacity }: DownwardInput,
): string | { readonly error: string } {
  const [bound, name, ...rest] = resource.split('.')
  if ((bound !== 'limits' && bound !== 'requests') || name === undefined || rest.length > 0 || !isMeasured(name)) {
    return {
      error: `the resource ${resource.slice(0, 64)}; known are limits and requests of cpu, memory and ephemeral-storage`,
    }
  }
  const said = container.resources?.[bound]?.[name]
  const ofNode: Readonly<Record<string, number>> = { cpu: capacity.cpuMilli / 1000, memory: capacity.memoryBytes }
  const amount = said === undefined ? (bound === 'limits' ? ofNode[name] : 0) : parseQuantity(said)
  if (amount === undefined) {
    return { error: `${resource}, which container ${container.name} does not set and no node measures; set it` }
  }
  const unit = parseQuantity(divisor) || 1
  // Floating-point dust is no unit: 0.3 cores in thousandths are 300, not 301.
  return String(Math.ceil(Number((amount / unit).toPrecision(15))))
}

const isMeasured = (name: string): boolean => ['cpu', 'memory', 'ephemeral-storage'].includes(name)

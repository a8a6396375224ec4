/**
 * From what the user wrote to what a runtime is told: the template of a claim becomes a `PodLaunch` with every value resolved.
 *
 * One thing cannot be resolved here: the pod's address is known to the runtime alone, once it has made the pod's network. It sets
 * the variable POD_IP; a `fieldRef` to `status.podIP` under another name becomes the text `$(POD_IP)`, for the runtime to fill in.
 *
 * @module
 */
import { cpuMilli, memoryBytes, type PodFact } from '../../crdt/index.ts'
import type { ContainerLaunch, PodLaunch } from '../runtime/runtime.ts'
import { writeAnnotation } from './annotation.ts'
import { expand } from './expand.ts'
import { allContainers, type ContainerSpec, type EnvVar, type PodTemplate } from './template.ts'

const POD_IP_REFERENCE = '$(POD_IP)'
const GRACE_SECONDS_DEFAULT = 30
/** A DNS label. */
const HOSTNAME_LENGTH_MAX = 63

export interface LaunchInput {
  readonly claim: PodFact
  readonly template: PodTemplate
  readonly serviceEnv: Readonly<Record<string, string>>
  readonly nodeName: string
  readonly hostAddress: string
  /** By container: how often it was started before. */
  readonly attempts: ReadonlyMap<string, number>
}

/** Why a template cannot be launched, as a sentence with the field and the fix. */
export interface LaunchRefusal {
  readonly error: string
}

export function podLaunch(input: LaunchInput): PodLaunch | LaunchRefusal {
  const { claim, template } = input
  const containers: ContainerLaunch[] = []
  for (const spec of allContainers(template)) {
    const container = containerLaunch(spec, input)
    if ('error' in container) return container
    containers.push(container)
  }
  return {
    uid: claim.uid,
    name: claim.name,
    namespace: claim.namespace,
    hostname: hostname(template.spec.hostname ?? claim.name),
    labels: { ...template.metadata?.labels, 'pod-template-hash': claim.revision },
    annotation: writeAnnotation(claim),
    containers,
    graceMs: (template.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT) * 1_000,
  }
}

function containerLaunch(spec: ContainerSpec, input: LaunchInput): ContainerLaunch | LaunchRefusal {
  const env = environment(spec, input)
  if ('error' in env) return env
  const limits = spec.resources?.limits
  const cpu = cpuMilli(limits?.['cpu'])
  const memory = memoryBytes(limits?.['memory'])
  return {
    name: spec.name,
    image: spec.image ?? '',
    pull: pullPolicy(spec),
    ...(spec.command === undefined ? {} : { command: spec.command.map((text) => expand(text, env.values)) }),
    ...(spec.args === undefined ? {} : { args: spec.args.map((text) => expand(text, env.values)) }),
    env: env.values,
    ...(spec.workingDir === undefined ? {} : { workingDir: spec.workingDir }),
    ports: ports(spec),
    ...(cpu === undefined ? {} : { cpuMilli: cpu }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    attempt: input.attempts.get(spec.name) ?? 0,
  }
}

/** Services first, the user's own over them, each value expanded by those before it. */
function environment(spec: ContainerSpec, input: LaunchInput): { values: Record<string, string> } | LaunchRefusal {
  if ((spec.envFrom?.length ?? 0) > 0) {
    return { error: `container ${spec.name}: envFrom is not read by this version; write the variables into env` }
  }
  const values: Record<string, string> = { ...input.serviceEnv }
  for (const variable of spec.env ?? []) {
    if (isOwnAddress(variable)) continue
    const value = envValue(variable, input)
    if (typeof value === 'object') return { error: `container ${spec.name}: ${value.error}` }
    if (value !== undefined) values[variable.name] = expand(value, values)
  }
  return { values }
}

/** Set by the runtime, under this very name. */
function isOwnAddress({ name, valueFrom }: EnvVar): boolean {
  return name === 'POD_IP' && valueFrom?.fieldRef?.fieldPath === 'status.podIP'
}

/** Undefined: an optional reference to something that is not there. */
function envValue({ name, value, valueFrom }: EnvVar, input: LaunchInput): string | undefined | LaunchRefusal {
  if (valueFrom === undefined) return value ?? ''
  if (valueFrom.fieldRef !== undefined) return fieldValue(name, valueFrom.fieldRef.fieldPath, input)
  const sources = Object.entries(valueFrom).filter(([, source]) => source !== undefined)
  const isOptional = sources.every(([, source]) => (source as { optional?: unknown } | null)?.optional === true)
  if (isOptional) return undefined
  const kinds = sources.map(([kind]) => kind).join(', ')
  return { error: `env ${name} takes its value from ${kinds}, which this version does not have; give it a plain value` }
}

function fieldValue(name: string, path: string, input: LaunchInput): string | LaunchRefusal {
  const { claim, template } = input
  if (Object.hasOwn(FIELDS, path)) return FIELDS[path]?.(input) ?? ''
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']{1,320})'\]$/.exec(path) ?? []
  if (map === 'labels' && key === 'pod-template-hash') return claim.revision
  if (key !== undefined) return template.metadata?.[map as 'labels' | 'annotations']?.[key] ?? ''
  const known = `${Object.keys(FIELDS).join(', ')}, metadata.labels['...'], metadata.annotations['...']`
  return {
    error: `env ${name} refers to the field ${path.slice(0, 64)}, which pods here do not have; known are ${known}`,
  }
}

const FIELDS: Readonly<Record<string, (input: LaunchInput) => string>> = {
  'metadata.name': ({ claim }) => claim.name,
  'metadata.namespace': ({ claim }) => claim.namespace,
  'metadata.uid': ({ claim }) => claim.uid,
  'spec.nodeName': ({ nodeName }) => nodeName,
  'status.hostIP': ({ hostAddress }) => hostAddress,
  'status.podIP': () => POD_IP_REFERENCE,
}

function pullPolicy({ imagePullPolicy }: ContainerSpec): ContainerLaunch['pull'] {
  return imagePullPolicy === 'Always' || imagePullPolicy === 'Never' ? imagePullPolicy : 'IfNotPresent'
}

function ports(spec: ContainerSpec): ContainerLaunch['ports'] {
  return (spec.ports ?? []).flatMap(({ name, containerPort, protocol = 'TCP' }) =>
    protocol === 'TCP' || protocol === 'UDP'
      ? [{ ...(name === undefined ? {} : { name }), port: containerPort, protocol }]
      : [],
  )
}

function hostname(name: string): string {
  const label = name.split('.')[0] ?? ''
  return label.slice(0, HOSTNAME_LENGTH_MAX).replace(/-+$/, '')
}

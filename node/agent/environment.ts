/**
 * The variables of a container, every value resolved: where its namespace's Services are, what whole ConfigMaps and Secrets
 * say, then what the container names one by one. Who comes later wins. Pure.
 *
 * @module
 */
import type { ConfigKind } from '../../crdt/index.ts'
import { configValues, keyMissing, lockOf, notFound, type ReadConfig } from './config.ts'
import { fieldValue, resourceValue, type DownwardInput } from './downward.ts'
import { expand } from './expand.ts'
import {
  allContainers,
  type ContainerSpec,
  type EnvSource,
  type EnvVar,
  type KeyReference,
  type ResourceReference,
} from './template.ts'

export interface EnvironmentInput extends DownwardInput {
  readonly serviceEnv: Readonly<Record<string, string>>
  readonly config: ReadConfig
}

/** Why a value cannot be had, as a sentence with the field and the fix. */
export interface Refusal {
  readonly error: string
}

/** Only values that the manifest itself says are expanded, by those before them; what comes from elsewhere stays to the letter. */
export function environment(
  spec: ContainerSpec,
  input: EnvironmentInput,
): { readonly values: Readonly<Record<string, string>> } | Refusal {
  const values: Record<string, string> = { ...input.serviceEnv }
  for (const source of spec.envFrom ?? []) {
    const found = wholeSource(source, input)
    if (isRefused(found)) return found
    Object.assign(values, found)
  }
  for (const variable of spec.env ?? []) {
    const value = envValue(variable, spec, input)
    if (isRefused(value)) return { error: `env ${variable.name}: ${value.error}` }
    if (value === undefined) continue
    values[variable.name] = variable.valueFrom === undefined ? expand(value, values) : value
  }
  return { values }
}

function wholeSource(
  { prefix = '', configMapRef, secretRef }: EnvSource,
  input: EnvironmentInput,
): Record<string, string> | Refusal {
  const kind: ConfigKind = secretRef === undefined ? 'ConfigMap' : 'Secret'
  const { name = '', optional } = secretRef ?? configMapRef ?? {}
  const object = input.config(kind, name)
  if (object === undefined) return optional === true ? {} : { error: `envFrom: ${notFound(kind, name)}` }
  const lock = lockOf(object)
  if (lock !== undefined) return { error: `envFrom: ${lock}` }
  const values: Record<string, string> = {}
  for (const [key, bytes] of configValues(object)) {
    const text = textOf(bytes)
    if (text === undefined) return { error: `envFrom: ${noText(kind, { name, key })}` }
    values[`${prefix}${key}`] = text
  }
  return values
}

/** Undefined: an optional reference to something that is not there. */
function envValue(
  { value, valueFrom }: EnvVar,
  spec: ContainerSpec,
  input: EnvironmentInput,
): string | undefined | Refusal {
  if (valueFrom === undefined) return value ?? ''
  const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = valueFrom
  if (fieldRef !== undefined) return inFront('refers to ', fieldValue(fieldRef.fieldPath, input))
  if (configMapKeyRef !== undefined) return keyValue('ConfigMap', configMapKeyRef, input)
  if (secretKeyRef !== undefined) return keyValue('Secret', secretKeyRef, input)
  if (resourceFieldRef !== undefined) return resourceOf(resourceFieldRef, spec, input)
  const kinds = Object.keys(valueFrom).join(', ')
  return { error: `takes its value from ${kinds}, which this version does not have; give it a plain value` }
}

function resourceOf(reference: ResourceReference, spec: ContainerSpec, input: EnvironmentInput): string | Refusal {
  const { containerName = spec.name } = reference
  const container = allContainers(input.template).find(({ name }) => name === containerName) ?? spec
  if (container.name !== containerName) return { error: `there is no container ${containerName} in this pod` }
  return inFront('refers to ', resourceValue(reference, container, input))
}

function keyValue(
  kind: ConfigKind,
  { name = '', key, optional }: KeyReference,
  input: EnvironmentInput,
): string | undefined | Refusal {
  const object = input.config(kind, name)
  const lock = object && lockOf(object)
  if (lock !== undefined) return { error: lock }
  const bytes = object && configValues(object).get(key)
  if (bytes === undefined) {
    if (optional === true) return undefined
    return { error: object === undefined ? notFound(kind, name) : keyMissing(kind, { name, key }) }
  }
  return textOf(bytes) ?? { error: noText(kind, { name, key }) }
}

/** Operating systems end variables at NUL. */
function textOf(bytes: Buffer): string | undefined {
  return bytes.includes(0) ? undefined : bytes.toString('utf8')
}

function noText(kind: ConfigKind, { name, key }: { name: string; key: string }): string {
  return `the value of key "${key}" in ${kind} "${name}" holds NUL bytes, which no variable can; mount it as a file`
}

function inFront(start: string, value: string | Refusal): string | Refusal {
  return isRefused(value) ? { error: start + value.error } : value
}

export function isRefused(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string'
}

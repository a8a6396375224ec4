/**
 * The volumes of a pod with every file resolved, and where its containers mount them. Pure.
 *
 * @module
 */
import { memoryBytes, type ConfigKind } from '../../crdt/index.ts'
import type { FileLaunch, MountLaunch, VolumeLaunch } from '../runtime/volume-launch.ts'
import { configValues, keyMissing, lockOf, notFound, type ReadConfig } from './config.ts'
import { fieldText, resourceValue, type DownwardInput } from './downward.ts'
import { isRefused, type Refusal } from './environment.ts'
import { expandKnown } from './expand.ts'
import {
  allContainers,
  type ContainerSpec,
  type DownwardItem,
  type KeyItem,
  type ProjectedSource,
  type VolumeSpec,
} from './template.ts'

export interface VolumesInput extends DownwardInput {
  readonly config: ReadConfig
}

const MODE_DEFAULT = 0o644

export function podVolumes(input: VolumesInput): readonly VolumeLaunch[] | Refusal {
  const volumes: VolumeLaunch[] = []
  for (const spec of input.template.spec.volumes ?? []) {
    const volume = volumeOf(spec, input)
    if (isRefused(volume)) return { error: `volume ${spec.name}: ${volume.error}` }
    volumes.push(ofGroup(volume, input.template.spec.securityContext?.fsGroup))
  }
  return volumes
}

/** [LCH24] What the node makes for the pod; what was there before keeps whose it is. */
function ofGroup(volume: VolumeLaunch, group: number | undefined): VolumeLaunch {
  if (group === undefined || volume.kind === 'host' || volume.kind === 'nfs') return volume
  return { ...volume, group }
}

function volumeOf(spec: VolumeSpec, input: VolumesInput): VolumeLaunch | Refusal {
  const { name, configMap, secret, downwardAPI, projected, emptyDir, hostPath, nfs } = spec
  if (configMap !== undefined) return filesOf(name, configMap, [{ configMap }], input)
  if (secret !== undefined) {
    const { secretName = '', ...rest } = secret
    return filesOf(name, secret, [{ secret: { ...rest, name: secretName } }], input)
  }
  if (downwardAPI !== undefined) return filesOf(name, downwardAPI, [{ downwardAPI }], input)
  if (projected !== undefined) return filesOf(name, projected, projected.sources ?? [], input)
  if (hostPath !== undefined)
    return { kind: 'host', name, path: hostPath.path, ...(hostPath.type ? { type: hostPath.type } : {}) }
  if (nfs !== undefined) {
    return { kind: 'nfs', name, server: nfs.server, path: nfs.path, readOnly: nfs.readOnly === true }
  }
  const other = Object.keys(spec).find((kind) => kind !== 'name' && kind !== 'emptyDir')
  if (other !== undefined) return { error: `${other} is not mounted by this version; use another kind of volume` }
  const sizeBytes = memoryBytes(emptyDir?.sizeLimit)
  const medium = emptyDir?.medium === 'Memory' ? 'memory' : 'disk'
  return { kind: 'empty', name, medium, ...(sizeBytes === undefined ? {} : { sizeBytes }) }
}

/** Of two sources that say the same path the later one wins. */
function filesOf(
  name: string,
  { defaultMode = MODE_DEFAULT }: { readonly defaultMode?: number },
  sources: readonly ProjectedSource[],
  input: VolumesInput,
): VolumeLaunch | Refusal {
  const files = new Map<string, FileLaunch>()
  for (const source of sources) {
    const found = sourceFiles(source, defaultMode, input)
    if (isRefused(found)) return found
    for (const file of found) files.set(file.path, file)
  }
  const isSecret = sources.some(({ secret }) => secret !== undefined)
  const sorted = [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return { kind: 'files', name, isSecret, files: sorted }
}

function sourceFiles(source: ProjectedSource, mode: number, input: VolumesInput): readonly FileLaunch[] | Refusal {
  const { configMap, secret, downwardAPI } = source
  if (configMap !== undefined) return keyFiles('ConfigMap', configMap, mode, input)
  if (secret !== undefined) return keyFiles('Secret', secret, mode, input)
  if (downwardAPI !== undefined) return downwardFiles(downwardAPI.items ?? [], mode, input)
  return { error: `${Object.keys(source).join(', ')} is not projected by this version; remove it` }
}

interface KeySource {
  readonly name?: string
  readonly items?: readonly KeyItem[]
  readonly optional?: boolean
}

/** All keys under their own names, or those that are listed. What is optional may lack keys too. */
function keyFiles(
  kind: ConfigKind,
  { name = '', items, optional = false }: KeySource,
  mode: number,
  { config }: VolumesInput,
): readonly FileLaunch[] | Refusal {
  const object = config(kind, name)
  if (object === undefined) return optional ? [] : { error: notFound(kind, name) }
  const lock = lockOf(object)
  if (lock !== undefined) return { error: lock }
  const values = configValues(object)
  const wanted = items ?? [...values.keys()].map((key): KeyItem => ({ key, path: key }))
  const missing = wanted.find(({ key }) => !values.has(key))
  if (missing !== undefined && !optional) return { error: keyMissing(kind, { name, key: missing.key }) }
  return wanted.flatMap(({ key, path, mode: own = mode }) => {
    const value = values.get(key)
    return value === undefined ? [] : [{ path, mode: own, contentBase64: value.toString('base64') }]
  })
}

function downwardFiles(
  items: readonly DownwardItem[],
  mode: number,
  input: VolumesInput,
): readonly FileLaunch[] | Refusal {
  const files: FileLaunch[] = []
  for (const item of items) {
    const text = downwardText(item, input)
    if (isRefused(text)) return { error: `${item.path} refers to ${text.error}` }
    files.push({ path: item.path, mode: item.mode ?? mode, contentBase64: Buffer.from(text).toString('base64') })
  }
  return files
}

function downwardText({ fieldRef, resourceFieldRef }: DownwardItem, input: VolumesInput): string | Refusal {
  if (fieldRef !== undefined) return fieldText(fieldRef.fieldPath, input)
  const { containerName = '' } = resourceFieldRef ?? {}
  const container = allContainers(input.template).find(({ name }) => name === containerName)
  if (container === undefined || resourceFieldRef === undefined)
    return { error: `container "${containerName}", which this pod does not have` }
  return resourceValue(resourceFieldRef, container, input)
}

/** `env`: what `subPathExpr` may name. */
export function containerMounts(
  { volumeMounts = [] }: ContainerSpec,
  volumes: readonly VolumeLaunch[],
  env: Readonly<Record<string, string>>,
): readonly MountLaunch[] | Refusal {
  const mounts: MountLaunch[] = []
  for (const { name, mountPath, readOnly = false, subPath, subPathExpr, mountPropagation } of volumeMounts) {
    const volume = volumes.find((each) => each.name === name)
    if (volume === undefined) return { error: `volumeMounts names the volume ${name}, which this pod does not have` }
    const within = subPathExpr ? expandKnown(subPathExpr, env) : subPath
    if (subPathExpr && within === undefined)
      return { error: `subPathExpr ${subPathExpr} names a variable that is not set` }
    mounts.push({
      volume: name,
      path: mountPath,
      readOnly: readOnly || isReadOnly(volume),
      ...(within ? { subPath: within } : {}),
      ...(mountPropagation === 'HostToContainer' ? { propagation: 'rslave' } : {}),
      ...(mountPropagation === 'Bidirectional' ? { propagation: 'rshared' } : {}),
    })
  }
  return mounts
}

function isReadOnly(volume: VolumeLaunch): boolean {
  return volume.kind === 'files' || (volume.kind === 'nfs' && volume.readOnly)
}

/**
 * Volumes in an engine's words: directories of this machine are bound, and what the engine can make by itself (memory of a
 * bounded size, NFS) is a volume of its `local` driver, which carries our labels and goes with its pod. Pure.
 *
 * @module
 */
import type { MountPropagation, MountSettings } from 'dockerode'
import { RuntimeError, type ContainerLaunch, type PodLaunch } from './runtime.ts'
import type { EmptyVolume, NfsVolume, VolumeLaunch } from './volume-launch.ts'
import type { Bind } from './volumes.ts'

type EngineVolume = EmptyVolume | NfsVolume

/** What of a pod the engine makes by itself. */
export function engineVolumes({ volumes = [] }: Pick<PodLaunch, 'volumes'>): readonly EngineVolume[] {
  return volumes.filter((volume): volume is EngineVolume => isEngines(volume))
}

/** Memory of a pod: lost as soon as no container of it is there, so the infra container holds it. */
export function heldVolumes(pod: Pick<PodLaunch, 'volumes'>): readonly EngineVolume[] {
  return engineVolumes(pod).filter(({ kind }) => kind === 'empty')
}

function isEngines(volume: VolumeLaunch): boolean {
  return volume.kind === 'nfs' || (volume.kind === 'empty' && volume.medium === 'memory')
}

export interface MountWords {
  readonly pod: Pick<PodLaunch, 'uid' | 'volumes'>
  readonly labels: Readonly<Record<string, string>>
}

export function mountsOf(words: MountWords, { mounts = [] }: ContainerLaunch, binds: readonly Bind[]): MountSettings[] {
  const own = mounts.flatMap(({ volume: name, path, readOnly, subPath }) => {
    const volume = engineVolumes(words.pod).find((each) => each.name === name)
    if (volume === undefined) return []
    if (subPath !== undefined)
      throw new RuntimeError('failed', `volume ${name}: a subPath of it cannot be mounted; mount all of it`)
    return [engineMount(words, volume, { target: path, readOnly })]
  })
  return [...binds.map(bindMount), ...own]
}

/** For the infra container, which does nothing with them. */
export function holdingMounts(words: MountWords): MountSettings[] {
  return heldVolumes(words.pod).map((volume) =>
    engineMount(words, volume, { target: `/volumes/${volume.name}`, readOnly: true }),
  )
}

function bindMount({ source, target, readOnly, propagation }: Bind): MountSettings {
  const how: MountPropagation = propagation ?? 'rprivate'
  return { Type: 'bind', Source: source, Target: target, ReadOnly: readOnly, BindOptions: { Propagation: how } }
}

function engineMount(
  { pod, labels }: MountWords,
  volume: EngineVolume,
  { target, readOnly }: { target: string; readOnly: boolean },
): MountSettings {
  return {
    Type: 'volume',
    Source: `shoal_${pod.uid}_${volume.name}`,
    Target: target,
    ReadOnly: readOnly,
    VolumeOptions: { NoCopy: true, Labels: { ...labels }, DriverConfig: { Name: 'local', Options: optionsOf(volume) } },
  }
}

function optionsOf(volume: EngineVolume): Record<string, string> {
  if (volume.kind === 'nfs') {
    const way = volume.readOnly ? 'ro' : 'rw'
    return { type: 'nfs', device: `:${volume.path}`, o: `addr=${volume.server},${way}` }
  }
  const size = volume.sizeBytes === undefined ? '' : `size=${volume.sizeBytes},`
  const group = volume.group === undefined ? 'mode=0777' : `gid=${volume.group},mode=2777`
  return { type: 'tmpfs', device: 'tmpfs', o: `${size}${group}` }
}

/**
 * The last look at a launch before a runtime acts on it. What reaches this machine was validated where it was written, but a
 * uid becomes a path here and an environment becomes an `execve`, so the node that runs it believes nobody.
 *
 * @module
 */
import type { MountLaunch, VolumeLaunch } from './volume-launch.ts'
import { RuntimeError, type ContainerLaunch, type PodLaunch } from './runtime.ts'

/** Part of a file name and of an engine's container name; `.` separates the parts there, so it may not occur. */
const UID = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

/** The agent's claim travels in a label, which every event of the engine repeats. */
export const ANNOTATION_BYTES_MAX = 32 * 1024
/** Linux refuses a longer argument or environment string in `execve` (MAX_ARG_STRLEN, 32 pages). */
export const STRING_BYTES_MAX = 128 * 1024 - 1
/** All arguments and the environment together; Linux gives them a quarter of the stack, 2 MiB by default. */
export const STRINGS_BYTES_MAX = 1024 * 1024
/** More than any manifest we met; each costs a process or a shim of 13 MB. */
export const CONTAINERS_MAX = 32

/** [RT13] Throws a `RuntimeError` that names the field when a launch cannot be meant honestly. */
export function checkLaunch(pod: PodLaunch): void {
  const at = `pod ${pod.namespace}/${pod.name}`
  refuseUnless(UID.test(pod.uid), at, `uid "${printable(pod.uid)}" is no uid`)
  refuseUnless(DNS_SUBDOMAIN.test(pod.name), at, `name "${printable(pod.name)}" is no DNS name`)
  refuseUnless(DNS_LABEL.test(pod.namespace), at, `namespace "${printable(pod.namespace)}" is no DNS label`)
  const { hostname } = pod
  refuseUnless(hostname.length <= 64 && DNS_SUBDOMAIN.test(hostname), at, `"${printable(hostname)}" is no hostname`)
  const annotationBytes = Buffer.byteLength(pod.annotation)
  refuseUnless(annotationBytes <= ANNOTATION_BYTES_MAX, at, `annotation has ${annotationBytes} bytes, over 32 KiB`)
  const names = new Set(pod.containers.map((container) => container.name))
  refuseUnless(pod.containers.length > 0, at, 'it has no containers')
  refuseUnless(pod.containers.length <= CONTAINERS_MAX, at, `it has more than ${CONTAINERS_MAX} containers`)
  refuseUnless(names.size === pod.containers.length, at, 'two of its containers have the same name')
  const volumes = new Set((pod.volumes ?? []).map((volume) => checkVolume(volume, at)))
  for (const container of pod.containers) {
    checkContainer(container, at)
    for (const mount of container.mounts ?? []) checkMount(mount, volumes, `${at}, container ${container.name}`)
  }
}

/** A uid that came from outside a launch, before it is made part of a path. */
export function isUid(uid: string): boolean {
  return UID.test(uid)
}

function checkContainer(container: ContainerLaunch, pod: string): void {
  const at = `${pod}, container "${printable(container.name)}"`
  refuseUnless(DNS_LABEL.test(container.name), at, 'its name is no DNS label')
  const { messagePath = '/' } = container
  refuseUnless(/^\/[^:\0]{0,4095}$/.test(messagePath), at, `"${printable(messagePath)}" is no path for a message`)
  refuseUnless(Number.isSafeInteger(container.attempt) && container.attempt >= 0, at, 'attempt is no count')
  for (const [name, value] of Object.entries(container.env)) {
    refuseUnless(
      name !== '' && !/[=\0]/.test(name),
      at,
      `env name "${printable(name)}" is empty or has "=" or NUL in it`,
    )
    checkString(`${name}=${value}`, `the value of env ${printable(name)}`, at) // it may be a secret: not said itself
  }
  checkTogether(
    [...checkStrings([...(container.command ?? []), ...(container.args ?? [])], at), ...environment(container.env)],
    at,
  )
}

/** Of a command that is to run in a container. */
export function checkCommand(command: readonly string[]): void {
  refuseUnless(command.length > 0 && command[0] !== '', 'the command', 'it is empty')
  checkTogether(checkStrings(command, 'the command'), 'the command')
}

function checkStrings(strings: readonly string[], at: string): readonly string[] {
  for (const string of strings) checkString(string, `"${printable(string)}"`, at)
  return strings
}

function checkTogether(strings: readonly string[], at: string): void {
  const bytes = strings.reduce((sum, string) => sum + Buffer.byteLength(string) + 1, 0)
  refuseUnless(bytes <= STRINGS_BYTES_MAX, at, `command, args and env have ${bytes} bytes, over 1 MiB`)
}

/** Its name, which becomes a part of a path as its files do. */
function checkVolume(volume: VolumeLaunch, pod: string): string {
  const at = `${pod}, volume "${printable(volume.name)}"`
  refuseUnless(DNS_LABEL.test(volume.name), at, 'its name is no DNS label')
  if (volume.kind === 'files') {
    for (const { path } of volume.files)
      refuseUnless(isInner(path) && !path.startsWith('..'), at, `"${printable(path)}" is no path in it`)
  }
  if (volume.kind === 'host' || volume.kind === 'nfs')
    refuseUnless(isAbsolute(volume.path), at, `"${printable(volume.path)}" is no absolute path`)
  if (volume.kind === 'nfs')
    refuseUnless(/^[\w.:-]{1,253}$/.test(volume.server), at, `"${printable(volume.server)}" is no server`)
  return volume.name
}

function checkMount({ volume, path, subPath }: MountLaunch, volumes: ReadonlySet<string>, at: string): void {
  refuseUnless(volumes.has(volume), at, `it mounts the volume "${printable(volume)}", which the pod does not have`)
  refuseUnless(
    isAbsolute(path) && !/^\/*$/.test(path) && !path.includes(':'),
    at,
    `it cannot mount at "${printable(path)}"`,
  )
  refuseUnless(
    subPath === undefined || isInner(subPath),
    at,
    `subPath "${printable(subPath ?? '')}" is no path in a volume`,
  )
}

function isInner(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..')
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') && isInner(`.${path}`)
}

function checkString(string: string, named: string, at: string): void {
  refuseUnless(!string.includes('\0'), at, `${named} has a NUL in it`)
  refuseUnless(Buffer.byteLength(string) <= STRING_BYTES_MAX, at, `${named} is over 128 KiB`)
}

/** As `execve` and Docker take it. */
export function environment(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}

function refuseUnless(holds: boolean, at: string, sentence: string): void {
  if (!holds) throw new RuntimeError('failed', `${at} is refused: ${sentence}`)
}

/** Foreign text in a sentence: short, and without control characters. */
export function printable(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, '?')
  return plain.length > 64 ? `${plain.slice(0, 61)}...` : plain
}

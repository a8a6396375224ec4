/**
 * A pod in an engine's words, and back: create options with our labels from a launch, a running pod from what the engine
 * shows. Pure.
 *
 * A pod of one container is one Docker container. A pod of several gets an infra container that holds its network and IPC
 * and does nothing; the others join it and may come and go. So does one that is told its own address: it must be known first.
 *
 * @module
 */
import type { ContainerCreateOptions, ContainerInspectInfo, HostConfig } from 'dockerode'
import { wantsAddress } from './address.ts'
import { heldVolumes, holdingMounts, mountsOf, type MountWords } from './docker-volumes.ts'
import { environment } from './launch-check.ts'
import { PAUSE_IMAGE } from './pause-image.ts'
import type { ContainerLaunch, PodLaunch, RunningContainer, RunningPod, RunState } from './runtime.ts'
import type { Bind } from './volumes.ts'

export interface Owner {
  /** Several nodes may share one engine; each sees only what carries its id. */
  readonly node: string
  readonly cluster: string
}

export const LABEL = {
  node: 'shoal.dev/node',
  cluster: 'shoal.dev/cluster',
  podUid: 'shoal.dev/pod-uid',
  annotation: 'shoal.dev/annotation',
  attempt: 'shoal.dev/attempt',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  kubernetesUid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
} as const

/** Labels with these beginnings say whose a container is; a manifest's own are dropped, so that none can be forged. */
const RESERVED = ['shoal.dev/', 'io.kubernetes.', 'com.docker.']

/** Name of the infra container, as kubelet called it; no Kubernetes container can be named in capitals. */
export const INFRA = 'POD'

/** Enough for any server, too few for a fork bomb. */
const PIDS_MAX = 512
/** With the file before it a container keeps at most 20 MB of output. */
const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } }
const CPU_PERIOD_US = 100_000
/** The kernel's smallest quota, 10 millicores. */
const CPU_QUOTA_US_MIN = 1_000

/** What every container gets: nothing is restarted by the engine, nothing gains rights. Capabilities are Docker's own set. */
const CONFINED: HostConfig = {
  RestartPolicy: { Name: 'no' },
  SecurityOpt: ['no-new-privileges'],
  PidsLimit: PIDS_MAX,
  LogConfig: LOGS,
}

/** Of several containers, or of one that is to be told its address before it is made, or has something to be held for it. */
export function needsInfra(pod: PodLaunch): boolean {
  return pod.containers.length > 1 || wantsAddress(pod) || heldVolumes(pod).length > 0
}

export interface Joined {
  /** Id of the container whose network and IPC it joins; none for a pod of one container. */
  readonly infra?: string | undefined
  readonly binds?: readonly Bind[]
  /** On this machine, for what it has to say about its end. */
  readonly messageFile?: string
}

export function containerOptions(
  owner: Owner,
  pod: PodLaunch,
  launch: ContainerLaunch,
  { infra, binds = [], messageFile }: Joined = {},
): ContainerCreateOptions {
  const { command, args } = launch
  const mounts = mountsOf(mountWords(owner, pod), launch, binds)
  return {
    name: containerName(pod, launch.name, launch.attempt),
    Image: launch.image,
    // As Kubernetes has it: a command without arguments leaves the image's arguments out too.
    ...(command && { Entrypoint: [...command] }),
    ...((args ?? command) && { Cmd: [...(args ?? [])] }),
    Env: environment(launch.env),
    ...(launch.workingDir !== undefined && { WorkingDir: launch.workingDir }),
    ...(launch.stopSignal !== undefined && { StopSignal: launch.stopSignal }),
    // Docker refuses a host name for a container in another's network: there it is the infra container's.
    ...(infra === undefined && { Hostname: pod.hostname }),
    Labels: labelsOf(owner, pod, launch.name, launch.attempt),
    HostConfig: {
      ...CONFINED,
      ...(infra !== undefined && { NetworkMode: `container:${infra}`, IpcMode: `container:${infra}` }),
      ...(mounts.length > 0 && { Mounts: mounts }),
      // As `Binds`: where the engine does not see the file after all, it makes a directory and goes on.
      ...(messageFile !== undefined && { Binds: [`${messageFile}:${launch.messagePath}`] }),
      ...limitsOf(launch),
    },
  }
}

export function infraOptions(owner: Owner, pod: PodLaunch, attempt: number): ContainerCreateOptions {
  const mounts = holdingMounts(mountWords(owner, pod))
  return {
    name: containerName(pod, INFRA, attempt),
    Image: PAUSE_IMAGE,
    Hostname: pod.hostname,
    Labels: labelsOf(owner, pod, INFRA, attempt),
    HostConfig: { ...CONFINED, IpcMode: 'shareable', ...(mounts.length > 0 && { Mounts: mounts }) },
  }
}

/** Of volumes that the engine makes: by these they are found when their pod goes. */
function mountWords(owner: Owner, pod: PodLaunch): MountWords {
  const labels = { [LABEL.node]: owner.node, [LABEL.cluster]: owner.cluster, [LABEL.podUid]: pod.uid }
  return { pod, labels }
}

/** [DOCK4] The manifest's labels first, ours over them. */
export function labelsOf(owner: Owner, pod: PodLaunch, container: string, attempt: number): Record<string, string> {
  const free = Object.entries(pod.labels).filter(([name]) => !RESERVED.some((reserved) => name.startsWith(reserved)))
  return {
    ...Object.fromEntries(free),
    [LABEL.node]: owner.node,
    [LABEL.cluster]: owner.cluster,
    [LABEL.podUid]: pod.uid,
    [LABEL.podName]: pod.name,
    [LABEL.podNamespace]: pod.namespace,
    [LABEL.kubernetesUid]: pod.uid,
    [LABEL.container]: container,
    [LABEL.attempt]: String(attempt),
    [LABEL.annotation]: Buffer.from(pod.annotation).toString('base64'),
  }
}

function containerName(pod: PodLaunch, container: string, attempt: number): string {
  return `k8s_${container}_${pod.name}_${pod.namespace}_${pod.uid}_${attempt}`
}

/** CpuQuota and not NanoCpus: Docker refuses more NanoCpus than the machine has cores, Kubernetes allows such a limit. */
function limitsOf({ cpuMilli, memoryBytes }: ContainerLaunch): HostConfig {
  return {
    ...(cpuMilli !== undefined && {
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: Math.max(CPU_QUOTA_US_MIN, Math.round((cpuMilli * CPU_PERIOD_US) / 1000)),
    }),
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
  }
}

/** A container of ours, as its labels tell. */
export interface Member {
  readonly id: string
  readonly container: string
  readonly attempt: number
}

export function memberOf(id: string, labels: Readonly<Record<string, string>>): Member {
  return { id, container: labels[LABEL.container] ?? '', attempt: Number(labels[LABEL.attempt] ?? 0) }
}

/** Newest attempt of each container, in the order in which the containers were first made. */
export function newestOf(members: readonly Member[]): Member[] {
  const newest = new Map<string, Member>()
  for (const member of members) {
    const other = newest.get(member.container)
    if (other === undefined || other.attempt < member.attempt) newest.set(member.container, member)
  }
  return [...newest.values()]
}

/** A running pod from its newest containers; undefined where nothing but an infra container is left of it. */
export function podFrom(infos: readonly ContainerInspectInfo[]): RunningPod | undefined {
  const infra = infos.find((info) => labelOf(info, LABEL.container) === INFRA)
  const containers = infos.filter((info) => info !== infra)
  const youngest = [...containers].sort((a, b) => Date.parse(b.Created) - Date.parse(a.Created))[0]
  if (youngest === undefined) return undefined
  return {
    uid: labelOf(youngest, LABEL.podUid),
    name: labelOf(youngest, LABEL.podName),
    namespace: labelOf(youngest, LABEL.podNamespace),
    annotation: Buffer.from(labelOf(youngest, LABEL.annotation), 'base64').toString(),
    podIP: addressOf(infra ?? youngest),
    containers: containers.filter((info) => mayStart(info, infra)).map((info) => containerFrom(info, infra)),
  }
}

/** [DOCK30] One that waits for its start and whose infra container died can never be started: it is as good as gone. */
function mayStart(info: ContainerInspectInfo, infra: ContainerInspectInfo | undefined): boolean {
  return info.State.Status !== 'created' || hasNetwork(info, infra)
}

/** Whether the infra container that it joined, if any, is there. */
function hasNetwork(info: ContainerInspectInfo, infra: ContainerInspectInfo | undefined): boolean {
  const joined = /^container:(.+)$/.exec(info.HostConfig.NetworkMode ?? '')?.[1]
  return joined === undefined || (infra?.Id === joined && infra.State.Running)
}

function containerFrom(info: ContainerInspectInfo, infra: ContainerInspectInfo | undefined): RunningContainer {
  return {
    name: labelOf(info, LABEL.container),
    id: info.Id,
    image: info.Config.Image,
    attempt: Number(labelOf(info, LABEL.attempt)),
    run: lostNetwork(info, infra) ?? runOf(info.State),
  }
}

/** [DOCK8] A container that runs on after its infra container died has no network and never gets one again: it is over. */
function lostNetwork(info: ContainerInspectInfo, infra: ContainerInspectInfo | undefined): RunState | undefined {
  if (!info.State.Running || hasNetwork(info, infra)) return undefined
  const finishedAtMs = Date.parse(infra?.State.FinishedAt ?? '') || Date.parse(info.State.StartedAt)
  return { state: 'exited', exitCode: 137, finishedAtMs, oomKilled: false }
}

export function runOf(state: ContainerInspectInfo['State']): RunState {
  if (state.Running) return { state: 'running', startedAtMs: Date.parse(state.StartedAt) }
  if (state.Status === 'created') return { state: 'created' }
  const finishedAtMs = Math.max(0, Date.parse(state.FinishedAt))
  return { state: 'exited', exitCode: state.ExitCode, finishedAtMs, oomKilled: state.OOMKilled }
}

export function addressOf({ NetworkSettings: settings }: ContainerInspectInfo): string {
  return Object.values(settings.Networks).find(({ IPAddress }) => IPAddress !== '')?.IPAddress ?? ''
}

function labelOf(info: ContainerInspectInfo, name: string): string {
  return info.Config.Labels[name] ?? ''
}

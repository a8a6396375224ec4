/**
 * A launch in an engine's words: what a container, or the infra container of a pod, is made of. Pure.
 *
 * @module
 */
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import { wantsAddress } from './address.ts'
import { INFRA, LABEL, labelsOf, type Owner } from './docker-container.ts'
import { joinedNetwork, ownNetwork } from './docker-network.ts'
import { rightsOf } from './docker-security.ts'
import { heldVolumes, holdingMounts, mountsOf, type MountWords } from './docker-volumes.ts'
import { environment } from './launch-check.ts'
import { PAUSE_IMAGE } from './pause-image.ts'
import type { ContainerLaunch, PodLaunch } from './runtime.ts'
import type { Bind } from './volumes.ts'

/** [DOCK3] Enough for any server, too few for a fork bomb to harm the node: the kernel has 32,768 by default. */
const PIDS_MAX = 4_096
/** With the file before it a container keeps at most 20 MB of output. */
const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } }
const CPU_PERIOD_US = 100_000
/** The kernel's smallest quota, 10 millicores. */
const CPU_QUOTA_US_MIN = 1_000
/** The kernel's smallest share, for whom nothing was promised. */
const CPU_SHARES_MIN = 2
const CPU_SHARES_PER_CORE = 1_024

/** What every container gets: nothing is restarted by the engine. */
const BOUNDED: HostConfig = {
  RestartPolicy: { Name: 'no' },
  PidsLimit: PIDS_MAX,
  LogConfig: LOGS,
}

/** Of several containers, or of one that is to be told its address before it is made, or has something to be held for it. */
export function needsInfra(pod: PodLaunch): boolean {
  const { hostAddress, sharedProcesses } = pod.network ?? {}
  const asksAddress = hostAddress === undefined && wantsAddress(pod)
  return pod.containers.length > 1 || asksAddress || sharedProcesses === true || heldVolumes(pod).length > 0
}

export interface Joined {
  /** Id of the container whose network and IPC it joins; none for a pod of one container. */
  readonly infra?: string | undefined
  readonly binds?: readonly Bind[]
  /** On this machine, for what it has to say about its end. */
  readonly messageFile?: string
  /** What its image says. */
  readonly imageUser?: string
  /** The node's own. */
  readonly resolvConf?: string
  /** The JSON of the node's seccomp profile that it asks for. */
  readonly seccomp?: string
  /** Whether this engine may make a container one that is killed late. */
  readonly mayLowerOom?: boolean
}

export function containerOptions(
  owner: Owner,
  pod: PodLaunch,
  launch: ContainerLaunch,
  { infra, binds = [], messageFile, imageUser, resolvConf, seccomp, mayLowerOom = true }: Joined = {},
): ContainerCreateOptions {
  const { command, args } = launch
  const mounts = mountsOf(mountWords(owner, pod), launch, binds)
  const rights = rightsOf(launch.security, imageUser, seccomp)
  // Docker refuses a host name and the like for a container in another's network: there they are the infra container's.
  const { host: network, ...names } =
    infra === undefined ? ownNetwork(pod, resolvConf) : { host: joinedNetwork(pod, infra) }
  return {
    name: containerName(pod, launch.name, launch.attempt),
    Image: launch.image,
    // As Kubernetes has it: a command without arguments leaves the image's arguments out too.
    ...(command && { Entrypoint: [...command] }),
    ...((args ?? command) && { Cmd: [...(args ?? [])] }),
    Env: environment(launch.env),
    ...(launch.workingDir !== undefined && { WorkingDir: launch.workingDir }),
    ...(launch.stopSignal !== undefined && { StopSignal: launch.stopSignal }),
    ...(launch.stdin !== undefined && { OpenStdin: true, StdinOnce: launch.stdin === 'once' }),
    ...(launch.tty === true && { Tty: true }),
    ...(rights.user !== undefined && { User: rights.user }),
    ...names,
    Labels: labelsOf(owner, pod, launch.name, launch.attempt),
    HostConfig: {
      ...BOUNDED,
      ...network,
      ...rights.host,
      ...(mounts.length > 0 && { Mounts: mounts }),
      // As `Binds`: where the engine does not see the file after all, it makes a directory and goes on.
      ...(messageFile !== undefined && { Binds: [`${messageFile}:${launch.messagePath}`] }),
      ...limitsOf(launch, mayLowerOom),
    },
  }
}

export function infraOptions(
  owner: Owner,
  pod: PodLaunch,
  attempt: number,
  resolvConf?: string,
): ContainerCreateOptions {
  const mounts = holdingMounts(mountWords(owner, pod))
  const { host, ...names } = ownNetwork(pod, resolvConf)
  return {
    name: containerName(pod, INFRA, attempt),
    Image: PAUSE_IMAGE,
    ...names,
    Labels: labelsOf(owner, pod, INFRA, attempt),
    HostConfig: {
      ...BOUNDED,
      ...rightsOf().host,
      IpcMode: 'shareable',
      ...host,
      ...(mounts.length > 0 && { Mounts: mounts }),
    },
  }
}

/** Of volumes that the engine makes: by these they are found when their pod goes. */
function mountWords(owner: Owner, pod: PodLaunch): MountWords {
  const labels = { [LABEL.home]: owner.home, [LABEL.cluster]: owner.cluster, [LABEL.podUid]: pod.uid }
  return { pod, labels }
}

function containerName(pod: PodLaunch, container: string, attempt: number): string {
  return `k8s_${container}_${pod.name}_${pod.namespace}_${pod.uid}_${attempt}`
}

/** CpuQuota and not NanoCpus: Docker refuses more NanoCpus than the machine has cores, Kubernetes allows such a limit. */
function limitsOf(launch: ContainerLaunch, mayLowerOom: boolean): HostConfig {
  const { cpuMilli, memoryBytes, cpuRequestMilli = 0, oomScore } = launch
  const shares = Math.floor((cpuRequestMilli * CPU_SHARES_PER_CORE) / 1000)
  return {
    CpuShares: Math.max(CPU_SHARES_MIN, shares),
    ...(cpuMilli !== undefined && {
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: Math.max(CPU_QUOTA_US_MIN, Math.round((cpuMilli * CPU_PERIOD_US) / 1000)),
    }),
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(oomScore !== undefined && { OomScoreAdj: mayLowerOom ? oomScore : Math.max(0, oomScore) }),
  }
}

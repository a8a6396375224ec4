/**
 * Whose a container is, by our labels, and a running pod from what the engine shows. Pure.
 *
 * A pod of one container is one Docker container. A pod of several gets an infra container that holds its network and IPC
 * and does nothing; the others join it and may come and go. So does one that is told its own address: it must be known first.
 *
 * @module
 */
import type { ContainerInspectInfo } from 'dockerode'
import type { PodLaunch, RunningContainer, RunningPod, RunState } from './runtime.ts'

export interface Owner {
  readonly node: string
  /** [DOCK49] Several nodes may share one engine; each sees only what carries its home, which outlives its id. */
  readonly home: string
  readonly cluster: string
}

export const LABEL = {
  node: 'shoal.dev/node',
  home: 'shoal.dev/home',
  cluster: 'shoal.dev/cluster',
  podUid: 'shoal.dev/pod-uid',
  annotation: 'shoal.dev/annotation',
  attempt: 'shoal.dev/attempt',
  /** [DOCK44] Of a pod in the node's own network: the engine shows none. */
  address: 'shoal.dev/address',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  kubernetesUid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
} as const

/** Labels with these beginnings say whose a container is; a manifest's own are dropped, so that none can be forged. */
const RESERVED = ['shoal.dev/', 'io.kubernetes.', 'com.docker.']

/** Name of the infra container, as kubelet called it; no Kubernetes container can be named in capitals. */
export const INFRA = 'POD'

/** [DOCK4] The manifest's labels first, ours over them. */
export function labelsOf(owner: Owner, pod: PodLaunch, container: string, attempt: number): Record<string, string> {
  const { hostAddress } = pod.network ?? {}
  const free = Object.entries(pod.labels).filter(([name]) => !RESERVED.some((reserved) => name.startsWith(reserved)))
  return {
    ...Object.fromEntries(free),
    [LABEL.node]: owner.node,
    [LABEL.home]: owner.home,
    [LABEL.cluster]: owner.cluster,
    [LABEL.podUid]: pod.uid,
    [LABEL.podName]: pod.name,
    [LABEL.podNamespace]: pod.namespace,
    [LABEL.kubernetesUid]: pod.uid,
    [LABEL.container]: container,
    [LABEL.attempt]: String(attempt),
    ...(hostAddress !== undefined && { [LABEL.address]: hostAddress }),
    [LABEL.annotation]: Buffer.from(pod.annotation).toString('base64'),
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

export function isInfra({ container }: Pick<Member, 'container'>): boolean {
  return container === INFRA
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
    podIP: labelOf(youngest, LABEL.address) || addressOf(infra ?? youngest),
    containers: containers.filter((info) => mayStart(info, infra)).map((info) => containerFrom(info, infra)),
  }
}

/** [DOCK30] One that waits for its start and whose infra container died can never be started: it is as good as gone. */
function mayStart(info: ContainerInspectInfo, infra: ContainerInspectInfo | undefined): boolean {
  return info.State.Status !== 'created' || hasNetwork(info, infra)
}

/** Whether the infra container that it joined, if any, is there: in the node's network it shares but its IPC. */
function hasNetwork(info: ContainerInspectInfo, infra: ContainerInspectInfo | undefined): boolean {
  const { NetworkMode = '', IpcMode = '' } = info.HostConfig
  const joined = /^container:(.+)$/.exec(NetworkMode)?.[1] ?? /^container:(.+)$/.exec(IpcMode)?.[1]
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

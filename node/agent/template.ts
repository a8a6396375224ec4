/**
 * The part of a Kubernetes pod template that the agent reads. Defaults are filled in and the shape is validated before it
 * gets here; what a template asks for beyond these fields has been refused or warned of at the API.
 *
 * @module
 */
import { DEFAULT_ACCOUNT } from '../../crdt/index.ts'
import type { HostPathType } from '../runtime/volume-launch.ts'

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: PodSpec
}

export interface PodSpec {
  /** `process` or `docker`; absent: the node's best runtime. */
  readonly runtimeClassName?: string
  readonly restartPolicy?: string
  readonly terminationGracePeriodSeconds?: number
  readonly hostname?: string
  readonly subdomain?: string
  readonly setHostnameAsFQDN?: boolean
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames?: readonly string[] }[]
  readonly dnsPolicy?: string
  readonly dnsConfig?: {
    readonly nameservers?: readonly string[]
    readonly searches?: readonly string[]
    readonly options?: readonly { readonly name: string; readonly value?: string }[]
  }
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly shareProcessNamespace?: boolean
  readonly securityContext?: PodSecurityContext
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
  readonly serviceAccountName?: string
  readonly serviceAccount?: string
  readonly initContainers?: readonly ContainerSpec[]
  readonly containers: readonly ContainerSpec[]
  readonly volumes?: readonly VolumeSpec[]
}

/** `serviceAccount` is its older name. */
export const serviceAccountName = ({ serviceAccountName, serviceAccount }: PodSpec): string =>
  serviceAccountName || serviceAccount || DEFAULT_ACCOUNT

export interface SeccompProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost'
  readonly localhostProfile?: string
}

interface SharedSecurityContext {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly runAsNonRoot?: boolean
  readonly seccompProfile?: SeccompProfile
}

interface PodSecurityContext extends SharedSecurityContext {
  readonly fsGroup?: number
  readonly supplementalGroups?: readonly number[]
  readonly supplementalGroupsPolicy?: string
  readonly sysctls?: readonly { readonly name: string; readonly value: string }[]
}

interface SecurityContext extends SharedSecurityContext {
  readonly allowPrivilegeEscalation?: boolean
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
  readonly privileged?: boolean
  readonly procMount?: string
  readonly readOnlyRootFilesystem?: boolean
}

export interface ContainerSpec {
  readonly name: string
  readonly image?: string
  readonly imagePullPolicy?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly EnvSource[]
  readonly ports?: readonly ContainerPort[]
  readonly resources?: { readonly limits?: Quantities; readonly requests?: Quantities }
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly volumeMounts?: readonly VolumeMountSpec[]
  readonly lifecycle?: { readonly postStart?: Hook; readonly preStop?: Hook; readonly stopSignal?: string }
  readonly terminationMessagePath?: string
  readonly stdin?: boolean
  readonly stdinOnce?: boolean
  readonly tty?: boolean
  readonly securityContext?: SecurityContext
  /** Of an init container: `Always` makes it a sidecar. */
  readonly restartPolicy?: string
}

/** In the order in which they are started. */
export function allContainers(template: PodTemplate | undefined): readonly ContainerSpec[] {
  return [...(template?.spec.initContainers ?? []), ...(template?.spec.containers ?? [])]
}

/** An init container that goes on running beside what comes after it. */
export function isSidecar({ restartPolicy }: Pick<ContainerSpec, 'restartPolicy'>): boolean {
  return restartPolicy === 'Always'
}

/** One of its kinds; none: an empty directory. Kinds that are not here are refused by name. */
export interface VolumeSpec {
  readonly name: string
  readonly configMap?: KeySource & { readonly name?: string; readonly defaultMode?: number }
  readonly secret?: KeySource & { readonly secretName?: string; readonly defaultMode?: number }
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[]; readonly defaultMode?: number }
  readonly projected?: { readonly sources?: readonly ProjectedSource[]; readonly defaultMode?: number }
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string | number }
  readonly hostPath?: { readonly path: string; readonly type?: HostPathType | '' }
  readonly nfs?: { readonly server: string; readonly path: string; readonly readOnly?: boolean }
}

export interface ProjectedSource {
  readonly configMap?: KeySource & { readonly name?: string }
  readonly secret?: KeySource & { readonly name?: string }
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[] }
}

interface KeySource {
  /** Absent: all keys. */
  readonly items?: readonly KeyItem[]
  readonly optional?: boolean
}

export interface KeyItem {
  readonly key: string
  readonly path: string
  readonly mode?: number
}

export interface DownwardItem {
  readonly path: string
  readonly mode?: number
  readonly fieldRef?: FieldReference
  readonly resourceFieldRef?: ResourceReference
}

interface VolumeMountSpec {
  readonly name: string
  readonly mountPath: string
  readonly readOnly?: boolean
  readonly subPath?: string
  readonly subPathExpr?: string
  readonly mountPropagation?: string
}

type Quantities = Readonly<Record<string, string | number>>

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: FieldReference
    readonly configMapKeyRef?: KeyReference
    readonly secretKeyRef?: KeyReference
    readonly resourceFieldRef?: ResourceReference
  }
}

/** All of a ConfigMap or a Secret. */
export interface EnvSource {
  readonly prefix?: string
  readonly configMapRef?: NamedSource
  readonly secretRef?: NamedSource
}

interface NamedSource {
  readonly name?: string
  /** It may not be there. */
  readonly optional?: boolean
}

export interface KeyReference extends NamedSource {
  readonly key: string
}

export interface FieldReference {
  readonly fieldPath: string
}

export interface ResourceReference {
  /** Absent: the container that names it. */
  readonly containerName?: string
  /** `limits.cpu` */
  readonly resource: string
  readonly divisor?: string | number
}

interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: string
  readonly hostPort?: number
  readonly hostIP?: string
}

/** Asked of, or done to, a container: one of them. */
export interface Handler {
  readonly exec?: { readonly command?: readonly string[] }
  readonly httpGet?: {
    readonly path?: string
    readonly port: number | string
    readonly scheme?: string
    readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[]
  }
  readonly tcpSocket?: { readonly port: number | string }
  readonly grpc?: { readonly port: number; readonly service?: string }
}

export interface Probe extends Handler {
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly terminationGracePeriodSeconds?: number
}

export interface Hook extends Handler {
  readonly sleep?: { readonly seconds: number }
}

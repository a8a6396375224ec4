/**
 * What workloads do to Deployments and Services, and the requests that do it. Several workloads share these words, so that
 * checkers can look at all of them at once.
 *
 * @module
 */
import type { Done, History, Operation } from '../history.ts'
import type { Request } from '../workload.ts'

export interface Failing {
  readonly afterMs: number
  /** `oom`: they take more memory than they may. `done`: they have succeeded. */
  readonly how: 'exit' | 'oom' | 'done'
}

export type DeploymentDeed =
  | {
      readonly verb: 'create'
      readonly name: string
      readonly replicas: number
      /** By which a client knows its own again. */
      readonly mark?: string
      /** Of each pod; default: next to nothing. */
      readonly cpu?: string
      /** Its containers end again and again, so long after each start. Default: they serve. */
      readonly fails?: Failing
      /** It has no pod more than it asks for, and of those so many may be missing. Default: as Kubernetes. */
      readonly mayMiss?: number
      /** What each of its revisions is given to get ready; its pods are asked whether they are. Default: as Kubernetes, and nobody asks. */
      readonly deadlineMs?: number
    }
  /** One whose number of pods is to follow what they take: nothing, or so much each. */
  | { readonly verb: 'grow'; readonly name: string; readonly replicas: number; readonly busyMilli?: number }
  | { readonly verb: 'scale'; readonly name: string; readonly replicas: number }
  | { readonly verb: 'update'; readonly name: string; readonly version: number }
  /** An update to a revision that never gets ready, whatever its containers do: it is brought back. */
  | { readonly verb: 'spoil'; readonly name: string; readonly version: number; readonly fails?: Failing }
  | { readonly verb: 'delete'; readonly name: string }
  /** Says something that means nothing to Shoal. */
  | { readonly verb: 'note'; readonly name: string; readonly text: string }

/** Its pods are to take half of the processor that they ask for. */
export interface ScalerDeed {
  readonly verb: 'autoscale'
  readonly name: string
  readonly least: number
  readonly most: number
}

export type PodDeed =
  /** It is not started again where its container ends by itself. */
  | { readonly verb: 'add-pod'; readonly name: string; readonly fails?: Failing }
  | { readonly verb: 'drop-pod'; readonly name: string }

/** A Service without a port of the machine costs nobody anything but its own being there. */
export type ServiceDeed =
  | { readonly verb: 'add-service'; readonly name: string; readonly port: number; readonly nodePort?: number }
  | { readonly verb: 'drop-service'; readonly name: string }

export const MARK = 'client.example/mark'
export const NOTE = 'client.example/note'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const SERVICES = '/api/v1/namespaces/default/services'
const PODS = '/api/v1/namespaces/default/pods'
const SCALERS = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers'

export function pathOf({ name }: DeploymentDeed): string {
  return `${DEPLOYMENTS}/${name}`
}

export function requestOf(deed: DeploymentDeed | ScalerDeed | ServiceDeed | PodDeed): Request {
  switch (deed.verb) {
    case 'create':
      return { method: 'POST', path: DEPLOYMENTS, asking: { body: deployment(deed) } }
    case 'grow':
      return { method: 'POST', path: DEPLOYMENTS, asking: { body: deployment(deed) } }
    case 'autoscale':
      return { method: 'POST', path: SCALERS, asking: { body: scaler(deed) } }
    case 'scale':
      return merge(pathOf(deed), { spec: { replicas: deed.replicas } })
    case 'update':
      return merge(pathOf(deed), { spec: { template: template(deed.name, deed.version) } })
    case 'spoil': {
      const { name, version, ...failing } = deed
      return merge(pathOf(deed), { spec: { template: template(name, version, { ...failing, asked: NOBODY_PORT }) } })
    }
    case 'delete':
      return { method: 'DELETE', path: pathOf(deed) }
    case 'note':
      return merge(pathOf(deed), { metadata: { annotations: { [NOTE]: deed.text } } })
    case 'add-service':
      return { method: 'POST', path: SERVICES, asking: { body: service(deed) } }
    case 'drop-service':
      return { method: 'DELETE', path: `${SERVICES}/${deed.name}` }
    case 'add-pod':
      return { method: 'POST', path: PODS, asking: { body: pod(deed) } }
    case 'drop-pod':
      return { method: 'DELETE', path: `${PODS}/${deed.name}` }
  }
}

const DEPLOYMENT_VERBS = new Set(['create', 'grow', 'scale', 'update', 'spoil', 'delete', 'note'])
const SERVICE_VERBS = new Set(['add-service', 'drop-service'])
const POD_VERBS = new Set(['add-pod', 'drop-pod'])

function verbOf({ what }: Operation): string {
  return typeof what === 'object' && what !== null && 'verb' in what ? String(what.verb) : ''
}

/** Undefined where the operation does nothing to a Deployment. */
export function deploymentDeedOf(operation: Operation): DeploymentDeed | undefined {
  return DEPLOYMENT_VERBS.has(verbOf(operation)) ? (operation.what as DeploymentDeed) : undefined
}

/** Undefined where the operation does nothing to a Service. */
export function serviceDeedOf(operation: Operation): ServiceDeed | undefined {
  return SERVICE_VERBS.has(verbOf(operation)) ? (operation.what as ServiceDeed) : undefined
}

/** Undefined where the operation does nothing to a Pod. */
export function podDeedOf(operation: Operation): PodDeed | undefined {
  return POD_VERBS.has(verbOf(operation)) ? (operation.what as PodDeed) : undefined
}

/** All requests there were about Deployments, with their ends. */
export function deploymentDeeds({ done }: History): readonly { readonly deed: DeploymentDeed; readonly done: Done }[] {
  return done.flatMap((one) => {
    const deed = deploymentDeedOf(one.operation)
    return deed === undefined ? [] : [{ deed, done: one }]
  })
}

function merge(path: string, body: unknown): Request {
  return { method: 'PATCH', path, asking: { body, contentType: 'application/merge-patch+json' } }
}

/** So many images there are: a real engine has to hold them all, and names them in its node's record. */
export const IMAGES = 60

/** Of a long run the 61st version is the first again. */
export function imageOf(version: number): string {
  return `registry.example/app:${((version - 1) % IMAGES) + 1}`
}

/** Where there is no engine: a server of a few kilobytes, in the pod's own directory. */
const SERVE = ['busybox', 'sh', '-c', 'echo ok > index.html && exec busybox httpd -f -p "$HOST:$PORT"']

/** The same, and a word for an engine that runs no programs: on a real one it has nothing to do. */
const busyCommand = (milli: number): readonly string[] => [...SERVE.slice(0, -1), `${SERVE.at(-1)} # takes ${milli}m`]

const PORT = 8080
/** On which no pod listens. */
const NOBODY_PORT = 9

/** `oom` takes all the memory there is. */
const LAST: Readonly<Record<Failing['how'], string>> = { exit: 'exit 3', oom: 'tail /dev/zero', done: 'exit 0' }

function commandOf({ afterMs, how }: Failing): readonly string[] {
  return ['busybox', 'sh', '-c', `sleep ${afterMs / 1_000} && ${LAST[how]}`]
}

/** How a container with this command ends by itself: for an engine that runs no programs. */
export function endOf(command: readonly string[] | undefined): Failing | undefined {
  const [, seconds, what] = /^sleep ([\d.]+) && (.*)$/.exec(command?.at(-1) ?? '') ?? []
  const how = (['exit', 'oom', 'done'] as const).find((one) => LAST[one] === what)
  return seconds === undefined || how === undefined ? undefined : { afterMs: Number(seconds) * 1_000, how }
}

/** How much of a core a container with this command takes: for an engine that runs no programs. */
export function takenMilli(command: readonly string[] | undefined): number {
  return Number(/ # takes (\d+)m$/.exec(command?.at(-1) ?? '')?.[1] ?? 0)
}

interface Each extends Pick<Creation, 'cpu' | 'fails'> {
  readonly busyMilli?: number
  /** A pod is ready while somebody listens there. Default: while it runs. */
  readonly asked?: number
}

interface PodTemplate {
  readonly metadata: object
  readonly spec: object
}

function template(name: string, version: number, { cpu = '10m', fails, asked, busyMilli = 0 }: Each = {}): PodTemplate {
  return {
    metadata: { labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: imageOf(version),
          command: fails !== undefined ? commandOf(fails) : busyMilli > 0 ? busyCommand(busyMilli) : SERVE,
          ports: [{ containerPort: PORT }],
          ...(asked === undefined ? {} : { readinessProbe: { tcpSocket: { port: asked }, periodSeconds: 1 } }),
          resources: {
            requests: { cpu, memory: '16Mi' },
            ...(fails === undefined ? {} : { limits: { memory: '16Mi' } }),
          },
        },
      ],
    },
  }
}

type Creation = Extract<DeploymentDeed, { verb: 'create' }>

function deployment({ name, replicas, mark, mayMiss, deadlineMs, ...each }: Omit<Creation, 'verb'> & Each): unknown {
  const strategy =
    mayMiss === undefined ? {} : { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: mayMiss } } }
  const deadline = deadlineMs === undefined ? {} : { progressDeadlineSeconds: deadlineMs / 1_000 }
  const asked = deadlineMs === undefined ? {} : { asked: PORT }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: mark === undefined ? { name } : { name, annotations: { [MARK]: mark } },
    spec: {
      replicas,
      ...strategy,
      ...deadline,
      selector: { matchLabels: { app: name } },
      template: template(name, 1, { ...each, ...asked }),
    },
  }
}

function pod({ name, fails }: Extract<PodDeed, { verb: 'add-pod' }>): unknown {
  const { metadata, spec } = template(name, 1, fails === undefined ? {} : { fails })
  const restartPolicy = fails === undefined ? 'Always' : 'Never'
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec: { ...spec, restartPolicy } }
}

function scaler({ name, least, most }: ScalerDeed): unknown {
  const target = { type: 'Utilization', averageUtilization: 50 }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: least,
      maxReplicas: most,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  }
}

function service({ name, port, nodePort }: Extract<ServiceDeed, { verb: 'add-service' }>): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      ...(nodePort === undefined ? {} : { type: 'NodePort' }),
      selector: { app: name },
      ports: [{ port, targetPort: PORT, ...(nodePort === undefined ? {} : { nodePort }) }],
    },
  }
}

/** When anybody last did anything to a Deployment: now, if somebody is at it. */
export function lastTouchMs(
  { begun, ended, done }: Pick<History, 'begun' | 'ended' | 'done'>,
  name: string,
  nowMs: number,
): number {
  const isOurs = (operation: Operation): boolean => deploymentDeedOf(operation)?.name === name
  const over = new Set(ended)
  if (begun.some((operation) => isOurs(operation) && !over.has(operation))) return nowMs
  return Math.max(Number.NEGATIVE_INFINITY, ...done.flatMap((one) => (isOurs(one.operation) ? [one.endMs] : [])))
}

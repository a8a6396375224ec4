/**
 * What is asked of a container, and how often: the probes of a manifest with ports resolved and Kubernetes' defaults.
 *
 * @module
 */
import type { ContainerSpec, Handler, Probe } from './template.ts'

export type ProbeTarget =
  | { readonly kind: 'tcp'; readonly port: number }
  | {
      readonly kind: 'http'
      readonly port: number
      readonly path: string
      readonly headers: readonly HttpHeader[]
      /** Over TLS, whoever the server says it is. */
      readonly isSecure?: true
    }
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] }

export interface HttpHeader {
  readonly name: string
  readonly value: string
}

export interface ProbeRule {
  readonly target: ProbeTarget
  readonly timeoutMs: number
  readonly initialDelayMs: number
  readonly periodMs: number
  readonly successThreshold: number
  readonly failureThreshold: number
  /** Between SIGTERM and SIGKILL where a failure ends the container; absent: the pod's. */
  readonly graceMs?: number
}

export type ProbeAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** [RDY6] Undefined where there is no probe, or it asks a port by a name that the container does not have. */
export function probeRule(probe: Probe | undefined, container: ContainerSpec): ProbeRule | undefined {
  const target = probe === undefined ? undefined : probeTarget(probe, container)
  if (probe === undefined || target === undefined) return undefined
  const graceSeconds = probe.terminationGracePeriodSeconds
  return {
    target,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1_000,
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (probe.periodSeconds ?? 10) * 1_000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
    ...(graceSeconds === undefined ? {} : { graceMs: graceSeconds * 1_000 }),
  }
}

/** Of a probe or a hook. */
export function probeTarget(handler: Handler, container: ContainerSpec): ProbeTarget | undefined {
  const { httpGet, tcpSocket, grpc, exec } = handler
  if (exec !== undefined) return { kind: 'exec', command: exec.command ?? [] }
  const asked = httpGet ?? tcpSocket ?? grpc
  const port = asked === undefined ? undefined : portNumber(asked.port, container)
  if (port === undefined) return undefined
  if (httpGet !== undefined) {
    const { path = '/', httpHeaders: headers = [], scheme } = httpGet
    return { kind: 'http', port, path, headers, ...(scheme === 'HTTPS' ? { isSecure: true } : {}) }
  }
  return grpc === undefined ? { kind: 'tcp', port } : { kind: 'grpc', port, service: grpc.service ?? '' }
}

function portNumber(port: number | string, container: ContainerSpec): number | undefined {
  if (typeof port === 'number') return port
  return container.ports?.find(({ name }) => name === port)?.containerPort
}

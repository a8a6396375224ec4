/**
 * From what the user wrote to what a runtime is told: the template of a claim becomes a `PodLaunch` with every value resolved.
 * One thing cannot: the pod's address is known to the runtime alone, once it has made the pod's network (`runtime/address.ts`).
 *
 * @module
 */
import { cpuMilli, memoryBytes, oomScore, type PodSpec } from '../../crdt/index.ts'
import type { ContainerLaunch, PodLaunch } from '../runtime/runtime.ts'
import type { VolumeLaunch } from '../runtime/volume-launch.ts'
import { writeAnnotation } from './annotation.ts'
import { environment, isRefused, type EnvironmentInput, type Refusal } from './environment.ts'
import { expand } from './expand.ts'
import { namesOf, networkOf } from './network.ts'
import { pullCredentials, type PullSources } from './pull-secrets.ts'
import { containerSecurity } from './security.ts'
import { allContainers, type ContainerSpec } from './template.ts'
import { containerMounts, podVolumes } from './volumes.ts'

const GRACE_SECONDS_DEFAULT = 30

export interface LaunchInput extends EnvironmentInput, PullSources {
  /** By container: how often it was started before. */
  readonly attempts: ReadonlyMap<string, number>
}

export function podLaunch(input: LaunchInput): PodLaunch | Refusal {
  const { claim, template } = input
  const volumes = podVolumes(input)
  if (isRefused(volumes)) return volumes
  const names = namesOf(input)
  if (isRefused(names)) return names
  const network = networkOf(input, names)
  const credentials = pullCredentials(template.spec, input)
  const containers: ContainerLaunch[] = []
  for (const spec of allContainers(template)) {
    const container = containerLaunch(spec, { ...input, volumes })
    if ('error' in container) return container
    containers.push(container)
  }
  return {
    uid: claim.uid,
    name: claim.name,
    namespace: claim.namespace,
    hostname: names.hostname,
    labels: { ...template.metadata?.labels, 'pod-template-hash': claim.revision },
    annotation: writeAnnotation(claim),
    containers,
    ...(volumes.length === 0 ? {} : { volumes }),
    ...(Object.keys(network).length === 0 ? {} : { network }),
    ...(credentials.logins.length + credentials.trouble.length === 0 ? {} : { credentials }),
    graceMs: (template.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT) * 1_000,
  }
}

function containerLaunch(
  spec: ContainerSpec,
  input: LaunchInput & { readonly volumes: readonly VolumeLaunch[] },
): ContainerLaunch | Refusal {
  const env = environment(spec, input)
  if ('error' in env) return { error: `container ${spec.name}: ${env.error}` }
  const mounts = containerMounts(spec, input.volumes, env.values)
  if (isRefused(mounts)) return { error: `container ${spec.name}: ${mounts.error}` }
  const security = containerSecurity(input.template.spec, spec)
  if (isRefused(security)) return { error: `container ${spec.name}: ${security.error}` }
  const { limits, requests } = spec.resources ?? {}
  const cpu = cpuMilli(limits?.['cpu'])
  const memory = memoryBytes(limits?.['memory'])
  const cpuRequest = cpuMilli(requests?.['cpu'] ?? limits?.['cpu'])
  return {
    name: spec.name,
    image: spec.image ?? '',
    pull: pullPolicy(spec),
    ...(spec.command === undefined ? {} : { command: spec.command.map((text) => expand(text, env.values)) }),
    ...(spec.args === undefined ? {} : { args: spec.args.map((text) => expand(text, env.values)) }),
    env: env.values,
    ...(spec.workingDir === undefined ? {} : { workingDir: spec.workingDir }),
    ports: ports(spec),
    ...(cpu === undefined ? {} : { cpuMilli: cpu }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(cpuRequest === undefined ? {} : { cpuRequestMilli: cpuRequest }),
    oomScore: oomScore(input.template.spec as PodSpec, spec.name, input.capacity.memoryBytes),
    ...(Object.keys(security).length === 0 ? {} : { security }),
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(spec.stdin === true ? { stdin: spec.stdinOnce === true ? ('once' as const) : ('open' as const) } : {}),
    ...(spec.tty === true ? { tty: true } : {}),
    ...(spec.terminationMessagePath ? { messagePath: spec.terminationMessagePath } : {}),
    ...(spec.lifecycle?.stopSignal === undefined ? {} : { stopSignal: spec.lifecycle.stopSignal }),
    attempt: input.attempts.get(spec.name) ?? 0,
  }
}

function pullPolicy({ imagePullPolicy }: ContainerSpec): ContainerLaunch['pull'] {
  return imagePullPolicy === 'Always' || imagePullPolicy === 'Never' ? imagePullPolicy : 'IfNotPresent'
}

function ports(spec: ContainerSpec): ContainerLaunch['ports'] {
  return (spec.ports ?? []).flatMap(({ name, containerPort, protocol = 'TCP', hostPort, hostIP }) =>
    protocol === 'TCP' || protocol === 'UDP'
      ? [
          {
            ...(name === undefined ? {} : { name }),
            port: containerPort,
            protocol,
            ...(hostPort ? { hostPort } : {}),
            ...(hostPort && hostIP ? { hostIP } : {}),
          },
        ]
      : [],
  )
}

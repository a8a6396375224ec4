/**
 * Ports of the machine itself that pods ask for. One pod at a time can have each.
 *
 * @module
 */
import type { PodTemplate } from '../control/rows.ts'
import type { Holder } from './requests.ts'

interface HostPort {
  readonly port: number
  readonly protocol: string
  /** Empty: on all addresses of the machine. */
  readonly hostIP: string
}

/** Of sidecars too, which run as long. */
export function hostPortsOf({ spec }: PodTemplate): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, protocol = 'TCP', hostIP = '' }) =>
      hostPort === 0 ? [] : [{ port: hostPort, protocol, hostIP: isAll(hostIP) ? '' : hostIP }],
    ),
  )
}

const isAll = (hostIP: string): boolean => hostIP === '0.0.0.0' || hostIP === '::'

const meet = (one: HostPort, other: HostPort): boolean =>
  one.port === other.port &&
  one.protocol === other.protocol &&
  (one.hostIP === other.hostIP || one.hostIP === '' || other.hostIP === '')

/** [BID31] Which of the pods of a node has a port that the template asks for, in words. */
export function portTaken(template: PodTemplate, holders: () => readonly Holder[]): string | undefined {
  const wanted = hostPortsOf(template)
  if (wanted.length === 0) return undefined
  for (const { fact, template: other } of holders()) {
    const own = other === undefined ? [] : hostPortsOf(other)
    const port = own.find((one) => wanted.some((each) => meet(one, each)))
    if (port !== undefined) return `host port ${port.port}/${port.protocol} is taken by pod ${fact.name}`
  }
  return undefined
}

/**
 * What service routes ask of the rest of the node, and what they tell it.
 *
 * @module
 */
import type { DocumentKey, Endpoint, NodeId, NodeRow, ServiceRow } from '../../crdt/index.ts'

export interface RoutesView {
  services(): readonly RoutedService[]
  endpoints(service: DocumentKey): readonly Endpoint[]
  nodes(): readonly { readonly id: NodeId; readonly fact: Pick<NodeRow['fact'], 'labels'> }[]
}

export interface RoutedService extends ServiceRow {
  /** Endpoints on the client's own node come first. The view does not say so of any service yet. */
  readonly preferLocal?: boolean
}

/** This node, as far as routes need to know it. */
export interface RoutesSelf {
  readonly id: NodeId
  /** Where nodePorts are served. */
  readonly hostAddress: string
  /** Where containers of this machine reach it: the gateway of docker's bridge. Absent without an engine. */
  readonly gateway?: string
  /** Lowest port this process may listen on. */
  readonly lowestPort: number
  /** `networkId()` of the real world: value of the label `NETWORK_LABEL`. Absent where it is not known. */
  readonly network?: string
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Something a user should read beside the service. */
export interface RouteEvent {
  readonly service: DocumentKey
  readonly reason: 'PortInUse' | 'PortNotAllowed' | 'AddressNotHere' | 'ListenFailed' | 'NodePortClash' | 'NotRouted'
  /** Names the port and says what to do. */
  readonly message: string
}

export function routeId(service: DocumentKey, port: number): RouteId {
  return `${service}:${port}`
}

/** A service's port. */
export type RouteId = `${DocumentKey}:${number}`

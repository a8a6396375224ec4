/**
 * The view as control, placement, routes and agent read it: each decides from narrow rows of its own, so that its tests need
 * only a handful of literals. Here the view's rows are turned into theirs, once for as long as the view does not change.
 *
 * @module
 */
import type { DocumentKey, NodeId, View } from '../crdt/index.ts'
import type { PodTemplate } from './agent/template.ts'
import type * as control from './control/rows.ts'
import type { EndpointRow, RoutesView, ServiceRow } from './service/ports.ts'

/** Runs `make` again only when the view's version has moved on. */
function once<T>(view: View, make: () => T): () => T {
  let version = -1
  let value: T
  return () => {
    if (version !== view.version) {
      value = make()
      version = view.version
    }
    return value
  }
}

export interface PlacementLens {
  nodes(): readonly control.NodeRow[]
  pods(): readonly control.PodRow[]
  workloads(): readonly control.Workload[]
}

export function placementLens(view: View): PlacementLens {
  return {
    nodes: () => view.nodes(),
    pods: () => view.pods(),
    workloads: once(view, () =>
      view
        .workloads()
        .filter((workload) => !workload.deleting)
        .map((workload) => ({
          key: workload.key,
          replicas: workload.replicas,
          revision: workload.revision,
          template: workload.template as control.PodTemplate,
          strategy: workload.strategy,
          minReadyMs: workload.minReadySeconds * 1_000,
          paused: workload.paused,
          older: workload.older.map(({ hash, number, template }) => ({ hash, number, template: template as control.PodTemplate })),
        })),
    ),
  }
}

export function routesLens(view: View): RoutesView {
  const services = once(view, () => view.services().map(serviceRow))
  return {
    services,
    endpoints: (key) => endpointRows(view, key),
    nodes: () => view.nodes(),
  }
}

function serviceRow(service: ReturnType<View['services']>[number]): ServiceRow {
  return {
    key: service.key,
    namespace: service.namespace,
    name: service.name,
    affinity: service.affinity,
    ports: service.ports.map(({ name, port, protocol, nodePort }) => ({
      name,
      port,
      protocol,
      ...(nodePort === undefined || service.type !== 'NodePort' ? {} : { nodePort }),
    })),
  }
}

/** The view names an endpoint's ports by the service port's name, routes by its number. */
function endpointRows(view: View, key: DocumentKey): readonly EndpointRow[] {
  const service = view.services().find((one) => one.key === key)
  if (service === undefined) return []
  return view.endpoints(key).map((endpoint) => ({
    ...endpoint,
    ready: endpoint.ready || service.publishNotReady,
    ports: Object.fromEntries(
      service.ports.flatMap(({ name, port }) => {
        const target = endpoint.ports[name]
        return target === undefined ? [] : [[port, target]]
      }),
    ),
  }))
}

/** The template that a claim names; undefined where nobody kept it. */
export function templateOf(view: View, workload: DocumentKey, revision: string): PodTemplate | undefined {
  const found = view.workloads().find(({ key }) => key === workload)
  if (found === undefined) return undefined
  if (found.revision === revision) return found.template as PodTemplate
  return found.older.find(({ hash }) => hash === revision)?.template as PodTemplate | undefined
}

/** A pod of this node and the TCP ports its containers declare: what others may reach through us. */
export function ownPod(view: View, self: NodeId, uid: string): { podIP: string; ports: readonly number[] } | undefined {
  const row = view.pods().find(({ node, fact }) => node === self && fact.uid === uid)
  if (row === undefined) return undefined
  const containers = templateOf(view, row.fact.workload, row.fact.revision)?.spec.containers ?? []
  const ports = containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, protocol = 'TCP' }) => (protocol === 'TCP' ? [containerPort] : [])),
  )
  return { podIP: row.fact.podIP, ports }
}

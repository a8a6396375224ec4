/**
 * Questions to the view that more than one part of the wiring asks.
 *
 * @module
 */
import type { DocumentKey, NodeId, View } from '../crdt/index.ts'
import { allContainers, type PodTemplate } from './agent/template.ts'
import type { OwnPod } from './service/serve-forward.ts'

/** The template that a claim names; undefined where nobody kept it. */
export function templateOf(view: View, workload: DocumentKey, revision: string): PodTemplate | undefined {
  const found = view.workload(workload)
  if (found?.revision === revision) return found.template as unknown as PodTemplate
  return found?.older.find(({ hash }) => hash === revision)?.template as unknown as PodTemplate | undefined
}

/** Uids of the pods that run on this node. */
export function runningPods(view: View, self: NodeId): readonly string[] {
  return view
    .podsOn(self)
    .flatMap(({ fact: { uid, phase, stopping } }) => (phase === 'Running' && !stopping ? [uid] : []))
}

/** A pod of this node and the TCP ports its containers declare: what others may reach through us. */
export function ownPod(view: View, self: NodeId, uid: string): OwnPod | undefined {
  const row = view.podsOn(self).find(({ fact }) => fact.uid === uid)
  if (row === undefined) return undefined
  const declared = allContainers(templateOf(view, row.fact.workload, row.fact.revision)).flatMap(
    ({ ports = [] }) => ports,
  )
  const ports = declared.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ containerPort }) => containerPort)
  return { podIP: row.fact.podIP, ports }
}

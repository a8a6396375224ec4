/**
 * The requests of a run as what they do to objects: which fields they set, or that they delete. Where it is not known whether
 * a request had an effect, it may have had one.
 *
 * @module
 */
import type { Done, History, Operation } from '../history.ts'
import { deploymentDeedOf, imageOf, NOTE, podDeedOf, serviceDeedOf } from '../workloads/deeds.ts'

export interface Effect {
  readonly operation: Operation
  /** Kind and name. */
  readonly object: string
  readonly does: 'set' | 'delete'
  /** Values by JSON pointer of the field, or of what it is part of. */
  readonly fields: Readonly<Record<string, string | number>>
  /** The cluster is to undo it. */
  readonly isUndone?: true
  readonly startMs: number
  /** Infinite: it may have an effect yet. */
  readonly endMs: number
  /** Of an acknowledged one. */
  readonly acked?: {
    readonly machine: string
    /** Of the object it met or made. */
    readonly uid: string
    /** That had it when it was answered, as the answer says. */
    readonly disks: number
  }
}

export const REPLICAS = '/spec/replicas'
export const TEMPLATE = '/spec/template'
export const PORTS = '/spec/ports'
export const ANNOTATION = `/metadata/annotations/${NOTE.replace('/', '~1')}`

export function effects({ begun, ended, done }: History): Effect[] {
  const over = new Set(ended)
  const unanswered = begun.filter((operation) => !over.has(operation))
  return [
    ...done.flatMap((one) => effectOf(one)),
    ...unanswered.flatMap((operation) => deedOf(operation, { startMs: 0, endMs: Number.POSITIVE_INFINITY })),
  ]
}

function effectOf({ operation, outcome, startMs, endMs }: Done): Effect[] {
  switch (outcome.is) {
    case 'unreached':
      return []
    case 'unknown':
      return deedOf(operation, { startMs, endMs: Number.POSITIVE_INFINITY })
    case 'refused':
      // What fails inside a node may have come as far as its disk.
      return outcome.answer.status < 500 ? [] : deedOf(operation, { startMs, endMs: Number.POSITIVE_INFINITY })
    case 'acked': {
      const { machine, answer } = outcome
      // [WR2] All was as it wanted it on the node that was asked: nothing was written, which the answer says.
      if (answer.headers['shoal-change'] === 'unchanged') return []
      const { metadata, details } = answer.body as { metadata?: { uid?: string }; details?: { uid?: string } }
      const uid = metadata?.uid ?? details?.uid ?? ''
      const disks = Number.parseInt(answer.headers['shoal-durable'] ?? '1', 10)
      return deedOf(operation, { startMs, endMs, acked: { machine, uid, disks } })
    }
  }
}

function deedOf(operation: Operation, ends: Pick<Effect, 'startMs' | 'endMs' | 'acked'>): Effect[] {
  const deployment = deploymentDeedOf(operation)
  if (deployment !== undefined) {
    const at = { operation, object: `Deployment/${deployment.name}`, ...ends }
    switch (deployment.verb) {
      case 'create':
        return [{ ...at, does: 'set', fields: { [REPLICAS]: deployment.replicas, [TEMPLATE]: imageOf(1) } }]
      case 'grow':
        return [{ ...at, does: 'set', fields: { [TEMPLATE]: imageOf(1) } }]
      case 'scale':
        return [{ ...at, does: 'set', fields: { [REPLICAS]: deployment.replicas } }]
      case 'update':
        return [{ ...at, does: 'set', fields: { [TEMPLATE]: imageOf(deployment.version) } }]
      case 'spoil':
        return [{ ...at, does: 'set', fields: { [TEMPLATE]: imageOf(deployment.version) }, isUndone: true }]
      case 'delete':
        return [{ ...at, does: 'delete', fields: {} }]
      case 'note':
        return [{ ...at, does: 'set', fields: { [ANNOTATION]: deployment.text } }]
    }
  }
  const pod = podDeedOf(operation)
  if (pod !== undefined) {
    const does = pod.verb === 'add-pod' ? 'set' : 'delete'
    return [{ operation, object: `Pod/${pod.name}`, ...ends, does, fields: {} }]
  }
  const service = serviceDeedOf(operation)
  if (service === undefined) return []
  const at = { operation, object: `Service/${service.name}`, ...ends }
  return service.verb === 'add-service'
    ? [{ ...at, does: 'set', fields: { [PORTS]: service.port } }]
    : [{ ...at, does: 'delete', fields: {} }]
}

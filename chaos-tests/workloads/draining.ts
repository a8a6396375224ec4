/**
 * Machines are maintained: each in turn is drained, stays empty for a while and takes pods again, now and then two at once. A
 * Deployment of which a budget lets nothing go looks on, and one that has no surge, of which one pod may be missing.
 *
 * @module
 */
import type { History } from '../history.ts'
import { requests, workload, type Drawn, type Request } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

type MaintenanceDeed =
  | Extract<DeploymentDeed, { verb: 'create' }>
  | { readonly verb: 'guard'; readonly name: string; readonly least: number }
  | { readonly verb: 'drain' | 'undrain'; readonly node: string }

const REPLICAS = 3
/** How many pods of it are to serve: the first is moved before it is missed, of the second one is stopped at a time. */
export const LEAST: ReadonlyMap<string, number> = new Map([
  ['guarded', REPLICAS],
  ['lean', REPLICAS - 1],
])
const PAUSE_MS = 10_000
const STAY_MS = 12_000
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

export const draining = workload<MaintenanceDeed>({
  name: 'draining',
  draw({ chance, machines, lastsMs }) {
    const deeds: Drawn<MaintenanceDeed>[] = [
      { atMs: 0, what: { verb: 'create', name: 'guarded', replicas: REPLICAS } },
      { atMs: 0, what: { verb: 'create', name: 'lean', replicas: REPLICAS, mayMiss: REPLICAS } },
      ...[...LEAST].map(([name, least]) => ({ atMs: 0, what: { verb: 'guard', name, least } as const })),
    ]
    for (let atMs = chance.exponential(PAUSE_MS); atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const node = chance.pick(machines)
      deeds.push({ atMs, what: { verb: 'drain', node } })
      const endMs = atMs + chance.exponential(STAY_MS)
      if (endMs < lastsMs) deeds.push({ atMs: endMs, what: { verb: 'undrain', node } })
    }
    return deeds.toSorted((one, other) => one.atMs - other.atMs)
  },
  carryOut: requests(maintenanceRequest),
})

function maintenanceRequest(deed: MaintenanceDeed): Request {
  switch (deed.verb) {
    case 'create':
      return requestOf(deed)
    case 'guard':
      return { method: 'POST', path: BUDGETS, asking: { body: budget(deed) } }
    case 'drain':
      return wish(deed.node, { unschedulable: true, drain: 'pods' })
    case 'undrain':
      return undrain(deed.node)
  }
}

/** As `shoal uncordon`. */
export const undrain = (node: string): Request => wish(node, { unschedulable: null, drain: null })

function wish(node: string, { unschedulable, drain }: { unschedulable: true | null; drain: string | null }): Request {
  const body = { metadata: { annotations: { 'shoal.dev/drain': drain } }, spec: { unschedulable } }
  return {
    method: 'PATCH',
    path: `/api/v1/nodes/${node}`,
    asking: { body, contentType: 'application/merge-patch+json' },
  }
}

const budget = ({ name, least }: Extract<MaintenanceDeed, { verb: 'guard' }>): unknown => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { minAvailable: least, selector: { matchLabels: { app: name } } },
})

/** Whether anybody asked for a drain, of that machine if one is named, and when that can last have been heard. */
export function lastDrainMs(history: Past, nowMs: number, node?: string): number {
  return lastMs(history, nowMs, (deed) => deed.verb === 'drain' && (node === undefined || deed.node === node))
}

/** When it can last have been heard that a machine takes pods again: rollouts that found no place go on then. */
export function lastUndrainMs(history: Past, nowMs: number): number {
  return lastMs(history, nowMs, (deed) => deed.verb === 'undrain')
}

type Past = Pick<History, 'begun' | 'done'>

function lastMs({ begun, done }: Past, nowMs: number, isMeant: (deed: MaintenanceDeed) => boolean): number {
  const ours = begun.filter(({ workload: name, what }) => name === draining.name && isMeant(what as MaintenanceDeed))
  return Math.max(
    Number.NEGATIVE_INFINITY,
    ...ours.map((operation) => done.find((each) => each.operation === operation)?.endMs ?? nowMs),
  )
}

/**
 * `pods/NAME/eviction`, which `kubectl drain` uses: a delete that asks the budgets first. The pod of a Deployment goes as in a
 * drain, after its successor.
 *
 * @module
 */
import { budgetStanding, isBudgetOf, isReady, type KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { excerpt, isObject, parseObject, type JsonObject } from './body.ts'
import { endPod } from './ending.ts'
import { graceMsOf, hasten } from './grace.ts'
import { isDryRun, metadataOf } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { remove } from './remove.ts'
import { ApiError, conflict, notFound } from './status.ts'
import { existing } from './target.ts'
import type { Target } from './target.ts'
import { durabilityWarnings } from './warnings.ts'

/** [API65] 429 names the one that does not allow it. */
export async function evict(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  if (request.method !== 'POST') throw new ApiError('MethodNotAllowed', 'eviction takes POST')
  const options = evictionOptions(request, at)
  const { shown, stored } = existing(backend, at)
  const wantedUid = isObject(options['preconditions']) ? options['preconditions']['uid'] : undefined
  if (wantedUid !== undefined && wantedUid !== shown.metadata.uid)
    throw conflict(
      at.resource,
      at.name,
      `the UID in the precondition is not that of the object (${shown.metadata.uid})`,
    )
  const graceMs = graceMsOf(request, options)
  assertAllowed(backend, at, shown)
  const dryRun = isDryRun(request, options)
  if (stored !== undefined)
    await remove({ ...request, method: 'DELETE', body: Buffer.from(JSON.stringify(options)) }, backend, at)
  const written = stored !== undefined || dryRun ? [] : await endPod({ request, backend, at, how: 'evict' })
  const untold = written.length === 0 ? [] : await hasten(backend, shown, graceMs)
  const value = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  return json(201, value, { warnings: [...written.flatMap(durabilityWarnings), ...untold] })
}

/** Of the body, `policy/v1` Eviction: its `deleteOptions`. */
function evictionOptions({ body }: ApiRequest, at: Target): JsonObject {
  const eviction = body.length === 0 ? {} : parseObject(body)
  const kind = eviction['kind'] ?? 'Eviction'
  if (kind !== 'Eviction') throw new ApiError('BadRequest', `kind of the object is ${excerpt(kind)}: send an Eviction`)
  const { name = at.name } = metadataOf(eviction)
  if (name !== at.name)
    throw new ApiError('BadRequest', `metadata.name of the Eviction is ${excerpt(name)}, the path says "${at.name}"`)
  return isObject(eviction['deleteOptions']) ? eviction['deleteOptions'] : {}
}

function assertAllowed(backend: ApiBackend, at: Target, shown: KubeObject): void {
  const { view } = backend
  const row = view
    .pods()
    .find(({ fact }) => fact.uid === shown.metadata.uid || (fact.workload === at.key && !fact.stopping))
  if (row === undefined) throw notFound(at.resource, at.name)
  const workload = view.workload(row.fact.workload)
  if (workload === undefined) return
  const isServing = isReady(row)
  for (const budget of view.budgets()) {
    if (!isBudgetOf(budget, workload, row.fact.revision) || (!isServing && budget.unhealthyMayGo)) continue
    const { currentHealthy, desiredHealthy, disruptionsAllowed } = budgetStanding(budget, view.workloads(), ({ key }) =>
      view.podsOf(key).map((each) => ({ fact: each.fact, serves: isReady(each) })),
    )
    // [API65] As Kubernetes: one that does not serve may go where the budget is met without it.
    if (isServing ? disruptionsAllowed > 0 : currentHealthy >= desiredHealthy) continue
    throw new ApiError(
      'TooManyRequests',
      `Cannot evict pod as it would violate the pod's disruption budget: the disruption budget ${budget.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      {
        causes: [
          {
            reason: 'DisruptionBudget',
            field: '',
            message: `The disruption budget ${budget.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
          },
        ],
      },
    )
  }
}

/**
 * Waits until Deployments and Pods are as they were asked to be, showing the way. It looks again and again rather than watching: a
 * look may be answered by another node than the one before, so the node that was asked may die meanwhile.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from './client.ts'
import { ApiFailure, CommandFailure, EXIT } from './failure.ts'
import type { Deployment, ObjectList, Pod } from './objects.ts'
import type { Progress } from './print/progress.ts'
import { rolloutOf, rolloutOfPod } from './rollout.ts'
import type { Rollout } from './rollout.ts'

/** Often enough to see each step, seldom enough to cost the node nothing: a look is two reads of its memory. */
const LOOK_MS = 150

/** What no node takes now may be taken in a moment, when an older pod is gone or a node has come back; not in a minute. */
const UNPLACED_MS = 10_000

export interface Awaited {
  readonly kind: 'Deployment' | 'Pod'
  readonly namespace: string
  readonly name: string
}

export interface Waiting {
  readonly client: Client
  readonly workloads: readonly Awaited[]
  readonly timeoutMs: number
  readonly progress: Progress
  readonly unplacedMs?: number
}

/**
 * Resolves when all are done; throws a `CommandFailure` with code 1 (brought back by the cluster), 2 (could not place) or 124
 * (timeout).
 */
export async function waitForRollouts({
  client,
  workloads,
  timeoutMs,
  progress,
  unplacedMs = UNPLACED_MS,
}: Waiting): Promise<void> {
  const begunMs = performance.now()
  let stuckSinceMs: number | undefined
  let stuckText = ''
  let before: readonly Rollout[] | undefined
  try {
    for (;;) {
      const rollouts = await Promise.all(
        workloads.map((each) => (each.kind === 'Pod' ? lookAtPod(client, each) : lookAt(client, each))),
      )
      const elapsedMs = performance.now() - begunMs
      before ??= rollouts
      const given = rollouts.find(({ rolledBack }, index) => rolledBack !== before?.[index]?.rolledBack)
      if (given !== undefined) throw new CommandFailure(`${given.name} was rolled back: ${given.rolledBack}`)
      progress.show(rollouts, elapsedMs)
      // [CLI99] Nothing will come of it before somebody resumes it.
      if (rollouts.every(({ isDone, isPaused }) => isDone || isPaused)) return
      const text = stuck(rollouts)
      if (text === '' || text !== stuckText) stuckSinceMs = text === '' ? undefined : elapsedMs
      stuckText = text
      if (stuckSinceMs !== undefined && elapsedMs - stuckSinceMs >= unplacedMs) throw unplaced(rollouts)
      if (elapsedMs >= timeoutMs) throw text === '' ? late(rollouts, timeoutMs) : unplaced(rollouts)
      await sleep(LOOK_MS)
    }
  } finally {
    progress.end()
  }
}

/** Throws a `CommandFailure` where it ended badly: it is not started again. */
async function lookAtPod(client: Client, { namespace, name }: Awaited): Promise<Rollout> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
  const pod = await client.get<Pod>(path).catch(orDeleted(`pod "${name}"`))
  const rollout = rolloutOfPod(pod)
  if (pod.status?.phase === 'Failed')
    throw new CommandFailure(`pod ${name} has failed: ${rollout.pods[0]?.trouble}\nSee \`shoal logs pod/${name}\`.`)
  return rollout
}

const orDeleted =
  (what: string) =>
  (error: unknown): never => {
    if (error instanceof ApiFailure && error.status === 404)
      throw new CommandFailure(`${what} was deleted while it was awaited`)
    throw error
  }

async function lookAt(client: Client, { namespace, name }: Awaited): Promise<Rollout> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`
  const deployment = await client.get<Deployment>(path).catch(orDeleted(`deployment "${name}"`))
  const labels = Object.entries(deployment.spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const query = { labelSelector: labels.join(',') }
  const [pods, replicaSets] = await Promise.all([
    client.get<ObjectList<Pod>>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, query),
    client.get<ObjectList>(`/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/replicasets`, query),
  ])
  return rolloutOf({ deployment, pods: pods.items.filter((pod) => isOf(pod, name)), replicaSets: replicaSets.items })
}

/** By its replica set's name: `web-7c9d8f` of `web`. */
function isOf({ metadata }: Pod, deployment: string): boolean {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet')
  return owner === undefined || owner.name.replace(/-[^-]+$/, '') === deployment
}

/** The slots that nobody takes, as text to compare; empty: there are none. */
function stuck(rollouts: readonly Rollout[]): string {
  return rollouts
    .flatMap(({ name, unplaced: slots }) => slots.map((slot) => `${name}/${slot.name}`))
    .toSorted()
    .join()
}

function unplaced(rollouts: readonly Rollout[]): CommandFailure {
  const lines = rollouts
    .filter((each) => each.unplaced.length > 0)
    .flatMap(({ name, ready, wanted, unplaced: slots }) => [
      `could not place ${slots.length} of ${wanted} replicas of ${name} (${ready} ready): no node takes them`,
      ...new Set(slots.map(({ trouble }) => `  ${trouble}`)),
    ])
  const hint = 'The order stands: they are placed as soon as a node can. `shoal explain` tells who declined and why.'
  return new CommandFailure([...lines, hint].join('\n'), EXIT.unplaced)
}

function late(rollouts: readonly Rollout[], timeoutMs: number): CommandFailure {
  const lines = rollouts
    .filter(({ isDone }) => !isDone)
    .flatMap(({ name, ready, wanted, pods }) => [
      `${name} is not ready after ${timeoutMs / 1_000} s: ${ready} of ${wanted} replicas are`,
      ...pods
        .filter(({ isReady }) => !isReady)
        .map(
          (pod) =>
            `  ${pod.name} on ${pod.node || 'no node'}: ${pod.state}${pod.trouble === '' ? '' : `, ${pod.trouble}`}`,
        ),
    ])
  return new CommandFailure(
    [...lines, 'The order stands: see `shoal get pods` and `shoal logs`, or wait longer with --timeout.'].join('\n'),
    EXIT.timeout,
  )
}

import { afterEach, expect, test } from 'vitest'
import { Client } from './client.ts'
import type { CommandFailure } from './failure.ts'
import type { Progress } from './print/progress.ts'
import { failure, SimNode } from './testing/sim-node.ts'
import type { Answers } from './testing/sim-node.ts'
import { waitForRollouts } from './wait.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

const DEPLOYMENT = 'GET /apis/apps/v1/namespaces/default/deployments/web'
const PODS = 'GET /api/v1/namespaces/default/pods'
const REPLICA_SETS = 'GET /apis/apps/v1/namespaces/default/replicasets'

const deployment = (ready: number, more: Record<string, unknown> = {}): unknown => ({
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u1',
    generation: 2,
    annotations: { 'deployment.kubernetes.io/revision': '2' },
  },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } } },
  status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: ready, ...more },
})

const pod = (name: string, status: unknown, hash = 'new'): unknown => ({
  metadata: { name, labels: { 'pod-template-hash': hash } },
  spec: { nodeName: 'amber' },
  status,
})
const list = (...items: readonly unknown[]): { value: unknown } => ({ value: { items } })
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const declined = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', message: 'amber: needs 16Gi, 2Gi free; basil: cordoned' }],
}

const sets = list(
  {
    metadata: {
      name: 'web-old',
      labels: { 'pod-template-hash': 'old' },
      ownerReferences: [{ kind: 'Deployment', uid: 'u1' }],
      annotations: { 'deployment.kubernetes.io/revision': '1' },
    },
  },
  {
    metadata: {
      name: 'web-new',
      labels: { 'pod-template-hash': 'new' },
      ownerReferences: [{ kind: 'Deployment', uid: 'u1' }],
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
  },
)

async function waited(
  answers: Answers,
  times: { timeoutMs?: number; unplacedMs?: number } = {},
): Promise<{ shown: string[]; failure: CommandFailure | undefined }> {
  const node = await SimNode.start({ [REPLICA_SETS]: sets, ...answers })
  nodes.push(node)
  const shown: string[] = []
  const progress: Progress = {
    show: ([rollout]) =>
      shown.push(
        `${rollout?.ready}/${rollout?.wanted} ${rollout?.pods.map((each) => (each.isOld ? 'old' : each.state)).join()}`,
      ),
    end: () => shown.push('end'),
  }
  const client = new Client({ endpoints: [node.endpoint] })
  const waiting = waitForRollouts({
    client,
    workloads: [{ kind: 'Deployment', namespace: 'default', name: 'web' }],
    timeoutMs: 10_000,
    progress,
    ...times,
  })
  return {
    shown,
    failure: await waiting.then(
      () => undefined,
      (error: CommandFailure) => error,
    ),
  }
}

test('[CLI99] what is old counts for no progress, and nobody waits for a paused update', async () => {
  const pods = list(pod('web-1', ready, 'old'), pod('web-2', ready, 'old'), pod('web-3', { phase: 'Pending' }))
  const paused = deployment(2, { replicas: 3, updatedReplicas: 1 }) as { spec: object }
  const { shown, failure: none } = await waited({
    [DEPLOYMENT]: { value: { ...paused, spec: { ...paused.spec, paused: true } } },
    [PODS]: pods,
  })
  expect([none, shown]).toEqual([undefined, ['0/2 old,old,Pending', 'end']])
})

test('[CLI34] it waits until all replicas of the new template are ready and the old are gone', async () => {
  const looks = [
    deployment(1),
    deployment(2, { observedGeneration: 1 }),
    deployment(2, { replicas: 3 }),
    deployment(2, { updatedReplicas: 1 }),
    deployment(2),
  ]
  let look = -1
  const { shown, failure: none } = await waited({
    [DEPLOYMENT]: () => ({ value: looks[Math.min((look += 1), looks.length - 1)] }),
    [PODS]: list(pod('web-1', ready), pod('web-2', ready, 'old')),
  })
  expect(none).toBeUndefined()
  expect(look).toBe(4)
  expect(shown.at(-1)).toBe('end')
  expect(shown[0]).toBe('1/2 Running,old')
})

test('[CLI35] slots that no node takes are exit code 2, with every reason, long before time runs out', async () => {
  const answers = { [DEPLOYMENT]: { value: deployment(1) }, [PODS]: list(pod('web-1', ready), pod('web-2', declined)) }
  const { failure: found, shown } = await waited(answers, { unplacedMs: 200, timeoutMs: 15_000 })
  expect(shown.length).toBeLessThan(10)
  expect(found).toMatchObject({ exitCode: 2 })
  expect(found?.message).toContain('could not place 1 of 2 replicas of web (1 ready): no node takes them')
  expect(found?.message).toContain('  amber: needs 16Gi, 2Gi free; basil: cordoned')
  expect(found?.message).toContain('The order stands')
})

test('[CLI35] a slot that is declined for a moment only is no failure', async () => {
  let look = 0
  const { failure: none } = await waited(
    {
      [DEPLOYMENT]: () => ({ value: deployment((look += 1) < 4 ? 1 : 2) }),
      [PODS]: () => (look < 3 ? list(pod('web-2', declined)) : list(pod('web-2', ready))),
    },
    { unplacedMs: 600 },
  )
  expect(none).toBeUndefined()
})

test('[CLI36] time that runs out is exit code 124, with what is not ready and why', async () => {
  const crashing = {
    phase: 'Running',
    containerStatuses: [{ name: 'web', state: { waiting: { reason: 'CrashLoopBackOff', message: 'exit code 1' } } }],
  }
  const { failure: found } = await waited(
    { [DEPLOYMENT]: { value: deployment(1) }, [PODS]: list(pod('web-1', ready), pod('web-2', crashing)) },
    { timeoutMs: 200 },
  )
  expect(found).toMatchObject({ exitCode: 124 })
  expect(found?.message).toContain('web is not ready after 0.2 s: 1 of 2 replicas are')
  expect(found?.message).toContain('  web-2 on amber: CrashLoopBackOff, exit code 1')
})

test('[CLI36] what is deleted meanwhile is not waited for', async () => {
  const { failure: found } = await waited({
    [DEPLOYMENT]: failure(404, 'NotFound', 'deployments.apps "web" not found'),
  })
  expect(found).toMatchObject({ exitCode: 1, message: 'deployment "web" was deleted while it was awaited' })
})

test('[CLI85] one that the cluster brings back meanwhile fails with the reason; one from before does not', async () => {
  const given = (why: string, ready: number): unknown => {
    const object = deployment(ready) as { metadata: { annotations: Record<string, string> } }
    object.metadata.annotations['shoal.dev/rolled-back'] = why
    return object
  }
  let look = 0
  const { failure: failed } = await waited({
    [DEPLOYMENT]: () => ({ value: given((look += 1) < 3 ? 'an old story' : 'revision 2 missed its deadline', 1) }),
    [PODS]: list(),
  })
  expect(failed).toMatchObject({ message: 'web was rolled back: revision 2 missed its deadline', exitCode: 1 })
  const { failure: none } = await waited({ [DEPLOYMENT]: { value: given('an old story', 2) }, [PODS]: list() })
  expect(none).toBeUndefined()
})

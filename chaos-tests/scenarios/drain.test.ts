import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { podsOf, readyPodsOf, REALISED_MS, STARTED_MS, waitReady } from './facts.ts'
import { DEPLOYMENTS, webDeployment } from './manifests.ts'
import { stage } from './stage.ts'

const PODS = '/api/v1/namespaces/default/pods'
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

function budget(minAvailable: number): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'guard', namespace: 'default' },
    spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
  }
}

const inPodsOn = async (asked: ProcessNode, { name }: ProcessNode) =>
  (await podsOf(asked, 'web')).filter(({ spec }) => spec.nodeName === name)

test('[DRN3, NODE1, API65] a node is drained with a budget that lets nothing go, and takes pods again', async () => {
  const { nodes } = await stage(3)
  const [first, second] = nodes as [ProcessNode, ProcessNode, ProcessNode]
  await first.ok('POST', DEPLOYMENTS, webDeployment({ replicas: 3 }))
  await first.ok('POST', BUDGETS, budget(3))
  await waitReady(nodes, 'web', 3, STARTED_MS)

  // kubectl's way is told that nothing may go, and by which budget.
  const [pod] = await inPodsOn(second, first)
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod!.metadata.name } }
  const answer = await second.api('POST', `${PODS}/${pod!.metadata.name}/eviction`, eviction)
  expect(answer).toMatchObject({ status: 429, body: { message: expect.stringContaining('guard') } })

  let fewest = Infinity
  let isDone = false
  const watching = (async () => {
    while (!isDone) {
      fewest = Math.min(fewest, (await readyPodsOf(second, 'web')).length)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  const said = await run(second, 'drain', first.name, '--timeout', '60s')
  isDone = true
  await watching
  expect(said).toContain(`node/${first.name} drained`)
  expect(await inPodsOn(second, first)).toEqual([])
  expect(fewest).toBeGreaterThanOrEqual(3)
  expect(second.shoal('get', 'nodes')).toContain('Ready,SchedulingDisabled')

  // Deleted pods come back elsewhere, and here only after the cordon.
  const [victim] = await readyPodsOf(second, 'web')
  second.shoal('delete', 'pod', victim!.metadata.name)
  await waitFor('another pod to take its place', stretched(REALISED_MS), async () => {
    const pods = await readyPodsOf(second, 'web')
    return pods.length === 3 && pods.every(({ metadata }) => metadata.uid !== victim!.metadata.uid)
  })
  expect(await inPodsOn(second, first)).toEqual([])
  second.shoal('uncordon', first.name)
  await second.ok('PATCH', `${DEPLOYMENTS}/web`, { spec: { replicas: 5 } }, 'application/merge-patch+json')
  await waitReady(nodes, 'web', 5, STARTED_MS)
  expect((await inPodsOn(second, first)).length).toBeGreaterThan(0)
})

/** The CLI, without holding up what else is looked at. */
async function run(node: ProcessNode, ...words: string[]): Promise<string> {
  const { execFile } = await import('node:child_process')
  const { promisify } = await import('node:util')
  const args = ['dist/shoal.js', ...words, '--node', node.socket]
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'utf8' })
  return stdout
}

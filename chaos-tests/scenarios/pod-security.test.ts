/** What a namespace does not allow and got past admission all the same: no node runs it, and each says why. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor } from '../real/process-cluster.ts'
import { runsBelow } from '../real/runs.ts'
import { boxed, IDLE, on } from './box.ts'
import { CONVERGED_MS, REALISED_MS, STARTED_MS } from './facts.ts'
import { Mallory } from './mallory.ts'
import { NAMESPACES, patch } from './manifests.ts'
import { stage } from './stage.ts'

const ENFORCE = 'pod-security.kubernetes.io/enforce'

/** Sees the processes of its machine, which `baseline` does not allow. */
function prying(name: string, namespace: string): KubeObject {
  const { spec, ...pod } = boxed(name, { script: 'exec busybox sleep 100000' })
  return { ...pod, metadata: { name, namespace }, spec: { ...(spec as object), hostPID: true } }
}

const refusal = (namespace: string): string =>
  `does not run what violates the Pod Security Standard "baseline" of namespace ${namespace}`

test('[PSS4] what runs is left alone when its namespace gets stricter, and not begun again when its machine lost it: its node says why', async () => {
  const { cluster, nodes } = await stage(1)
  const [node] = nodes
  const { directory } = cluster
  const metadata = { name: 'lax', labels: { [ENFORCE]: 'privileged' } }
  await node!.ok('POST', NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata })
  await node!.ok('POST', '/api/v1/namespaces/lax/pods', prying('pry', 'lax'))
  await waitFor('it to run', stretched(STARTED_MS), () => runsBelow(directory).length === 1)
  const before = runsBelow(directory)

  await patch(node!, `${NAMESPACES}/lax`, { metadata: { labels: { [ENFORCE]: null } } })
  const again = await node!.api('POST', '/api/v1/namespaces/lax/pods', prying('more', 'lax'))
  expect(again.status, 'admission').toBe(422)
  await node!.killAgent()
  await node!.restart()
  const isReady = async (): Promise<boolean> =>
    /^pry +1\/1 +Running/m.test((await on(node!, ['get', 'pods', '-n', 'lax'])).stdout)
  await waitFor('its agent to know it again', stretched(REALISED_MS), isReady)
  expect(runsBelow(directory)).toEqual(before)

  // With its containers the machine lost what made it a pod that runs: it would have to be begun.
  await node!.killAll()
  rmSync(join(node!.dataDir, 'processes'), { recursive: true, force: true })
  await node!.restart()
  const reason = `this node ${refusal('lax')}`
  await waitFor('its agent to refuse it', stretched(REALISED_MS), () => node!.logTail(200).includes('claim-refused'))
  expect(node!.logTail(200)).toContain(reason.replaceAll('"', '\\"'))
  await waitFor('the reason on screen', stretched(REALISED_MS), async () => {
    const explained = await on(node!, ['explain', 'pod/pry', '-n', 'lax'])
    const described = await on(node!, ['describe', 'pod/pry', '-n', 'lax'])
    return (
      explained.stdout.includes(`${node!.name}  declined: ${refusal('lax')}`) &&
      described.stdout.includes(`${node!.name} ${refusal('lax')}`)
    )
  })
  expect(runsBelow(directory)).toEqual([])
})

test('[PSS4, CLI107] what a lax member wrote past admission is held by all and run by none, and each node says why', async () => {
  const { cluster, nodes } = await stage(2)
  const mallory = await Mallory.join(nodes)
  onTestFinished(() => mallory.stop())
  const written = { nowMs: Date.now(), by: 'mallory', mode: 'create' } as const
  for (const object of [prying('pry', 'default'), boxed('meek', { script: IDLE })]) {
    const { bytes } = mallory.replica.put(`core/Pod/default/${object.metadata.name}`, object, written)!
    await mallory.envelope(bytes)
  }
  for (const node of nodes) {
    await waitFor(
      `it to reach ${node.name}`,
      stretched(CONVERGED_MS),
      async () => (await node.api('GET', '/api/v1/namespaces/default/pods/pry')).status === 200,
    )
    await waitFor(`the reason on screen by ${node.name}`, stretched(REALISED_MS), async () => {
      const { stdout } = await on(node, ['explain', 'pod/pry'])
      return nodes.every(({ name }) => new RegExp(`${name} +declined: ${refusal('default')}`).test(stdout))
    })
  }
  // What is allowed is run, whoever wrote it.
  await waitFor('the other to run', stretched(STARTED_MS), () => runsBelow(cluster.directory).length > 0)
  expect(runsBelow(cluster.directory).map(({ pod }) => pod)).toEqual(['meek'])
})

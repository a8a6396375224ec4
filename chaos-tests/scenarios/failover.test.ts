import { expect, test } from 'vitest'
import { CONVERGED_MS, readyPodsOf, REALISED_MS, STARTED_MS, waitAgreed, waitReady, waitSettled } from './facts.ts'
import { patience } from '../real/patience.ts'
import { runsBelow } from '../real/runs.ts'
import { deployWeb } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'

const REPLICAS = 6
/** The issue's: from the kill to all replicas ready elsewhere, p99. */
const FAILOVER_MS = 3_000
/** After a death requests through survivors may fail for this long: a pod that just died is found out by asking it. */
const SETTLED_MS = 500

test('[P2, P4, P5, FAIL1, FAIL2] a node dies with its pods: all run elsewhere; it returns from its disk: no slot is held twice', async () => {
  const { cluster, nodes } = await stage(3)
  const { directory } = cluster
  await deployWeb(nodes[0]!, REPLICAS)
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: STARTED_MS, directory })
  const counts = nodes.map((node) => runsBelow(directory).filter((run) => run.node === node.name).length)
  // One that has pods and is not all there is, so that some endpoint is left: the first node wrote the order and goes last.
  const victim = nodes
    .toReversed()
    .find((_, at) => (counts.toReversed()[at] ?? 0) > 0 && (counts.toReversed()[at] ?? 0) < REPLICAS)
  expect(victim, `pods by node: ${counts.join(', ')}: one bid all and the others none`).toBeDefined()
  const survivors = nodes.filter((node) => node !== victim)
  const doors = survivors.map(doorOf)
  const requests = traffic({ targets: doors, perSecond: 40 })
  await requests.flows(doors)

  const killedAtMs = Date.now()
  await victim!.killAll()
  await waitReady(survivors, 'web', REPLICAS, FAILOVER_MS)
  await waitSettled(survivors, { app: 'web', replicas: REPLICAS, withinMs: REALISED_MS, directory })
  expect(runsBelow(directory).every((run) => run.node !== victim!.name)).toBe(true)
  await requests.flows(doors, 5, Date.now())
  const late = requests.failures.filter(({ atMs }) => atMs - killedAtMs > SETTLED_MS * patience())
  expect(late, `of ${requests.outcomes.length} requests`).toEqual([])

  await victim!.restart()
  await waitAgreed(nodes, 3, CONVERGED_MS)
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: REALISED_MS, directory })
  const [one, two, three] = await Promise.all(
    nodes.map(async (node) => (await readyPodsOf(node, 'web')).map(({ metadata }) => metadata.uid).toSorted()),
  )
  expect(two).toEqual(one)
  expect(three).toEqual(one)
})

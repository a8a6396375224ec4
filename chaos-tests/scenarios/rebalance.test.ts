import { expect, test } from 'vitest'
import { patience, stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { eventsOf, readyPodsOf, REALISED_MS, STARTED_MS, waitReady, waitSettled } from './facts.ts'
import { deployWeb } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'

const REPLICAS = 6
const CALM_S = 4
/** Two moves, each after its calm: looks are up to ten seconds apart, a start takes a moment. */
const EVEN_MS = 60_000

test('[REB1, REB7, REB9] a node dies and returns: pods move back to it one by one, and no request is lost', async () => {
  const { cluster, nodes } = await stage(3, { rebalance: `${CALM_S}s` })
  const { directory } = cluster
  await deployWeb(nodes[0]!, REPLICAS)
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: STARTED_MS, directory })

  const [first, , victim] = nodes as [ProcessNode, ProcessNode, ProcessNode]
  const survivors = nodes.filter((node) => node !== victim)
  await victim.killAll()
  await waitSettled(survivors, { app: 'web', replicas: REPLICAS, withinMs: stretched(REALISED_MS), directory })
  expect((await countsOf(first)).get(victim.name)).toBeUndefined()

  await victim.restart()
  const doors = survivors.map(doorOf)
  const requests = traffic({ targets: doors, perSecond: 40 })
  await requests.flows(doors)
  const sinceMs = Date.now()
  const fewest = { ready: Infinity }
  await waitFor('the pods to be spread again', EVEN_MS * patience(), async () => {
    const counts = await countsOf(first)
    fewest.ready = Math.min(fewest.ready, sum(counts.values()))
    return counts.size === 3 && [...counts.values()].every((count) => count === REPLICAS / 3)
  })
  await waitReady(nodes, 'web', REPLICAS, STARTED_MS)
  await requests.flows(doors, 5, Date.now())
  await requests.stop()
  expect(requests.failures.filter(({ atMs }) => atMs >= sinceMs)).toEqual([])
  expect(fewest.ready).toBe(REPLICAS)

  // Its share, and no more; the two that were left may have had theirs evened out too, where one of them was slower.
  const moves = (await eventsOf(victim)).filter(({ reason }) => reason === 'Rebalanced')
  const told = moves.filter(({ message }) => message.includes(` to ${victim.name}: `))
  expect(told).toHaveLength(REPLICAS / 3)
  expect(told[0]!.message).toMatch(new RegExp(`from \\S+ to ${victim.name}: \\S+ has \\d pods of its Deployment`))
  expect(first.shoal('explain', 'web')).toContain(`to even out nodes, from`)
})

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0)

/** Ready pods by node. */
async function countsOf(node: ProcessNode): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { spec } of await readyPodsOf(node, 'web')) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1)
  return counts
}

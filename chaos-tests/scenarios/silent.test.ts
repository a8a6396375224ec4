import { expect, test } from 'vitest'
import { REALISED_MS, STARTED_MS, waitReady, waitSettled } from './facts.ts'
import { patience, stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { runsBelow } from '../real/runs.ts'
import { deployWeb } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'

const REPLICAS = 6
/** The issue's: the same death with the links cut first, so that no closed connection tells of it. */
const SILENT_MS = 5_000
/** Until then a request may be sent to a node that is silent, and not known to be gone. */
const NOTICED_MS = 2_500
/** [DET3] */
const LOST_MS = 10_000

const namesIn = (asked: ProcessNode): string[] => asked.shoal('get', 'nodes', '-o', 'name').match(/(?<=\/)\S+/g) ?? []

test('[P2, SILENT1, SILENT2, DEP1, DEP4] a machine falls silent, then dies: its replicas are ready elsewhere, and requests go through the survivors; it is deleted, and is back when it returns', async () => {
  const { cluster, nodes, lab } = await stage(3, { inLab: true })
  const { directory } = cluster
  await deployWeb(nodes[0]!, REPLICAS)
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: STARTED_MS, directory })
  const victim = nodes.toReversed().find(({ name }) => runsBelow(directory).some(({ node }) => node === name))!
  const survivors = nodes.filter((node) => node !== victim)
  const requests = survivors.map((node) => traffic({ targets: [doorOf(node)], perSecond: 20, from: node.machine! }))
  for (const [at, node] of survivors.entries()) await requests[at]!.flows([doorOf(node)])

  const cutAtMs = Date.now()
  lab!.unplug(victim.machine!)
  await victim.killAll()
  await waitReady(survivors, 'web', REPLICAS, SILENT_MS)
  await waitSettled(survivors, { app: 'web', replicas: REPLICAS, withinMs: REALISED_MS, directory })
  for (const [at, node] of survivors.entries()) await requests[at]!.flows([doorOf(node)], 5, Date.now())
  for (const client of requests) await client.stop()
  const late = requests
    .flatMap(({ failures }) => failures)
    .filter(({ atMs }) => atMs - cutAtMs > NOTICED_MS * patience())
  expect(late).toEqual([])

  const [asked] = survivors as [ProcessNode, ProcessNode]
  await waitFor('the silent machine to be lost, and deleted', stretched(LOST_MS), async () => {
    const { status } = await asked.api('DELETE', `/api/v1/nodes/${victim.name}`)
    return status === 200
  })
  for (const node of survivors) await waitFor('its name to be gone', stretched(REALISED_MS), () => !namesIn(node).includes(victim.name)) // prettier-ignore
  lab!.plug(victim.machine!)
  await victim.restart()
  for (const node of nodes) await waitFor('it to be back', stretched(REALISED_MS), () => namesIn(node).includes(victim.name)) // prettier-ignore
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: REALISED_MS, directory })
})

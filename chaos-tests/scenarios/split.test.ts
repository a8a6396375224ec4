import { expect, test } from 'vitest'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { CONVERGED_MS, eventsOf, REALISED_MS, STARTED_MS, waitAgreed, waitSettled } from './facts.ts'
import { stretched } from '../real/patience.ts'
import { runsBelow } from '../real/runs.ts'
import { DEPLOYMENTS, deployWeb, patch, webDeployment } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'

const REPLICAS = 4

interface Deployment {
  readonly metadata: { readonly uid: string; readonly annotations?: Record<string, string> }
  readonly spec: {
    readonly replicas: number
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
  }
}

const read = (node: ProcessNode, name: string): Promise<Deployment> =>
  node.ok<Deployment>('GET', `${DEPLOYMENTS}/${name}`)

/** Deployments without replicas: what is written to them is all there is of them. */
async function createIdle(via: ProcessNode, name: string): Promise<void> {
  await via.ok('POST', DEPLOYMENTS, webDeployment({ name, replicas: 0 }))
}

test('[P1, P3, P4, P6, P7, P9, SPLIT1] four nodes split two and two: both halves serve and take orders; healed, they are one again and nobody lost a write unheard', async () => {
  const { cluster, nodes, lab } = await stage(4, { inLab: true })
  const { directory } = cluster
  const [amber, basil, cedar, dune] = nodes as [ProcessNode, ProcessNode, ProcessNode, ProcessNode]
  const [left, right] = [
    [amber, basil],
    [cedar, dune],
  ] as const
  const namesOf = (side: readonly ProcessNode[]): string[] => side.map(({ name }) => name)
  await deployWeb(amber, REPLICAS)
  for (const name of ['fields', 'doomed', 'doomed-there']) await createIdle(amber, name)
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: STARTED_MS, directory })
  await waitAgreed(nodes, 4, CONVERGED_MS)

  lab!.split([left.map(({ machine }) => machine!), right.map(({ machine }) => machine!)])
  // P3: each half alone holds the floor. P4: together they hold no more than twice what is wanted.
  const most = { running: 0 }
  const floors = [left, right].map((side) =>
    waitFor(`${REPLICAS} replicas to run on ${namesOf(side).join(' and ')}`, stretched(REALISED_MS), () => {
      const runs = runsBelow(directory)
      most.running = Math.max(most.running, runs.length)
      return runs.filter(({ node }) => namesOf(side).includes(node)).length >= REPLICAS
    }),
  )
  await Promise.all(floors)
  const sides = [left, right].map((side) =>
    waitSettled(side, { app: 'web', replicas: REPLICAS, withinMs: REALISED_MS, directory, on: namesOf(side) }),
  )
  await Promise.all(sides)
  expect(most.running).toBeLessThanOrEqual(2 * REPLICAS)
  for (const node of [amber, cedar]) {
    const requests = traffic({ targets: [doorOf(node)], perSecond: 20, from: node.machine! })
    await requests.flows([doorOf(node)])
    await requests.stop()
  }

  // Orders on both sides.
  await patch(amber, `${DEPLOYMENTS}/fields`, { spec: { minReadySeconds: 1 } })
  await patch(cedar, `${DEPLOYMENTS}/fields`, { spec: { minReadySeconds: 2 } })
  await patch(basil, `${DEPLOYMENTS}/fields`, { metadata: { annotations: { left: 'yes' } } })
  await patch(dune, `${DEPLOYMENTS}/fields`, {
    metadata: { annotations: { right: 'yes' } },
    spec: { revisionHistoryLimit: 7 },
  })
  await createIdle(amber, 'twin')
  await createIdle(dune, 'twin')
  await createIdle(basil, 'only-left')
  await createIdle(cedar, 'only-right')
  await amber.ok('DELETE', `${DEPLOYMENTS}/doomed`)
  await patch(cedar, `${DEPLOYMENTS}/doomed`, { metadata: { annotations: { late: 'edit' } } })
  await patch(basil, `${DEPLOYMENTS}/doomed-there`, { metadata: { annotations: { late: 'edit' } } })
  await dune.ok('DELETE', `${DEPLOYMENTS}/doomed-there`)

  lab!.heal()
  await waitAgreed(nodes, 4, CONVERGED_MS)
  await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: REALISED_MS, directory })

  // P6, P7: the same field has one of the two values, the same everywhere; different fields have both.
  const fields = await Promise.all(nodes.map((node) => read(node, 'fields')))
  for (const { metadata, spec } of fields) {
    expect([1, 2]).toContain(spec.minReadySeconds)
    expect(spec).toMatchObject({ minReadySeconds: fields[0]!.spec.minReadySeconds, revisionHistoryLimit: 7 })
    expect(metadata.annotations).toMatchObject({ left: 'yes', right: 'yes' })
  }
  const conflicts = (await eventsOf(basil)).filter(({ reason }) => reason === 'Conflict')
  expect(conflicts.map(({ involvedObject, message }) => `${involvedObject.name}: ${message}`)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^fields: \/spec\/minReadySeconds/),
      expect.stringMatching(/^doomed: /),
      expect.stringMatching(/^doomed-there: /),
    ]),
  )
  const twins = await Promise.all(nodes.map((node) => read(node, 'twin')))
  expect(new Set(twins.map(({ metadata }) => metadata.uid)).size).toBe(1)
  for (const node of nodes) {
    for (const name of ['only-left', 'only-right'])
      expect((await node.api('GET', `${DEPLOYMENTS}/${name}`)).status).toBe(200)
    // P9
    for (const name of ['doomed', 'doomed-there'])
      expect((await node.api('GET', `${DEPLOYMENTS}/${name}`)).status, `${name} on ${node.name}`).toBe(404)
  }
})

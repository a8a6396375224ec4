/**
 * What a whole node answers to writes that come close together: faults of this kind need its store, its disk and its API.
 *
 * @module
 */
import { expect, test } from 'vitest'
import type { SeenDeployment } from './checkers/objects.ts'
import type { Answer } from './cluster.ts'
import { SimCluster } from './sim/sim-cluster.ts'
import { requestOf, type DeploymentDeed } from './workloads/deeds.ts'

function ask(cluster: SimCluster, machine: string, deed: DeploymentDeed): Promise<Answer> {
  const { method, path, asking } = requestOf(deed)
  return cluster.request(machine, method, path, asking)
}

/** Seed 1031 of the swarm: the answer was read when the disks had it, and the object had been deleted by then. */
test('[API38] a write is answered with the object as it left it, whatever was written since', async () => {
  await new SimCluster({ seed: 1, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    const [machine] = cluster.machines as [string]
    const answers = await Promise.all([
      ask(cluster, machine, { verb: 'create', name: 'web', replicas: 0 }),
      ask(cluster, machine, { verb: 'scale', name: 'web', replicas: 1 }),
      ask(cluster, machine, { verb: 'delete', name: 'web' }),
      ask(cluster, machine, { verb: 'create', name: 'web', replicas: 2 }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 201])
    const [made, scaled, gone, again] = answers.map(({ body }) => body as SeenDeployment & { details: { uid: string } })
    expect([made, scaled, again].map((each) => each?.spec.replicas)).toEqual([0, 1, 2])
    expect(scaled?.metadata.uid).toBe(made?.metadata.uid)
    expect(gone?.details.uid).toBe(made?.metadata.uid)
    expect(again?.metadata.uid).not.toBe(made?.metadata.uid)
  })
})

test('[API39] a delete says as well how many disks have it', async () => {
  await new SimCluster({ seed: 2, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    const [one, other] = cluster.machines as [string, string]
    const durableOf = async (deed: DeploymentDeed): Promise<string | undefined> =>
      (await ask(cluster, one, deed)).headers['shoal-durable']
    expect(await durableOf({ verb: 'create', name: 'web', replicas: 0 })).toBe('2/2')
    expect(await durableOf({ verb: 'delete', name: 'web' })).toBe('2/2')
    expect(await durableOf({ verb: 'create', name: 'web', replicas: 0 })).toBe('2/2')
    await cluster.cutPower(other)
    expect(await durableOf({ verb: 'delete', name: 'web' })).toBe('1/2')
  })
})

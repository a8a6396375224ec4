import { expect, test } from 'vitest'
import { collectReached, type Mark } from '../../crdt/index.ts'
import { componentsOf, FORGED, read } from '../cluster.ts'
import { SimCluster } from './sim-cluster.ts'
import { requestOf } from '../workloads/deeds.ts'

const create = (name: string, replicas: number) => requestOf({ verb: 'create', name, replicas })

async function deploy(cluster: SimCluster, replicas: number): Promise<void> {
  const { method, path, asking } = create('web', replicas)
  const { status } = await cluster.request(cluster.machines[0]!, method, path, asking)
  expect(status).toBe(201)
  await cluster.waitUntil('all run', 30_000, async () => (await cluster.runs()).length === replicas)
}

test('[SIM12] the real node boots, joins by tickets and runs what is asked of it', async () => {
  await new SimCluster({ seed: 1, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    await deploy(cluster, 4)
    const roots = await Promise.all(cluster.machines.map(async (machine) => (await cluster.holding(machine)).heads))
    expect(roots[1]).toEqual(roots[0])
    expect(roots[2]).toEqual(roots[0])
  })
})

test('[SIM12] a killed agent leaves its containers running, a machine without power does not', async () => {
  await new SimCluster({ seed: 2, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    await deploy(cluster, 4)
    const [first, second] = cluster.machines as [string, string]
    const on = async (machine: string): Promise<string[]> =>
      (await cluster.runs()).filter((run) => run.machine === machine).map(({ uid }) => uid)
    const before = await on(second)
    expect(before.length).toBeGreaterThan(0)
    await cluster.killAgent(second)
    await cluster.runFor(3_000)
    expect([cluster.stateOf(second), await on(second)]).toEqual(['agent-down', before])
    await cluster.restart(second)
    await cluster.runFor(3_000)
    expect(await on(second)).toEqual(before)
    await cluster.cutPower(second)
    expect([cluster.stateOf(second), await on(second)]).toEqual(['off', []])
    await cluster.waitUntil('all run on the other', 30_000, async () => (await on(first)).length === 4)
  })
})

test('[LAB30, SIM12] an agent that is told to end leaves its containers, and nobody takes its pods', async () => {
  await new SimCluster({ seed: 2, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    await deploy(cluster, 4)
    const second = cluster.machines[1]!
    const running = async (): Promise<string[]> =>
      (await cluster.runs()).map(({ machine, uid, start }) => `${machine} ${uid} ${start}`).toSorted()
    const before = await running()
    // Also one that stands still hears it, and one that is told twice ends once.
    await cluster.pause(second)
    await Promise.all([cluster.stopAgent(second), cluster.stopAgent(second)])
    await expect(cluster.request(second, 'GET', '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await cluster.killAgent(second)
    await cluster.runFor(2_000)
    expect([cluster.stateOf(second), await running()]).toEqual(['stopped', before])
    await cluster.restart(second)
    await cluster.runFor(3_000)
    expect([cluster.stateOf(second), cluster.startsOf(second), await running()]).toEqual(['up', 2, before])

    // Whoever starts it again need not wait for it, and power ends it as well.
    const stopping = cluster.stopAgent(second)
    await cluster.restart(second)
    await stopping
    expect([cluster.stateOf(second), await running()]).toEqual(['up', before])
    await cluster.stopAgent(second)
    await cluster.cutPower(second)
    expect(cluster.stateOf(second)).toBe('off')
    await cluster.restart(second)
    expect(cluster.stateOf(second)).toBe('up')
    expect(cluster.troubles()).toEqual([])
  })
})

test('[FWD5, LAB30] requests that are under way through a node that is told to end are answered, and later ones elsewhere', async () => {
  // Far apart, so that there always are some.
  await new SimCluster({ seed: 4, machines: 3, weather: { latencyMs: 40 } }).run(async (cluster) => {
    await cluster.boot()
    await deploy(cluster, 3)
    const { method, path, asking } = requestOf({ verb: 'add-service', name: 'web', port: 80, nodePort: 30_080 })
    const [first, second] = cluster.machines as [string, string]
    await cluster.request(first, method, path, asking)
    await cluster.runFor(3_000)
    const outcomes: Promise<string>[] = []
    const visits = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at += 1) {
        outcomes.push(cluster.visit(first, 30_080, 10_000).catch(String))
        await cluster.runFor(5)
      }
    }
    await visits(60)
    const stopping = cluster.stopAgent(second)
    await visits(200)
    await stopping
    await cluster.restart(second)
    await visits(200)
    const failed = (await Promise.all(outcomes)).filter((outcome) => outcome.startsWith('Error'))
    expect(failed).toEqual([])
  })
})

test('[SIM12] parts that cannot reach each other are components, and asking a node that is down is refused', async () => {
  await new SimCluster({ seed: 3, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [one, other, third] = cluster.machines as [string, string, string]
    await cluster.split('f', [[one], [other, third]])
    expect(componentsOf(cluster)).toEqual([[one], [other, third]])
    await cluster.mendNetwork('f')
    expect(componentsOf(cluster)).toEqual([[one, other, third]])
    await cluster.killAgent(third)
    await expect(cluster.request(third, 'GET', '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

test('[SIM8] a machine that stands still says hello to nobody: whoever lost it does not find it before it goes on', async () => {
  await new SimCluster({ seed: 5, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [one, , third] = cluster.machines as [string, string, string]
    const verdict = async (): Promise<string | undefined> => {
      const { peers } = await read<{ peers: { name: string; verdict: string }[] }>(cluster, one, '/shoal/v1/peers')
      return peers.find(({ name }) => name === third)?.verdict
    }
    await cluster.pause(third)
    await cluster.waitUntil('it is lost', 30_000, async () => (await verdict()) === 'lost')
    for (let look = 0; look < 300; look++) {
      await cluster.runFor(100)
      expect(await verdict()).toBe('lost')
    }
    await cluster.resume(third)
    await cluster.waitUntil('it is found', 30_000, async () => (await verdict()) === 'alive')
  })
})

test('[MUT4] a record in the name of another is refused by all who hear it', async () => {
  const marks = new Set<Mark>()
  const cluster = new SimCluster({ seed: 4, machines: 3 })
  await collectReached(
    (mark) => marks.add(mark),
    () =>
      cluster.run(async () => {
        await cluster.boot()
        const [forger, victim, third] = cluster.machines as [string, string, string]
        cluster.more.forge(forger, victim)
        await cluster.runFor(3_000)
        for (const machine of [victim, third])
          expect(JSON.stringify(await read(cluster, machine, '/api/v1/nodes'))).not.toContain(FORGED)
      }),
  )
  expect(marks).toContain('forged-envelope-refused')
})

test('[SIM9] power fails amid an append where it is to, and the node starts from what is left', async () => {
  await new SimCluster({ seed: 5, machines: 1 }).run(async (cluster) => {
    await cluster.boot()
    const [machine] = cluster.machines as [string]
    cluster.more.cutPowerAt('f', machine, 'append')
    const { method, path, asking } = create('web', 1)
    await expect(cluster.request(machine, method, path, { ...asking, timeoutMs: 1_000 })).rejects.toThrow(
      'did not answer',
    )
    expect(cluster.stateOf(machine)).toBe('off')
    await cluster.restart(machine)
    await deploy(cluster, 1)
  })
})

import { expect, test } from 'vitest'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { CONVERGED_MS, podsOf, STARTED_MS, waitAgreed, waitSettled } from './facts.ts'
import { stretched } from '../real/patience.ts'
import { runsBelow, type Run } from '../real/runs.ts'
import { deployWeb, namespaceNamed, NAMESPACES } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'

const REPLICAS = 4
const KILLS = Number(process.env['SHOAL_AGENT_KILLS'] ?? 10)
/** A kill and a return take 1.5 s on a machine at rest. */
const MS_MAX = 60_000 + KILLS * 6_000
/** The issue's: adopted on return. */
const ADOPTED_MS = 2_000

/** Creates objects as fast as they are acknowledged, now here, now there; a node that is away refuses by not answering. */
class Writer {
  readonly acked: string[] = []
  readonly #nodes: readonly ProcessNode[]
  #isOn = true
  readonly #ended: Promise<void>

  constructor(nodes: readonly ProcessNode[]) {
    this.#nodes = nodes
    this.#ended = this.#write()
  }

  async #write(): Promise<void> {
    let number = 0
    while (this.#isOn) {
      number += 1
      const node = this.#nodes[number % this.#nodes.length]!
      const name = `acked-${number}`
      const answer = await node.api('POST', NAMESPACES, namespaceNamed(name)).catch(() => undefined)
      if (answer?.status === 201) this.acked.push(name)
      // Ten a second: a load, not a flood.
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async stop(): Promise<readonly string[]> {
    this.#isOn = false
    await this.#ended
    return this.acked
  }
}

test(
  `[P5, P6, P11, ADOPT1, ADOPT2] kill -9 of the agent alone, ${KILLS} times under load: its pods serve on, untouched, and are adopted; no acked write is lost`,
  async () => {
    const { cluster, nodes } = await stage(3)
    const { directory } = cluster
    await deployWeb(nodes[0]!, REPLICAS)
    await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: STARTED_MS, directory })
    const before = runsBelow(directory)
    const victim = nodes.toReversed().find(({ name }) => before.some(({ node }) => node === name))!
    const others = nodes.filter((node) => node !== victim)
    const doors = others.map(doorOf)
    const requests = traffic({ targets: doors, perSecond: 20 })
    await requests.flows(doors)
    const writer = new Writer(nodes)
    const adoptedMs: number[] = []

    for (let kill = 0; kill < KILLS; kill += 1) {
      await victim.killAgent()
      const sinceMs = Date.now()
      await requests.flows(doors, 2, sinceMs)
      expect(sameRuns(runsBelow(directory), before), `after kill ${kill + 1}`).toBe(true)
      await victim.restart()
      adoptedMs.push(
        await waitFor('its pods to be ready again as it says itself', stretched(ADOPTED_MS), () =>
          areAdopted(victim, before),
        ),
      )
      // An agent that dies again before anybody heard of it was away for the whole time, and its slots are open after 30 s.
      await cluster.waitAllSeeAll()
    }

    const acked = await writer.stop()
    await requests.stop()
    expect(acked.length).toBeGreaterThan(KILLS)
    expect(requests.failures, `of ${requests.outcomes.length} requests`).toEqual([])
    await waitAgreed(nodes, 3, CONVERGED_MS)
    for (const node of nodes) {
      const { items } = await node.ok<{ items: { metadata: { name: string } }[] }>('GET', NAMESPACES)
      const there = new Set(items.map(({ metadata }) => metadata.name))
      expect(
        acked.filter((name) => !there.has(name)),
        `acked writes that ${node.name} lost`,
      ).toEqual([])
    }
    const pods = await podsOf(nodes[0]!, 'web')
    expect(pods.map(({ metadata }) => metadata.uid).toSorted(), 'nothing was bid for again').toEqual(
      before.map(({ uid }) => uid).toSorted(),
    )
    expect(pods.map(({ status }) => status.containerStatuses?.[0]?.restartCount)).toEqual(pods.map(() => 0))
    expect(runsBelow(directory)).toEqual(before)
  },
  MS_MAX,
)

test('[LAB30] an agent that does not end when it is told to is killed, and that is a fault', async () => {
  const { nodes } = await stage(1)
  const [node] = nodes
  process.kill(node!.pid, 'SIGSTOP')
  await expect(node!.stopAgent(500)).rejects.toThrow('amber did not end within 500 ms of SIGTERM')
  expect(node!.isRunning).toBe(false)
  await node!.restart()
  await node!.stopAgent(stretched(10_000))
  expect(node!.isRunning).toBe(false)
})

function sameRuns(now: readonly Run[], before: readonly Run[]): boolean {
  return JSON.stringify(now) === JSON.stringify(before)
}

async function areAdopted(node: ProcessNode, runs: readonly Run[]): Promise<boolean> {
  const own = runs.filter((run) => run.node === node.name)
  const pods = await podsOf(node, 'web').catch(() => [])
  return own.every(({ uid }) => {
    const pod = pods.find(({ metadata }) => metadata.uid === uid)
    return pod?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  })
}

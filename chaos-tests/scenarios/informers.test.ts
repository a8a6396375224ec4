import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { CONFIG_MAPS, drawDeed, made, type Deed } from '../informers/churn.ts'
import { Flipper } from '../informers/flipper.ts'
import { differences, keyOf, Reflector } from '../informers/reflector.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { Stream } from '../sim/random.ts'
import { stage } from './stage.ts'

const NAMES = 2_000
/** On each node at once. */
const WRITERS = 2
const CHURN_MS = 12_000

test('[LOAD1] informers end whole whichever node they are moved to, nodes killed, thousands of objects changed', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const { nodes } = await stage(3)
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const fillMs = performance.now()
  await fill(nodes, agent)
  console.log('filled', performance.now() - fillMs)
  const kinds = ['list', 'watch-list', 'list', 'watch-list'] as const
  const informers = await Promise.all(
    kinds.map(async (begins, index) => {
      const way = await Flipper.start(nodes[index % nodes.length]!.socket)
      onTestFinished(() => way.stop())
      const reflector = new Reflector({ way, path: CONFIG_MAPS, begins, pageSize: 250 })
      onTestFinished(() => reflector.stop())
      void reflector.run()
      return { way, reflector, dice: new Stream(seed, `informer-${index}`) }
    }),
  )
  const isOver = after(CHURN_MS)
  const turning = informers.map(async ({ way, dice }) => {
    while (!isOver()) {
      await delay(dice.between(100, 900))
      way.turn(dice.pick(nodes).socket, { cuts: dice.chance(0.7) })
    }
  })
  let done = 0
  const writing = nodes.flatMap((node, at) =>
    Array.from({ length: WRITERS }, async (_, writer) => {
      const dice = new Stream(seed, `writer-${at}-${writer}`)
      while (!isOver()) {
        if (await carryOut(node, drawDeed(dice, NAMES), agent)) done += 1
        // Nodes that have all they can do with writes would start anew for longer than this test has.
        await delay(dice.between(0, 50))
      }
    }),
  )
  const deaths = await killing(nodes, new Stream(seed, 'killing'), isOver)
  await Promise.all([...turning, ...writing])
  // They are left where they are, whether they know of it or not: nobody cuts what is open.
  const truth = await settled(nodes)
  for (const { reflector } of informers) {
    const wrong = (): readonly string[] => differences(reflector.cache, truth)
    await waitFor('the informer to have caught up', stretched(15_000), () => wrong().length === 0).catch(() => {})
    expect(wrong(), JSON.stringify(reflector.counts)).toEqual([])
  }
  const sum = (name: keyof Reflector['counts']): number =>
    informers.reduce((total, { reflector }) => total + reflector.counts[name], 0)
  const counts = Object.fromEntries(
    Object.keys(informers[0]!.reflector.counts).map((name) => [name, sum(name as never)]),
  )
  console.log(`${truth.size} objects, ${done} writes, ${deaths} deaths; ${JSON.stringify(counts)}`)
  // All ways were gone.
  expect(truth.size).toBeGreaterThan(1_000)
  expect(deaths).toBeGreaterThan(1)
  for (const name of ['lists', 'pages', 'resumed', 'expired', 'broken'] as const)
    expect(sum(name), name).toBeGreaterThan(2)
})

function after(ms: number): () => boolean {
  const untilMs = performance.now() + ms
  return () => performance.now() > untilMs
}

/** So many objects at once that there is more than one page of them from the beginning. */
async function fill(nodes: readonly ProcessNode[], agent: Agent): Promise<void> {
  const names = Array.from({ length: NAMES }, (_, at) => `churn-${at}`)
  const lanes = Array.from({ length: 48 }, (_, lane) => names.filter((_name, at) => at % 48 === lane))
  await Promise.all(
    lanes.map(async (lane, index) => {
      for (const name of lane) await carryOut(nodes[index % nodes.length]!, made(name, 'first'), agent)
    }),
  )
}

/** One after the other, and never two at once. */
async function killing(nodes: readonly ProcessNode[], dice: Stream, isOver: () => boolean): Promise<number> {
  let deaths = 0
  while (!isOver()) {
    await delay(dice.between(500, 1_500))
    const node = dice.pick(nodes)
    await node.killAgent()
    await delay(dice.between(0, 1_000))
    await node.restart()
    deaths += 1
  }
  return deaths
}

/** What all nodes say, once they say the same. */
async function settled(nodes: readonly ProcessNode[]): Promise<ReadonlyMap<string, KubeObject>> {
  const rootOf = async (node: ProcessNode): Promise<string> => {
    const { heads } = await node.ok<{ heads: Readonly<Record<string, string>> }>('GET', '/shoal/v1/digest')
    return JSON.stringify(Object.entries(heads).toSorted())
  }
  await waitFor('all nodes to have the same', stretched(20_000), async () => {
    const roots = await Promise.all(nodes.map(rootOf))
    return new Set(roots).size === 1
  })
  const { items } = await nodes[0]!.ok<{ items: KubeObject[] }>('GET', CONFIG_MAPS)
  return new Map(items.map((object) => [keyOf(object), object]))
}

/** Whether it was taken. Who is away, or does not have it, is no matter here. */
function carryOut({ socket }: ProcessNode, { method, path, body, contentType }: Deed, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': contentType ?? 'application/json',
      'shoal-user': `writer-${Math.floor(Math.random() * 100)}`,
    }
    const outgoing = request({ socketPath: socket, method, path, agent, headers }, (incoming) => {
      incoming.resume()
      incoming.once('close', () => resolve((incoming.statusCode ?? 500) < 300))
      incoming.on('error', () => {})
    })
    outgoing.on('error', () => void delay(20).then(() => resolve(false)))
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

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
/** On a quiet machine it takes half a minute. */
const TEST_MS_MAX = 300_000
const FILLERS = 16
/** On each node at once. */
const WRITERS = 2
const CHURN_MS = 10_000
/** However long that takes a machine that others use too. */
const DEATHS_MIN = 2

interface Informer {
  readonly way: Flipper
  readonly reflector: Reflector
  readonly dice: Stream
}

test(
  '[LOAD1] informers end whole whichever node they are moved to, nodes killed, thousands of objects changed',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    // Filled alone, and joined then: each write is work for every node there is.
    const { cluster, nodes } = await stage(1)
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    await fill(nodes[0]!, agent)
    await Promise.all([cluster.addNode(nodes[0]), cluster.addNode(nodes[0])])
    await settled(nodes)
    const informers = await begin(nodes, seed)
    let [deaths, done] = [0, 0]
    const untilMs = performance.now() + CHURN_MS
    const isOver = (): boolean => performance.now() > untilMs && deaths >= DEATHS_MIN
    const turning = informers.map(async ({ way, dice }) => {
      while (!isOver()) {
        await delay(dice.between(100, 900))
        way.turn(dice.pick(nodes).socket, { cuts: dice.chance(0.7) })
      }
    })
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
    const dice = new Stream(seed, 'killing')
    while (!isOver()) {
      await delay(dice.between(500, 1_500))
      const node = dice.pick(nodes)
      await node.killAgent()
      await delay(dice.between(0, 1_000))
      await node.restart()
      deaths += 1
    }
    await Promise.all([...turning, ...writing])
    // They are left where they are, whether they know of it or not: nobody cuts what is open.
    const truth = await settled(nodes)
    const sum = (name: keyof Reflector['counts']): number =>
      informers.reduce((total, { reflector }) => total + reflector.counts[name], 0)
    const story = (): string =>
      `seed ${seed}, ${truth.size} objects, ${done} writes, ${deaths} deaths; ${JSON.stringify(informers.map(({ reflector }) => reflector.counts))}`
    for (const { reflector } of informers) {
      const wrong = (): readonly string[] => differences(reflector.cache, truth)
      await waitFor('the informer to have caught up', stretched(15_000), () => wrong().length === 0).catch(() => {})
      expect(wrong(), story()).toEqual([])
    }
    // Each way there is was gone.
    expect(truth.size, story()).toBeGreaterThan(NAMES / 2)
    for (const name of ['lists', 'pages', 'resumed', 'expired', 'broken'] as const)
      expect(sum(name), `${name}: ${story()}`).toBeGreaterThan(0)
    console.log(story())
  },
  TEST_MS_MAX,
)

async function begin(nodes: readonly ProcessNode[], seed: number): Promise<readonly Informer[]> {
  const kinds = ['list', 'watch-list', 'list', 'watch-list'] as const
  return Promise.all(
    kinds.map(async (begins, index) => {
      const way = await Flipper.start(nodes[index % nodes.length]!.socket)
      onTestFinished(() => way.stop())
      const reflector = new Reflector({ way, path: CONFIG_MAPS, begins, pageSize: 250 })
      onTestFinished(() => reflector.stop())
      void reflector.run()
      return { way, reflector, dice: new Stream(seed, `informer-${index}`) }
    }),
  )
}

/** So many objects that there are several pages of them from the beginning. */
async function fill(node: ProcessNode, agent: Agent): Promise<void> {
  const lanes = Array.from({ length: FILLERS }, async (_, lane) => {
    for (let at = lane; at < NAMES; at += FILLERS)
      if (!(await carryOut(node, made(`churn-${at}`, 'first'), agent))) throw new Error(`churn-${at} was refused`)
  })
  await Promise.all(lanes)
}

/** What all nodes say, once they say the same. */
async function settled(nodes: readonly ProcessNode[]): Promise<ReadonlyMap<string, KubeObject>> {
  const headsOf = async (node: ProcessNode): Promise<string> => {
    const { heads } = await node.ok<{ heads: Readonly<Record<string, string>> }>('GET', '/shoal/v1/digest')
    return Object.entries(heads)
      .map(([key, head]) => `${key} ${head}`)
      .toSorted()
      .join()
  }
  await waitFor('all nodes to have the same', stretched(20_000), async () => {
    const heads = await Promise.all(nodes.map(headsOf))
    return new Set(heads).size === 1
  })
  const { items } = await nodes[0]!.ok<{ items: KubeObject[] }>('GET', CONFIG_MAPS)
  return new Map(items.map((object) => [keyOf(object), object]))
}

/** Whether it was taken. Who is away, or does not have it, is no matter to who churns. */
function carryOut({ socket }: ProcessNode, { method, path, body, contentType }: Deed, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const user = `writer-${Math.floor(Math.random() * 100)}`
    const headers = { 'content-type': contentType ?? 'application/json', 'shoal-user': user }
    const outgoing = request({ socketPath: socket, method, path, agent, headers }, (incoming) => {
      incoming.resume()
      incoming.once('close', () => resolve((incoming.statusCode ?? 500) < 300))
      incoming.on('error', () => {})
    })
    outgoing.on('error', () => void delay(20).then(() => resolve(false)))
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

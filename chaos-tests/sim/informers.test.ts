import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { read } from '../cluster.ts'
import { CONFIG_MAPS, drawDeed } from '../informers/churn.ts'
import { differences, keyOf, Reflector } from '../informers/reflector.ts'
import { SimWay } from '../informers/sim-way.ts'
import { Stream } from './random.ts'
import { SimCluster } from './sim-cluster.ts'

/** So many that few of the changes at a turn are covered up by later ones. */
const NAMES = 250
const CHURN_MS = 8_000

test.each([1, 2, 3])(
  '[LOAD1] informers end whole whichever simulated node they are moved to, seed %i',
  async (seed) => {
    await new SimCluster({ seed, machines: 3 }).run(async (cluster) => {
      await cluster.boot()
      const { machines } = cluster
      const informers = (['list', 'watch-list', 'list'] as const).map((begins, index) => {
        const way = new SimWay(cluster, machines[index]!)
        const reflector = new Reflector({ way, path: CONFIG_MAPS, begins, pageSize: 10 })
        return { way, reflector, dice: new Stream(seed, `informer-${index}`), run: reflector.run() }
      })
      const untilMs = cluster.nowMs() + CHURN_MS
      const isOver = (): boolean => cluster.nowMs() > untilMs
      const turning = informers.map(async ({ way, dice }) => {
        while (!isOver()) {
          await cluster.runFor(dice.between(50, 1_500))
          way.turn(dice.pick(machines), { cuts: dice.chance(0.7) })
        }
      })
      const writing = machines.map(async (machine) => {
        const dice = new Stream(seed, `writer-${machine}`)
        while (!isOver()) {
          const { method, path, ...asking } = drawDeed(dice, NAMES)
          await cluster.request(machine, method, path, asking).catch(() => {})
          await cluster.runFor(dice.between(1, 150))
        }
      })
      const dice = new Stream(seed, 'killing')
      while (!isOver()) {
        await cluster.runFor(dice.between(500, 1_500))
        const machine = dice.pick(machines)
        await cluster.killAgent(machine)
        await cluster.runFor(dice.between(0, 1_000))
        await cluster.restart(machine)
      }
      await Promise.all([...turning, ...writing])
      await cluster.waitUntil('all to have the same', 30_000, async () => {
        const holdings = await Promise.all(machines.map((machine) => cluster.holding(machine)))
        const all = holdings.map(({ heads }) => Object.entries(heads).map(([key, head]) => `${key} ${head}`))
        return new Set(all.map((each) => each.toSorted().join())).size === 1
      })
      await cluster.runFor(5_000)
      const { items } = await read<{ items: KubeObject[] }>(cluster, machines[0]!, CONFIG_MAPS)
      const truth = new Map(items.map((object) => [keyOf(object), object]))
      for (const { reflector } of informers) {
        expect(differences(reflector.cache, truth), JSON.stringify(reflector.counts)).toEqual([])
        expect(reflector.counts).toMatchObject({ expired: expect.any(Number) })
        reflector.stop()
      }
      for (const { way } of informers) way.turn(machines[0]!, { cuts: true })
      await Promise.all(informers.map(({ run }) => run))
    })
  },
)

import { expect, test } from 'vitest'
import { requestOf } from '../workloads/deeds.ts'
import { Life } from './life.ts'
import { SimCluster } from './sim-cluster.ts'
import { SimTime } from './sim-time.ts'

test('[SIM19] what a starved process has to do is done in turn, and at once when it is fed again', async () => {
  const time = new SimTime()
  const life = new Life(time)
  const done: [what: number, atMs: number][] = []
  const doing = (what: number) => (): void => void done.push([what, time.nowMs])
  life.starve(100)
  for (const what of [0, 1, 2]) life.enter(doing(what))
  life.timers.after(150, doing(3))
  await time.runUntil(350)
  expect(done).toEqual([
    [0, 0],
    [1, 100],
    [2, 200],
    [3, 300],
  ])
  for (const what of [4, 5]) life.enter(doing(what))
  life.pause()
  await time.runUntil(1_000)
  life.resume()
  life.enter(doing(6))
  await time.runUntil(1_050)
  expect(done.slice(4).map(([what]) => what)).toEqual([4])
  life.starve(0)
  await time.runUntil(1_150)
  expect(done.slice(4).map(([what]) => what)).toEqual([4, 5, 6])
})

test('[DET7, SIM19] an agent with a fiftieth of a core is late, and missed by nobody; nor is anybody by it', async () => {
  await new SimCluster({ seed: 3, machines: 7 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string]
    const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: 14 })
    await cluster.request(amber, method, path, asking)
    cluster.more.starve('f', basil, 0.02)
    expect([cluster.isStarved(basil), cluster.isSound(basil)]).toEqual([true, true])
    expect([cluster.reaches(amber, basil), cluster.isCut(amber, basil)]).toEqual([false, false])
    const lateMs: number[] = []
    for (let look = 0; look < 100; look++) {
      await cluster.runFor(300)
      const askedMs = cluster.nowMs()
      await cluster.request(basil, 'GET', '/api/v1/nodes')
      lateMs.push(cluster.nowMs() - askedMs)
      const verdicts = [...cluster.views().values()].flatMap((view) => view.nodes().map(({ verdict }) => verdict))
      expect([...new Set(verdicts)]).toEqual(['alive'])
    }
    expect(Math.max(...lateMs)).toBeGreaterThan(20)
    cluster.more.mend('f')
    expect([cluster.isStarved(basil), cluster.reaches(amber, basil)]).toEqual([false, true])
    const runs = await cluster.runs()
    expect(runs.length).toBe(14)
  })
})

import { expect, test } from 'vitest'
import type { ContainerUsage, Runtime } from '../runtime/runtime.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { Meter, usageBetween } from './meter.ts'

const counted = (cpuMs: number, change: Partial<ContainerUsage> = {}): ContainerUsage => ({
  uid: 'u1',
  container: 'web',
  id: 'u1/web/0',
  cpuMs,
  memoryBytes: 64 * 2 ** 20,
  ...change,
})

const between = (before: readonly ContainerUsage[], now: readonly ContainerUsage[]) =>
  usageBetween({ atMs: 1_000, containers: before }, { atMs: 3_000, containers: now })

test('[MTR1] a rate is the difference of two counts over the time between them', () => {
  expect(between([counted(500)], [counted(1_500)])).toEqual({ overMs: 2_000, pods: { u1: { web: [500, 65_536] } } })
})

test.each([
  ['was not there', [], [counted(1_500)]],
  ['began anew', [counted(500)], [counted(10, { id: 'u1/web/1' })]],
  ['has ended', [counted(500)], []],
])('[MTR1] a container that %s has none', (_, before, now) => {
  expect(between(before, now).pods).toEqual({})
})

test('[MTR1] a count that went back is a rate of nothing; containers of a pod are told apart', () => {
  const side = { container: 'side', id: 'u1/side/0', memoryBytes: 0 }
  expect(between([counted(500), counted(0, side)], [counted(400), counted(20, side)]).pods).toEqual({
    u1: { web: [0, 65_536], side: [10, 0] },
  })
})

test('[MTR1] no more containers are told of than a record holds', () => {
  const many = Array.from({ length: 600 }, (_, index) => counted(0, { uid: `u${index}`, id: `${index}` }))
  expect(Object.keys(between(many, many).pods)).toHaveLength(500)
})

function rig() {
  const time = new VirtualTime({ startMs: 0 })
  let counts = 0
  const usage: Runtime['usage'] = async () => {
    counts += 1
    return [counted(time.clock.mono() / 4)]
  }
  const dead: Runtime['usage'] = () => Promise.reject(new Error('no engine'))
  const runtimes = [{ usage }, { usage: dead }] as unknown as readonly Runtime[]
  const pods = ['u1']
  const meter = new Meter({ clock: time.clock, timers: time.timers, runtimes, running: () => pods })
  return { time, meter, pods, counts: () => counts }
}

test('[TOP2] a node that measured nothing looks for a moment, once for all who ask', async () => {
  const { time, meter, counts } = rig()
  const asked = Promise.all([meter.look(), meter.look()])
  await time.advanceAndSettle(600)
  const [one, other] = await asked
  expect(one).toEqual({ overMs: 500, pods: { u1: { web: [250, 65_536] } } })
  expect(other).toBe(one)
  expect(counts()).toBe(2)
})

test('[TOP2] what was measured in the last 20 s is told again, and no later', async () => {
  const { time, meter, counts } = rig()
  await meter.measure()
  await time.advanceAndSettle(15_000)
  const measured = await meter.measure()
  await time.advanceAndSettle(19_000)
  expect(await meter.look()).toBe(measured)
  await time.advanceAndSettle(2_000)
  const asked = meter.look()
  await time.advanceAndSettle(600)
  expect(await asked).toMatchObject({ overMs: 500 })
  expect(counts()).toBe(4)
})

test('[TOP2] a pod that has come since is looked for, once where nothing can be said of it', async () => {
  const { time, meter, pods, counts } = rig()
  await meter.measure()
  await time.advanceAndSettle(15_000)
  const measured = await meter.measure()
  pods.push('silent')
  const asked = meter.look()
  await time.advanceAndSettle(600)
  expect(await asked).toMatchObject({ overMs: 500 })
  expect(counts()).toBe(4)
  expect(await meter.look()).toBe(await asked)
  expect(await meter.look()).not.toBe(measured)
  expect(counts()).toBe(4)
})

test('[TOP2] who looks takes nothing from what the autoscaler measures', async () => {
  const { time, meter } = rig()
  await meter.measure()
  await time.advanceAndSettle(30_000)
  const asked = meter.look()
  await time.advanceAndSettle(600)
  await asked
  expect(await meter.measure()).toMatchObject({ overMs: 30_600 })
})

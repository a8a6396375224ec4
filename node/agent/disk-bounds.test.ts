import { expect, test } from 'vitest'
import { diskBounds, overfull } from './disk-bounds.ts'
import { AgentRig } from './testing.ts'
import type { PodTemplate } from './template.ts'

const MIB = 2 ** 20
const template = (emptyDir: object): PodTemplate => ({
  spec: { containers: [{ name: 'web', image: 'web' }], volumes: [{ name: 'scratch', emptyDir }] },
})
const BOUNDED = template({ sizeLimit: '10Mi' })

test.each([
  ['a limit', { sizeLimit: '10Mi' }, [{ volume: 'scratch', bytes: 10 * MIB }]],
  ['no limit', {}, []],
  ['memory, which has its own', { medium: 'Memory', sizeLimit: '10Mi' }, []],
])('[VOL7] bounds: %s', (_case, emptyDir, bounds) => {
  expect(diskBounds(template(emptyDir))).toEqual(bounds)
})

test('[VOL7] what holds as much as it may is left alone, what holds more is named', () => {
  const holding = (bytes: number) => overfull(diskBounds(BOUNDED), new Map([['scratch', bytes]]))
  expect(holding(10 * MIB)).toBeUndefined()
  expect(holding(12 * MIB)).toBe('emptyDir scratch holds 12Mi, its sizeLimit is 10Mi')
})

test('[VOL7] a pod that fills its disk is out of the routes, then stopped, and has failed for good', async () => {
  const rig = await AgentRig.booted({ template: BOUNDED })
  const uid = await rig.runOne()
  await rig.advance(30_000)
  expect(rig.fact(uid).ready).toBe(true)
  rig.runtime.filled.set(`${uid}/scratch`, 12 * MIB)
  await rig.until(() => !rig.fact(uid).ready, 15_000)
  expect(rig.runtime.pod(uid)?.containers[0]?.run.state).toBe('running')
  await rig.until(() => rig.fact(uid).phase === 'Failed', 1_000)
  expect(rig.fact(uid)).toMatchObject({ reason: 'Evicted', message: expect.stringContaining('holds 12Mi') })
  expect(rig.failures).toMatchObject([{ uid, code: 'evicted', refused: false }])
  const starts = (): number => rig.runtime.calls.filter((call) => /^(start|recreate)/.test(call)).length
  const before = starts()
  rig.kill()
  await rig.start()
  await rig.advance(60_000)
  expect(starts()).toBe(before)
  expect(rig.fact(uid)).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
})

test('[VOL7] what cannot be measured is not held against it', async () => {
  const rig = await AgentRig.booted({ template: BOUNDED })
  const uid = await rig.runOne()
  rig.runtime.filled.set(`${uid}/scratch`, 12 * MIB)
  rig.runtime.delay('sizes', 25_000)
  await rig.advance(20_000)
  expect(rig.fact(uid).ready).toBe(true)
})

test('[VOL7] nobody measures a pod that has no bound', async () => {
  const rig = await AgentRig.booted({ template: template({}) })
  await rig.runOne()
  await rig.advance(60_000)
  expect(rig.runtime.calls.filter((call) => call.startsWith('sizes'))).toEqual([])
})

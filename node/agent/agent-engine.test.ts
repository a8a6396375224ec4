import { expect, test } from 'vitest'
import { AgentRig } from './testing.ts'

test('[ENG1] an engine that answers is told with its version and images', async () => {
  const rig = await AgentRig.booted()
  rig.runtime.images.set('nginx:1.27', {})
  await rig.advance(3_000)
  expect(rig.health.at(-1)).toEqual({ runtime: 'docker', ok: true, version: 'sim', images: ['nginx:1.27'] })
})

test('[ENG1] one that refuses is told within 2.5 s, and again when it answers', async () => {
  const rig = await AgentRig.booted()
  rig.runtime.break('cannot connect to /var/run/docker.sock')
  await rig.advance(2_500)
  expect(rig.health.at(-1)).toEqual({ runtime: 'docker', ok: false, reason: 'cannot connect to /var/run/docker.sock' })
  rig.runtime.mend()
  await rig.advance(2_500)
  expect(rig.health.at(-1)).toMatchObject({ ok: true })
})

test('[ENG8] one that stays away is written to the log once, and again when it went away anew', async () => {
  const rig = await AgentRig.booted()
  const lines = () => rig.notes.filter(({ what }) => what === 'runtime-not-listed').length
  rig.runtime.break('no engine answers')
  await rig.advance(60_000)
  expect(lines()).toBe(1)
  rig.runtime.mend()
  await rig.advance(15_000)
  rig.runtime.break('no engine answers')
  await rig.advance(60_000)
  expect(lines()).toBe(2)
})

test('[ENG1] one that hangs is told within 5 s', async () => {
  const rig = await AgentRig.booted()
  rig.runtime.hang()
  await rig.advance(5_000)
  expect(rig.health.at(-1)).toMatchObject({ ok: false, reason: "the docker runtime did not answer 'check' for 2.5 s" })
})

test('[ENG2] trouble on the event stream is looked into at once', async () => {
  const rig = await AgentRig.booted()
  rig.runtime.break('gone')
  rig.tell({ type: 'runtime-trouble', runtime: 'docker', reason: 'the event stream ended' })
  await rig.advance(20)
  expect(rig.health.at(-1)).toMatchObject({ ok: false, reason: 'gone' })
})

test('[ENG3] its pods keep their state for 10 s, then they are not ready, with the reason', async () => {
  const rig = await AgentRig.booted()
  const uid = await rig.runOne()
  const before = rig.fact(uid)
  rig.runtime.hang()
  await rig.advance(9_000)
  expect(rig.fact(uid)).toEqual(before)
  await rig.advance(6_000)
  expect(rig.fact(uid)).toMatchObject({ ready: false, phase: 'Running', reason: 'RuntimeUnavailable' })
  expect(rig.fact(uid).message).toMatch(/did not answer/)
})

test('[ENG4] when it answers again they are as they were, and nothing is doubled', async () => {
  const rig = await AgentRig.booted()
  const uids = [await rig.runOne(), await rig.runOne()]
  rig.runtime.hang()
  const late = rig.claim()
  await rig.advance(30_000)
  rig.runtime.resume()
  await rig.until(() => [...uids, late].every((uid) => rig.fact(uid).ready), 15_000)
  await rig.advance(60_000)
  expect(new Set(rig.runtime.uids)).toEqual(new Set([...uids, late]))
  expect([...uids, late].map((uid) => rig.fact(uid).containers[0]?.restarts)).toEqual([0, 0, 0])
  expect(rig.failures).toEqual([])
})

test('[ENG4] what died meanwhile is back within 1 s of its return', async () => {
  const rig = await AgentRig.booted()
  const uid = await rig.runOne()
  rig.runtime.break('restarting')
  rig.runtime.kill(uid, 'web')
  await rig.advance(20_000)
  expect(rig.fact(uid).ready).toBe(false)
  rig.runtime.mend()
  await rig.until(() => rig.health.at(-1)?.ok === true)
  expect(await rig.until(() => rig.fact(uid).ready)).toBeLessThan(1_000)
})

test('[ENG4] what was asked and is never answered is asked again on its return', async () => {
  const rig = await AgentRig.booted()
  rig.runtime.delay('create', 100)
  const uid = rig.claim()
  await rig.advance(50)
  rig.runtime.hang()
  await rig.advance(20_000)
  rig.runtime.resume({ answersLost: true })
  await rig.until(() => rig.fact(uid).ready, 30_000)
})

test('[ENG9] what it is starting when it answers again is not started twice', async () => {
  const rig = await AgentRig.booted()
  const uid = await rig.runOne()
  rig.runtime.break('restarting')
  await rig.until(() => rig.health.at(-1)?.ok === false)
  rig.runtime.mend() // the agent hears of it at its next check
  rig.runtime.delay('start', 4_000)
  rig.runtime.kill(uid, 'web')
  await rig.until(() => rig.health.at(-1)?.ok === true)
  await rig.until(() => rig.fact(uid).ready, 15_000)
  expect(rig.runtime.calls.filter((call) => call.startsWith('start'))).toHaveLength(2) // the first time, and once again
})

test('[ENG5] a release while it hangs is carried out on its return', async () => {
  const rig = await AgentRig.booted()
  const uid = await rig.runOne()
  rig.runtime.hang()
  rig.release(uid)
  await rig.advance(20_000)
  expect(rig.fact(uid)).toMatchObject({ stopping: true, ready: false })
  rig.runtime.resume()
  await rig.until(() => !rig.records.has(uid))
  expect(rig.runtime.uids).toEqual([])
})

test('[ENG6] an agent that begins before its engine starts nothing it might have already', async () => {
  const rig = await AgentRig.booted()
  const uid = await rig.runOne()
  rig.kill()
  rig.runtime.break('not up yet')
  await rig.start()
  await rig.advance(5_000)
  expect(rig.fact(uid)).toMatchObject({ reason: 'RuntimeUnavailable', ready: false })
  rig.runtime.mend()
  await rig.until(() => rig.fact(uid).ready, 2_500)
  expect(rig.runtime.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
})

test('[ENG7] a hung engine is not buried in questions', async () => {
  const rig = await AgentRig.booted()
  await rig.advance(100)
  rig.runtime.hang()
  await rig.advance(60_000)
  expect(rig.runtime.hanging).toBeLessThanOrEqual(2 * 4)
})

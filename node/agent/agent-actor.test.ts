import { describe, expect, test } from 'vitest'
import { RuntimeError } from '../runtime/runtime.ts'
import { PROGRESS_MS } from './pod-actor.ts'
import { AgentRig, WEB } from './testing.ts'
import type { PodTemplate } from './template.ts'

const SERVER: PodTemplate = {
  spec: {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }],
  },
}

const PROCESS: PodTemplate = { spec: { containers: [{ name: 'web', image: 'web', command: ['web'] }] } }

function ofClass(runtimeClassName: string, { spec }: PodTemplate = PROCESS): PodTemplate {
  return { spec: { ...spec, runtimeClassName } }
}

test('[AGT17] a pod that is released while it waits for its port ends without a busy loop', async () => {
  const rig = await AgentRig.booted({ template: SERVER })
  rig.runtime.images.set('web', { stopMs: 400 })
  // Nothing ever listens: the next question about it is always near.
  rig.runtime.isServing = () => false
  const uid = rig.claim()
  await rig.until(() => rig.records.get(uid)?.phase === 'Running')
  rig.release(uid)
  const ranBefore = rig.time.ran
  // Each turn of such a loop is a timer in every step of the rig.
  await rig.until(() => !rig.records.has(uid))
  expect(rig.time.ran - ranBefore).toBeLessThan(20)
})

describe('a claim', () => {
  test('[AGT1] becomes a running pod, one operation after the other', async () => {
    const rig = await AgentRig.booted({ template: SERVER })
    const uid = await rig.runOne()
    expect(rig.runtime.calls).toEqual([`create ${uid}`, `start ${uid}/web`, `inspect ${uid}`])
    expect(rig.fact(uid)).toMatchObject({ phase: 'Running', ready: true, reason: '', message: '', runtime: 'docker' })
    expect(rig.fact(uid).podIP).toBe(rig.runtime.pod(uid)?.podIP)
    expect(rig.fact(uid).hostIP).toBe('192.0.2.1')
  })

  test('[AGT31] whose start takes its time is told of after two seconds, so that everybody sees its node at work', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.hang()
    const uid = rig.claim()
    await rig.advance(PROGRESS_MS - 100)
    expect(rig.history).toEqual([])
    await rig.advance(200)
    expect(rig.fact(uid)).toMatchObject({ phase: 'Pending', reason: 'ContainerCreating', ready: false })
  })

  test('[AGT31] that is running before long is written once: each record goes to every node', async () => {
    const rig = await AgentRig.booted()
    await rig.runOne()
    expect(rig.history.map(({ phase, ready }) => [phase, ready])).toEqual([['Running', true]])
  })

  test('[AGT31] that is to end while its start is under way says so at once', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.hang()
    const uid = rig.claim()
    await rig.advance(10)
    rig.release(uid)
    await rig.advance(10)
    expect(rig.fact(uid)).toMatchObject({ stopping: true })
  })

  test('[AGT2] on a runtime that this node does not have is given up, with the reason', async () => {
    const rig = await AgentRig.booted({ runtimes: ['process'], template: ofClass('docker') })
    const uid = rig.claim()
    await rig.advance(50)
    expect(rig.records.has(uid)).toBe(false)
    expect(rig.runtime.calls).toEqual([])
    expect(rig.failures).toMatchObject([
      {
        uid,
        code: 'no-runtime',
        refused: true,
        reason: 'this node has no runtime docker, which runtimeClassName asks for; it has process',
      },
    ])
  })

  test('[AGT2] on an image alone is given up where there are only processes', async () => {
    const rig = await AgentRig.booted({ runtimes: ['process'], template: WEB })
    const uid = rig.claim()
    await rig.advance(50)
    expect(rig.records.has(uid)).toBe(false)
    expect(rig.failures[0]?.reason).toMatch(/container web names no command.*image web/)
  })

  test('[AGT2] whose port is taken is given up, and nothing is left of it', async () => {
    const rig = await AgentRig.booted({ runtimes: ['process'], template: PROCESS })
    rig.runtime.failNext('start', new RuntimeError('port-in-use', 'port 8080 on 127.64.0.1 is in use'))
    const uid = rig.claim()
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.uids).toEqual([])
    expect(rig.failures).toMatchObject([{ uid, code: 'port-in-use', refused: true }])
  })

  test('[AGT2] on an image for another platform is given up, and nothing is left of it', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.failNext('create', new RuntimeError('wrong-platform', 'image web is built for linux/arm64'))
    const uid = rig.claim()
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.uids).toEqual([])
    const reason = 'image web is built for linux/arm64'
    expect(rig.failures).toMatchObject([{ uid, code: 'wrong-platform', refused: true, reason }])
  })

  test('[AGT3] that asks for a class of runtime gets it, another one the best that answers', async () => {
    const runtimes = ['docker', 'process'] as const
    const named = await AgentRig.booted({ runtimes, template: ofClass('process') })
    expect(named.fact(await named.runOne()).runtime).toBe('process')
    const any = await AgentRig.booted({ runtimes, template: PROCESS })
    expect(any.fact(await any.runOne()).runtime).toBe('docker')
    any.runtime.break('no socket')
    await any.advance(3_000)
    expect(any.fact(await any.runOne()).runtime).toBe('process')
  })

  test('[AGT4] whose template has not arrived waits for it and says so', async () => {
    const rig = await AgentRig.booted()
    rig.template = undefined
    const uid = rig.claim()
    await rig.advance(50)
    expect(rig.fact(uid)).toMatchObject({ reason: 'TemplateUnknown', ready: false })
    rig.template = WEB
    rig.tell({ type: 'claims-changed' })
    await rig.until(() => rig.fact(uid).ready)
  })
})

describe('failures', () => {
  test('[AGT5] an image that is not to be had is tried again after pauses that double', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.failNext('create', new RuntimeError('image-missing', 'web:1 is not in the registry'), 4)
    const uid = rig.claim()
    await rig.until(() => rig.fact(uid).reason === 'ErrImagePull')
    expect(rig.fact(uid)).toMatchObject({ phase: 'Pending', message: 'web:1 is not in the registry' })
    await rig.until(() => rig.fact(uid).reason === 'ImagePullBackOff')
    const tookMs = await rig.until(() => rig.fact(uid).ready)
    expect(tookMs).toBeGreaterThan(2_000 + 4_000 + 8_000)
    expect(rig.fact(uid).containers[0]?.restarts).toBe(0)
    expect(rig.failures).toHaveLength(4)
  })

  test('[AGT6] a crash loop: at once, then after 10 s, then 20 s, with the exit code and the last lines', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.images.set('web', { exitAfterMs: 100, exitCode: 3, log: 'reading config\nno config.json\n' })
    const uid = rig.claim()
    await rig.advance(1_000)
    expect(rig.runtime.calls.filter((call) => call.startsWith('start'))).toHaveLength(2)
    expect(rig.fact(uid)).toMatchObject({ phase: 'Running', ready: false, reason: 'CrashLoopBackOff' })
    expect(rig.fact(uid).message).toBe(
      'container web ended with exit code 3 and is started again 10 s after that; its last lines: reading config\nno config.json',
    )
    expect(rig.fact(uid).containers[0]).toMatchObject({
      restarts: 1,
      now: { state: 'waiting', reason: 'CrashLoopBackOff' },
      last: { state: 'terminated', exitCode: 3, reason: 'Error', message: 'reading config\nno config.json' },
    })
    await rig.advance(29_000)
    expect(rig.runtime.calls.filter((call) => call.startsWith('start'))).toHaveLength(3)
    await rig.advance(2_000)
    expect(rig.fact(uid).containers[0]?.restarts).toBe(3)
    expect(rig.failures.every(({ code, refused }) => code === 'crashed' && !refused)).toBe(true)
  })

  test('[AGT6] looking at an ended container again does not count as another crash', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.images.set('web', { exitAfterMs: 10, exitCode: 1 })
    const uid = rig.claim()
    await rig.until(() => rig.fact(uid).reason === 'CrashLoopBackOff')
    for (let looks = 0; looks < 5; looks++) {
      rig.tell({ type: 'runtime-event', uid })
      await rig.advance(100)
    }
    expect(rig.fact(uid).message).toContain('10 s after that')
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 2, 10_000)
  })

  test('[AGT6] a program that is not there is a crash of its own kind', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.failNext('start', new RuntimeError('bad-command', 'no such program: wbe'), 9)
    const uid = rig.claim()
    await rig.advance(2_000)
    expect(rig.fact(uid)).toMatchObject({ reason: 'CrashLoopBackOff', message: 'container web: no such program: wbe' })
    expect(rig.runtime.calls.filter((call) => call.startsWith('start'))).toHaveLength(2)
  })

  test('[POD9] containers of a pod are started at once, and one that fails has its own back-off', async () => {
    const containers = ['web', 'log', 'side'].map((name) => ({ name, image: name }))
    const rig = await AgentRig.booted({ template: { spec: { containers } } })
    rig.runtime.delay('start', 500)
    rig.runtime.failNext('start', new RuntimeError('bad-command', 'no such program: web'), 2)
    const uid = rig.claim()
    const begun = (): number => rig.runtime.calls.filter((call) => call.startsWith('start')).length
    await rig.until(() => begun() > 0)
    expect(begun()).toBe(3)
    await rig.advance(600)
    const running = (): string[] =>
      rig.fact(uid).containers.flatMap(({ name, now }) => (now.state === 'running' ? [name] : []))
    expect(running()).toEqual(['side'])
    await rig.until(() => rig.fact(uid).ready, 30_000)
    expect(running()).toEqual(['web', 'log', 'side'])
  })

  test('[AGT7] a killed container is back within 1 s, with its restart counted', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.runtime.kill(uid, 'web')
    await rig.until(() => !rig.fact(uid).ready)
    expect(await rig.until(() => rig.fact(uid).ready)).toBeLessThan(1_000)
    expect(rig.fact(uid).containers[0]).toMatchObject({ restarts: 1, last: { exitCode: 137 } })
  })

  test.each([undefined, 'web'])(
    '[AGT7] what is removed by hand is back within 1 s (container: %s)',
    async (container) => {
      const template = { spec: { containers: [...WEB.spec.containers, { name: 'log', image: 'log' }] } }
      const rig = await AgentRig.booted({ template })
      const uid = await rig.runOne()
      await rig.advance(30_000)
      rig.runtime.removeByHand(uid, container)
      await rig.until(() => !rig.fact(uid).ready)
      expect(await rig.until(() => rig.fact(uid).ready)).toBeLessThan(1_000)
      expect(rig.fact(uid).containers.map(({ restarts }) => restarts)).toEqual([1, 1])
    },
  )

  test('[AGT7] also where it ends while it is being looked at', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.runtime.delay('inspect', 200)
    rig.tell({ type: 'runtime-event', uid })
    await rig.advance(50)
    rig.runtime.kill(uid, 'web')
    await rig.advance(1_000)
    expect(rig.fact(uid)).toMatchObject({ ready: true, containers: [{ restarts: 1 }] })
  })

  test('[AGT8] what no event told of is found by the next listing', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.deafen()
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 1, 11_000)
    await rig.until(() => rig.fact(uid).ready)
    rig.runtime.removeByHand(uid)
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 2, 11_000)
  })

  test('[AGT9] a template that cannot be launched says which field is to blame', async () => {
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }]
    const rig = await AgentRig.booted({ template: { spec: { containers: [{ name: 'web', image: 'web', env }] } } })
    const uid = rig.claim()
    await rig.advance(100)
    expect(rig.fact(uid)).toMatchObject({
      reason: 'CreateContainerConfigError',
      message: 'container web: env KEY: secret "s" not found',
    })
  })
})

describe('the end', () => {
  test('[AGT10] out of the routes first, then SIGTERM, then removed, then its record dropped', async () => {
    const rig = await AgentRig.booted({ template: SERVER })
    const uid = await rig.runOne()
    rig.release(uid, 'the slot is not wanted any more')
    await rig.advance(20)
    expect(rig.fact(uid)).toMatchObject({
      stopping: true,
      ready: false,
      reason: 'Stopping',
      message: 'the slot is not wanted any more',
    })
    await rig.advance(100)
    expect(rig.runtime.calls).not.toContain(`stop ${uid}`)
    await rig.advance(100)
    expect(rig.runtime.calls.slice(-2)).toEqual([`stop ${uid}`, `remove ${uid}`])
    expect(rig.runtime.uids).toEqual([])
    expect(rig.records.has(uid)).toBe(false)
  })

  test.each([
    [100, 450],
    [5_000, 2_000],
  ])('[AGT10] where the farthest neighbour is %d ms away it runs on for %d ms', async (roundTripMs, drainMs) => {
    const rig = await AgentRig.booted({ template: SERVER })
    const uid = await rig.runOne()
    rig.roundTripMs = roundTripMs
    rig.release(uid)
    await rig.advance(drainMs - 50)
    expect(rig.runtime.calls).not.toContain(`stop ${uid}`)
    await rig.advance(100)
    expect(rig.runtime.calls).toContain(`stop ${uid}`)
  })

  test('[AGT10] what does not end by itself is killed after its grace', async () => {
    const rig = await AgentRig.booted({ template: SERVER })
    rig.runtime.images.set('web', { stopMs: 'never' })
    const uid = await rig.runOne()
    rig.release(uid)
    const tookMs = await rig.until(() => !rig.records.has(uid))
    expect(tookMs).toBeGreaterThanOrEqual(5_150)
    expect(tookMs).toBeLessThan(5_500)
  })

  test('[AGT11] a release during the start waits for the operation under way and leaves nothing', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.delay('create', 500)
    const uid = rig.claim()
    await rig.advance(100)
    rig.release(uid)
    await rig.advance(100)
    expect(rig.fact(uid)).toMatchObject({ stopping: true, reason: 'Stopping' })
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.calls).toEqual([`create ${uid}`, `remove ${uid}`])
    expect(rig.runtime.uids).toEqual([])
  })

  test('[AGT11] a release during a back-off does not wait for its end', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.images.set('web', { exitAfterMs: 10, exitCode: 1 })
    const uid = rig.claim()
    await rig.until(() => rig.fact(uid).reason === 'CrashLoopBackOff')
    rig.release(uid)
    expect(await rig.until(() => !rig.records.has(uid))).toBeLessThan(100)
    expect(rig.runtime.uids).toEqual([])
  })

  test('[AGT11] nor one while an image is not to be had', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.failNext('create', new RuntimeError('image-missing', 'no'), 99)
    const uid = rig.claim()
    await rig.advance(5_000)
    rig.release(uid)
    expect(await rig.until(() => !rig.records.has(uid))).toBeLessThan(100)
  })

  test('[AGT11] what waits for its turn is not begun any more', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.delay('create', 1_000)
    for (let pods = 0; pods < 4; pods++) rig.claim()
    const uid = rig.claim()
    await rig.advance(100)
    rig.release(uid)
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.calls).not.toContain(`create ${uid}`)
  })

  test.each([
    ['before it is told to stop', 'before', 1_000, 2_000],
    ['while it is stopping', 'amid', 0, 4_000],
  ])('[GRACE3] a pod of 30 s of grace that is hastened %s ends in time', async (_, when, graceMs, withinMs) => {
    const rig = await AgentRig.booted()
    rig.runtime.images.set('web', { stopMs: 'never' })
    const uid = await rig.runOne()
    if (when === 'before') rig.tell({ type: 'hasten', uid, graceMs })
    rig.release(uid)
    if (when === 'amid') {
      await rig.until(() => rig.runtime.calls.includes(`stop ${uid}`))
      await rig.advance(2_000)
      expect(rig.records.has(uid)).toBe(true)
      rig.tell({ type: 'hasten', uid, graceMs })
    }
    const tookMs = await rig.until(() => !rig.records.has(uid))
    expect(tookMs).toBeLessThan(withinMs)
    expect(rig.runtime.calls).toContain(`remove ${uid}`)
  })

  test('[GRACE3] one that is hastened and not told to stop runs on', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.tell({ type: 'hasten', uid, graceMs: 0 })
    await rig.advance(5_000)
    expect(rig.fact(uid)).toMatchObject({ ready: true, stopping: false })
  })

  test('[AGT12] an engine that refuses to stop a pod is asked until it is gone', async () => {
    const rig = await AgentRig.booted({ template: SERVER })
    const uid = await rig.runOne()
    rig.runtime.failNext('stop', new RuntimeError('failed', 'device busy'), 99)
    rig.runtime.failNext('remove', new RuntimeError('failed', 'device busy'), 3)
    rig.release(uid)
    await rig.until(() => rig.records.get(uid)?.message.includes('device busy') === true)
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.uids).toEqual([])
  })

  test('[AGT13] a release of what nobody claims changes nothing', async () => {
    const rig = await AgentRig.booted()
    rig.release('nobody')
    await rig.advance(100)
    expect(rig.history).toEqual([])
  })
})

describe('an actor that failed', () => {
  async function withFailedActor(): Promise<{ rig: AgentRig; uid: string }> {
    const rig = await AgentRig.booted({ template: SERVER })
    const uid = await rig.runOne()
    rig.isNextWriteRefused = true
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.notes.some(({ what }) => what === 'actor-failed'))
    await rig.advance(60) // the kernel's first pause
    return { rig, uid }
  }

  test('[AGT16] is made anew, looks first and carries on', async () => {
    const { rig, uid } = await withFailedActor()
    const written = rig.history.length
    rig.tell({ type: 'runtime-event', uid })
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 1 && rig.fact(uid).ready)
    expect(rig.history.slice(written).map(({ podIP }) => podIP)).not.toContain('')
  })

  test('[AGT16] carries on with the end of a pod that was told to stop', async () => {
    const rig = await AgentRig.booted({ template: SERVER })
    const uid = await rig.runOne()
    rig.runtime.failNext('stop', new RuntimeError('failed', 'device busy'))
    rig.release(uid)
    await rig.until(() => rig.fact(uid).stopping)
    rig.isNextWriteRefused = true
    await rig.until(() => rig.notes.some(({ what }) => what === 'actor-failed'))
    await rig.advance(60) // the kernel's first pause
    const written = rig.history.length
    rig.tell({ type: 'runtime-event', uid })
    await rig.until(() => !rig.records.has(uid))
    expect(rig.history.slice(written).every(({ stopping }) => stopping)).toBe(true)
  })

  test('[AGT16] ends its pod in order, if that is the first it hears', async () => {
    const { rig, uid } = await withFailedActor()
    rig.release(uid)
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.calls.slice(-3)).toEqual([`inspect ${uid}`, `stop ${uid}`, `remove ${uid}`])
  })
})

describe('many at once', () => {
  test('[TRN1] no more than four are made at a time, and the first are ready long before the last', async () => {
    const rig = await AgentRig.booted()
    const uids = Array.from({ length: 40 }, () => rig.claim())
    const firstMs = await rig.until(() => [...rig.records.values()].some(({ ready }) => ready))
    const restMs = await rig.until(() => uids.every((uid) => rig.fact(uid).ready))
    expect(firstMs).toBeLessThan(restMs / 4)
    expect(rig.runtime.busiest).toBe(4)
  })

  test('[TRN2] a slow image holds up nobody for longer than 5 s', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.delay('create', 600_000)
    for (let pods = 0; pods < 4; pods++) rig.claim()
    await rig.advance(100)
    rig.runtime.delay('create', 20)
    expect(await rig.runOne().then(() => rig.time.clock.mono())).toBeLessThan(6_000)
  })
})

import { describe, expect, test } from 'vitest'
import { RuntimeError } from '../runtime/runtime.ts'
import { readAnnotation, writeAnnotation } from './annotation.ts'
import { AgentRig, WEB } from './testing.ts'
import type { PodTemplate } from './template.ts'

const PROBED: PodTemplate = {
  spec: {
    containers: [
      {
        name: 'web',
        image: 'web',
        ports: [{ containerPort: 80 }],
        readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 },
      },
    ],
  },
}

/** What changes a pod. Looking is free. */
function deeds(rig: AgentRig): string[] {
  return rig.runtime.calls.filter((call) => !call.startsWith('inspect') && !call.startsWith('logs'))
}

describe('a claim of what was deleted and is to end', () => {
  test('[FIN4] is not begun', async () => {
    const rig = await AgentRig.booted()
    rig.isEnding = true
    const uid = rig.claim()
    await rig.until(() => !rig.records.has(uid))
    expect(deeds(rig)).toEqual([])
  })

  test('[FIN4] is not begun anew by the next agent, which stops what it finds running', async () => {
    const rig = await AgentRig.booted()
    const uids = [await rig.runOne(), await rig.runOne()] as const
    rig.kill()
    rig.isEnding = true
    // As after the machine went down: nothing is left of this one.
    rig.runtime.removeByHand(uids[0])
    const before = deeds(rig).length
    await rig.start()
    await rig.until(() => rig.records.size === 0)
    const done = deeds(rig).slice(before)
    expect(done.some((call) => call.startsWith('create') || call.startsWith('start'))).toBe(false)
    expect([rig.runtime.pod(uids[0]), rig.runtime.pod(uids[1])]).toEqual([undefined, undefined])
  })

  test('[FIN5] that had run its course stays', async () => {
    const rig = await AgentRig.booted()
    rig.isEnding = true
    const uid = rig.claim({ phase: 'Succeeded' })
    await rig.advance(5_000)
    expect(rig.fact(uid)).toMatchObject({ phase: 'Succeeded', stopping: false })
  })
})

describe('kill -9 of the agent', () => {
  test('[ADO1] the next one finds its pods running and touches nothing', async () => {
    const rig = await AgentRig.booted({ template: PROBED })
    const uids = [await rig.runOne(), await rig.runOne()]
    const before = uids.map((uid) => rig.fact(uid))
    const ids = uids.map((uid) => rig.runtime.pod(uid)?.containers[0]?.id)
    const doneBefore = deeds(rig).length
    const writtenBefore = rig.history.length
    rig.kill()
    await rig.advance(5_000)
    await rig.start()
    await rig.advance(20_000)
    expect(deeds(rig)).toHaveLength(doneBefore)
    expect(uids.map((uid) => rig.runtime.pod(uid)?.containers[0]?.id)).toEqual(ids)
    expect(uids.map((uid) => rig.fact(uid))).toEqual(before)
    expect(rig.history.slice(writtenBefore).every(({ ready }) => ready)).toBe(true)
  })

  test('[ADO1] nor while the runtime takes its time to list them', async () => {
    const rig = await AgentRig.booted({ template: PROBED })
    const uid = await rig.runOne()
    const before = rig.fact(uid)
    rig.kill()
    await rig.advance(5_000)
    const written = rig.history.length
    rig.runtime.delay('list', 500)
    await rig.start()
    rig.tell({ type: 'claims-changed' })
    await rig.advance(20_000)
    expect(rig.history.slice(written).every(({ ready }) => ready)).toBe(true)
    expect(rig.fact(uid)).toEqual(before)
  })

  test('[ADO1] but one that answers nothing proves nothing', async () => {
    const rig = await AgentRig.booted({ template: PROBED })
    const uid = await rig.runOne()
    rig.kill()
    rig.runtime.delay('list', 60_000)
    await rig.start()
    rig.tell({ type: 'claims-changed' })
    await rig.until(() => rig.fact(uid).reason === 'RuntimeUnavailable')
    expect(rig.fact(uid)).toMatchObject({ ready: false, stopping: false })
  })

  test('[ADO2] restart counts are kept, and a crash loop stays as slow as it was', async () => {
    const rig = await AgentRig.booted()
    rig.runtime.images.set('web', { exitAfterMs: 100, exitCode: 1 })
    const uid = rig.claim()
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 3)
    const starts = (): number => rig.runtime.calls.filter((call) => call.startsWith('start')).length
    const before = starts()
    for (let restarts = 0; restarts < 5; restarts++) {
      rig.kill()
      await rig.start()
      await rig.advance(3_000)
    }
    expect(rig.fact(uid).containers[0]?.restarts).toBe(3)
    expect(starts() - before).toBeLessThanOrEqual(1)
  })

  test('[ADO2] also where the disk was lost', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 1 && rig.fact(uid).ready)
    rig.kill()
    rig.records.clear()
    await rig.start()
    await rig.until(() => rig.records.get(uid)?.ready === true)
    expect(rig.fact(uid).containers[0]?.restarts).toBe(1)
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.fact(uid).reason === 'CrashLoopBackOff')
  })

  test('[RST6] what ran is started at once though the machine goes down again and again', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    for (let boots = 1; boots <= 4; boots++) {
      rig.kill()
      rig.runtime.kill(uid, 'web')
      await rig.start()
      await rig.until(() => rig.fact(uid).containers[0]?.restarts === boots && rig.fact(uid).ready, 5_000)
    }
    // By itself it may end once, as before.
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.fact(uid).reason === 'CrashLoopBackOff')
  })

  test('[ADO3] a pod that was half made is carried on with, not made again', async () => {
    const rig = await AgentRig.booted({
      template: { spec: { containers: [...WEB.spec.containers, { name: 'log', image: 'log' }] } },
    })
    rig.runtime.delay('start', 200)
    const uid = rig.claim()
    await rig.until(() => rig.runtime.calls.includes(`start ${uid}/web`))
    rig.kill()
    await rig.advance(500)
    await rig.start()
    await rig.until(() => rig.fact(uid).ready)
    expect(deeds(rig)).toEqual([`create ${uid}`, `start ${uid}/web`, `start ${uid}/log`])
  })

  test('[ADO4] a stop that was under way is carried on', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.release(uid)
    await rig.advance(20)
    rig.kill()
    await rig.start()
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.uids).toEqual([])
  })

  test.each([
    ['runs', () => {}],
    ['ended with its machine', (rig: AgentRig) => rig.runtime.reboot()],
    ['is not listed yet', (rig: AgentRig) => rig.runtime.delay('list', 500)],
  ])('[ADO4] no record on the way says that it is to run, where its pod %s', async (_, meanwhile) => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.release(uid, 'scaled down')
    await rig.until(() => rig.fact(uid).stopping)
    rig.kill()
    meanwhile(rig)
    const written = rig.history.length
    await rig.start()
    rig.tell({ type: 'claims-changed' })
    await rig.until(() => !rig.records.has(uid))
    const since = rig.history.slice(written)
    expect(since.map(({ stopping, reason, message }) => [stopping, reason, message])).toEqual(
      since.map(() => [true, 'Stopping', 'scaled down']),
    )
  })

  test('[ADO4] one whose pod has gone is only forgotten', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.release(uid)
    await rig.advance(20)
    rig.kill()
    rig.runtime.removeByHand(uid)
    const done = deeds(rig).length
    await rig.start()
    await rig.until(() => !rig.records.has(uid))
    expect(deeds(rig)).toHaveLength(done)
  })
})

describe('a machine that went down', () => {
  async function rebooted({ listMs = 0 } = {}): Promise<{ rig: AgentRig; uid: string; claimedAtMs: number }> {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    const { claimedAtMs } = rig.fact(uid)
    rig.kill()
    rig.runtime.reboot()
    rig.runtime.delay('list', listMs)
    await rig.advance(60_000)
    await rig.start()
    return { rig, uid, claimedAtMs }
  }

  test('[ADO5] what is not found running is out of the routes at once and not started before the store is synced', async () => {
    const { rig, uid } = await rebooted()
    await rig.advance(800)
    expect(rig.fact(uid)).toMatchObject({ ready: false, reason: 'WaitingForSync' })
    expect(rig.runtime.pod(uid)?.containers[0]?.run.state).toBe('exited')
  })

  test('[ADO5] then it is started as a younger claim', async () => {
    const { rig, uid, claimedAtMs } = await rebooted()
    rig.tell({ type: 'synced' })
    await rig.advance(300)
    expect(rig.fact(uid).ready).toBe(true)
    expect(rig.fact(uid).claimedAtMs).toBeGreaterThan(claimedAtMs + 60_000)
  })

  test('[ADO11] that it ended with the machine is no failure of the pod here; that it crashes afterwards is', async () => {
    const { rig, uid } = await rebooted()
    await rig.until(() => !rig.fact(uid).ready)
    await rig.until(() => rig.fact(uid).ready)
    expect(rig.failures).toEqual([])
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.failures.length > 0)
    expect(rig.failures).toMatchObject([{ uid, code: 'crashed' }])
  })

  test('[ADO5] alone, after a second', async () => {
    const { rig, uid } = await rebooted()
    await rig.until(() => !rig.fact(uid).ready)
    const tookMs = await rig.until(() => rig.fact(uid).ready)
    expect(tookMs).toBeGreaterThan(900)
    expect(tookMs).toBeLessThan(1_500)
  })

  test('[ADO5] not at all, where it is released before', async () => {
    const { rig, uid } = await rebooted()
    rig.release(uid, 'an older claim stands')
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.uids).toEqual([])
    expect(deeds(rig).filter((call) => call.startsWith('start'))).toHaveLength(1)
  })

  test('[STA5] one that is released while it waits says so at once', async () => {
    const { rig, uid } = await rebooted({ listMs: 500 })
    rig.tell({ type: 'claims-changed' })
    await rig.advance(10)
    expect(rig.fact(uid)).toMatchObject({ stopping: false, ready: true })
    rig.release(uid, 'an older claim stands')
    await rig.advance(10)
    expect(rig.fact(uid)).toMatchObject({ stopping: true, reason: 'Stopping', message: 'an older claim stands' })
    await rig.until(() => !rig.records.has(uid))
    expect(rig.runtime.uids).toEqual([])
  })

  test('[ADO5] a claim made since needs not wait', async () => {
    const { rig } = await rebooted()
    const uid = rig.claim()
    expect(await rig.until(() => rig.fact(uid).ready)).toBeLessThan(200)
  })
})

describe('pods without a record', () => {
  test('[ADO6] of a lost disk are adopted by the claim that they carry', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne({ auction: [{ node: 'node-a', score: 7, parts: { free: 7 } }] })
    const before = rig.fact(uid)
    const done = deeds(rig).length
    rig.kill()
    rig.records.clear()
    await rig.start()
    await rig.until(() => rig.records.get(uid)?.ready === true)
    expect(rig.fact(uid)).toMatchObject({
      claimedAtMs: before.claimedAtMs,
      index: before.index,
      auction: before.auction,
    })
    expect(deeds(rig)).toHaveLength(done)
  })

  test('[ADO6] are left running while it is not known whether anybody wants them', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    rig.kill()
    rig.records.clear()
    rig.template = undefined
    await rig.start()
    await rig.advance(800)
    expect(rig.runtime.pod(uid)?.containers[0]?.run.state).toBe('running')
    rig.template = WEB
    rig.tell({ type: 'synced' })
    await rig.until(() => rig.records.get(uid)?.ready === true)
  })

  test('[ADO7] are removed where nobody wants them', async () => {
    const rig = await AgentRig.booted()
    await rig.runOne()
    rig.kill()
    rig.records.clear()
    rig.template = undefined
    await rig.start()
    await rig.advance(1_100)
    expect(rig.runtime.uids).toEqual([])
    expect(rig.records.size).toBe(0)
  })

  // Seed 400001134: its claim had been given up while the engine was still making it.
  test('[ADO7] are removed where they never ran, though others like them are wanted', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    const late = writeAnnotation({ ...rig.fact(uid), uid: 'late' })
    rig.kill()
    const containers = [{ name: 'web', image: 'web', pull: 'IfNotPresent', env: {}, ports: [], attempt: 0 }] as const
    void rig.runtime.create({ ...strange('late', late), containers })
    await rig.advance(100)
    await rig.start()
    await rig.advance(3_000)
    expect(rig.runtime.uids).toEqual([uid])
    expect([...rig.records.keys()]).toEqual([uid])
  })

  test('[ADO7] are removed where their claim does not read', async () => {
    const rig = await AgentRig.booted()
    void rig.runtime.create(strange('stranger'))
    await rig.advance(100)
    rig.kill()
    await rig.start()
    await rig.advance(100)
    expect(rig.runtime.uids).toEqual([])
  })

  test('[ADO7] are not brought back by a listing from before their end', async () => {
    const rig = new AgentRig()
    rig.runtime.failNext('list', new RuntimeError('failed', 'not now'))
    await rig.start()
    const uid = await rig.runOne()
    rig.runtime.delay('list', 1_000)
    await rig.until(() => rig.time.clock.mono() >= 2_010)
    rig.release(uid)
    await rig.advance(5_000)
    expect(rig.records.size).toBe(0)
    expect(rig.runtime.uids).toEqual([])
  })

  test('[ADO7] are removed where they turn up later, such as one made by an operation that was given up', async () => {
    const rig = await AgentRig.booted()
    const uid = await rig.runOne()
    void rig.runtime.create(strange('late', writeAnnotation({ ...rig.fact(uid), uid: 'late' })))
    await rig.advance(13_000)
    expect(rig.runtime.uids).toEqual([uid])
    expect([...rig.records.keys()]).toEqual([uid])
  })
})

function strange(uid: string, annotation = 'not a claim') {
  return { uid, name: uid, namespace: 'default', hostname: uid, labels: {}, annotation, containers: [], graceMs: 0 }
}

describe('the annotation', () => {
  const claim = {
    uid: 'u',
    name: 'p',
    namespace: 'default',
    workload: 'apps/Deployment/default/web',
    revision: 'r',
    index: 2,
    claimedAtMs: 5,
    auction: [{ node: 'a', decline: 'full' }],
  } as const

  test('[ADO8] reads back as it was written', () => {
    expect(readAnnotation(writeAnnotation(claim))).toEqual(claim)
  })

  test('[ADO8] leaves the auction out where it would be too long', () => {
    const auction = Array.from({ length: 24 }, () => ({ node: 'a', decline: 'x'.repeat(2_000) }))
    const annotation = writeAnnotation({ ...claim, auction })
    expect(Buffer.byteLength(annotation)).toBeLessThan(1_000)
    expect(readAnnotation(annotation)).toEqual({ ...claim, auction: [] })
  })

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"version":1}',
    JSON.stringify({ ...claim, version: 2 }),
    JSON.stringify({ ...claim, version: 1, index: '2' }),
    `"${'x'.repeat(40_000)}"`,
  ])('[ADO8] %.40s is no claim', (annotation) => {
    expect(readAnnotation(annotation)).toBeUndefined()
  })
})

import { describe, expect, test } from 'vitest'
import type { ContainerSpec, PodSpec, PodTemplate } from './template.ts'
import { AgentRig } from './testing.ts'

const init = (name: string, image = 'done'): ContainerSpec => ({ name, image })
const sidecar = (name: string): ContainerSpec => ({ name, image: name, restartPolicy: 'Always' })
const WEB: ContainerSpec = { name: 'web', image: 'web' }

const pod = (initContainers: readonly ContainerSpec[], spec: Partial<PodSpec> = {}): PodTemplate => ({
  spec: { initContainers, containers: [WEB], ...spec },
})

async function rigOf(template: PodTemplate): Promise<AgentRig> {
  const rig = await AgentRig.booted({ template })
  rig.runtime.images.set('done', { exitAfterMs: 50 })
  rig.runtime.images.set('broken', { exitAfterMs: 50, exitCode: 3, log: 'no database\n' })
  rig.runtime.images.set('task', { exitAfterMs: 200 })
  return rig
}

/** In the order in which they were begun, without looks. */
const orders = (rig: AgentRig): string[] =>
  rig.runtime.calls
    .filter((call) => !call.startsWith('inspect'))
    .map((call) => call.replace(/ uid-\d+\/?/, ' ').trimEnd())

describe('init containers', () => {
  test('[INI2] run in their order, each to its success, before the containers', async () => {
    const rig = await rigOf(pod([init('one'), init('two')]))
    const uid = await rig.runOne()
    expect(orders(rig)).toEqual(['create', 'start one', 'start two', 'start web'])
    expect(rig.fact(uid)).toMatchObject({
      phase: 'Running',
      initialized: true,
      initContainers: [
        { name: 'one', ready: true, restarts: 0, now: { state: 'terminated', exitCode: 0, reason: 'Completed' } },
        { name: 'two', ready: true },
      ],
      containers: [{ name: 'web', ready: true }],
    })
  })

  test('[STA8] until they are done the pod is pending and says that it is being initialised', async () => {
    const rig = await rigOf(pod([init('one', 'web')]))
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.initContainers?.[0]?.now.state === 'running')
    expect(rig.fact(uid)).toMatchObject({
      phase: 'Pending',
      ready: false,
      reason: 'PodInitializing',
      initContainers: [{ ready: false, now: { state: 'running' } }],
      containers: [{ ready: false, now: { state: 'waiting', reason: 'PodInitializing' } }],
    })
    expect(rig.fact(uid)).not.toHaveProperty('initialized')
  })

  test('[INI4] one that fails is started again under the back-off, and nothing after it', async () => {
    const rig = await rigOf(pod([init('one', 'broken'), init('two')]))
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.message.includes('10 s after that; its last lines') === true)
    expect(orders(rig)).toEqual(['create', 'start one', 'logs one', 'recreate one', 'start one', 'logs one'])
    expect(rig.fact(uid)).toMatchObject({
      phase: 'Pending',
      reason: 'CrashLoopBackOff',
      message: expect.stringMatching(/^container one ended with exit code 3 .* last lines: no database$/),
      initContainers: [{ restarts: 1, now: { state: 'waiting', reason: 'CrashLoopBackOff' } }, { restarts: 0 }],
    })
    rig.runtime.images.set('broken', { exitAfterMs: 50 })
    await rig.until(() => rig.fact(uid).ready)
    expect(rig.fact(uid).initContainers?.[0]?.restarts).toBe(2)
  })

  test('[INI5] under `Never` one that fails ends the pod, and its sidecars with it', async () => {
    const rig = await rigOf(pod([sidecar('proxy'), init('one', 'broken')], { restartPolicy: 'Never' }))
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.phase === 'Failed')
    expect(rig.fact(uid)).toMatchObject({ reason: 'Error', message: expect.stringContaining('container one ended') })
    expect(rig.runtime.running).toEqual([])
    expect(orders(rig)).not.toContain('start web')
  })

  test('[INI7] one that is done and is cleaned away by hand changes nothing', async () => {
    const rig = await rigOf(pod([init('one')]))
    const uid = await rig.runOne()
    const before = rig.fact(uid)
    rig.runtime.removeByHand(uid, 'one')
    await rig.advance(15_000)
    expect(rig.fact(uid)).toEqual(before)
    expect(orders(rig)).toEqual(['create', 'start one', 'start web'])
  })

  test('[INI1] a container that crashes later does not bring them back', async () => {
    const rig = await rigOf(pod([init('one')]))
    const uid = await rig.runOne()
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 1 && rig.fact(uid).ready)
    expect(orders(rig).filter((call) => call === 'start one')).toHaveLength(1)
  })

  test('[INI1] a pod that is made anew is initialised anew', async () => {
    const rig = await rigOf(pod([init('one')]))
    const uid = await rig.runOne()
    await rig.advance(20_000)
    rig.runtime.removeByHand(uid, 'web')
    await rig.until(() => rig.fact(uid).ready && orders(rig).filter((call) => call === 'start web').length === 2)
    expect(orders(rig).filter((call) => call === 'start one')).toHaveLength(2)
  })

  test('[ADO9] a new agent carries on with a half initialised pod from where it stands', async () => {
    const rig = await rigOf(pod([init('one'), init('two', 'web')]))
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.initContainers?.[1]?.now.state === 'running')
    rig.kill()
    rig.runtime.kill(uid, 'two', 0)
    await rig.start()
    await rig.until(() => rig.fact(uid).ready)
    expect(orders(rig)).toEqual(['create', 'start one', 'start two', 'start web'])
  })
})

describe('a sidecar', () => {
  test('[INI3] lets what comes after it start as soon as it runs', async () => {
    const rig = await rigOf(pod([sidecar('proxy'), init('one')]))
    const uid = await rig.runOne()
    expect(orders(rig)).toEqual(['create', 'start proxy', 'start one', 'start web'])
    expect(rig.fact(uid).initContainers).toMatchObject([{ ready: true, now: { state: 'running' } }, { ready: true }])
  })

  test('[INI3] is started again whatever the policy of the pod, and the others run on', async () => {
    const rig = await rigOf(pod([sidecar('proxy')], { restartPolicy: 'Never' }))
    const uid = await rig.runOne()
    rig.runtime.kill(uid, 'proxy', 0)
    await rig.until(() => !rig.fact(uid).ready)
    await rig.until(() => rig.fact(uid).ready)
    expect(rig.fact(uid).initContainers).toMatchObject([{ restarts: 1 }])
    expect(rig.fact(uid).containers).toMatchObject([{ restarts: 0 }])
  })

  test('[INI6] keeps no pod from finishing: it is stopped when the others have ended', async () => {
    const containers = [{ name: 'web', image: 'task' }]
    const rig = await rigOf(pod([sidecar('proxy')], { restartPolicy: 'Never', containers }))
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.phase === 'Succeeded')
    expect(rig.runtime.running).toEqual([])
    expect(rig.fact(uid).reason).toBe('Completed')
  })

  test('[INI6] one that cannot be stopped is tried again, not over and over at once', async () => {
    const containers = [{ name: 'web', image: 'task' }]
    const rig = await rigOf(pod([sidecar('proxy')], { restartPolicy: 'Never', containers }))
    rig.runtime.cling(true)
    const uid = rig.claim()
    await rig.advance(5_000)
    expect(orders(rig).filter((call) => call.startsWith('stop')).length).toBeLessThan(5)
    rig.runtime.cling(false)
    await rig.until(() => rig.records.get(uid)?.phase === 'Succeeded')
  })

  test('[INI8] is stopped last, the last to start first', async () => {
    const rig = await rigOf(pod([sidecar('proxy'), sidecar('shipper')], { terminationGracePeriodSeconds: 5 }))
    const uid = await rig.runOne()
    rig.release(uid)
    await rig.until(() => !rig.records.has(uid))
    const stops = orders(rig).filter((call) => call.startsWith('stop'))
    expect(stops).toEqual(['stop web', 'stop shipper', 'stop proxy', 'stop'])
  })

  test('[INI8] gets what is left of the grace, 2 s at least', async () => {
    const rig = await rigOf(pod([sidecar('proxy')], { terminationGracePeriodSeconds: 3 }))
    for (const image of ['web', 'proxy']) rig.runtime.images.set(image, { stopMs: 'never' })
    const uid = await rig.runOne()
    rig.release(uid)
    const tookMs = await rig.until(() => !rig.records.has(uid))
    expect(tookMs).toBeGreaterThan(5_000)
    expect(tookMs).toBeLessThan(6_000)
  })
})

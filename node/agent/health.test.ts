import { describe, expect, test } from 'vitest'
import type { SimExec } from './sim-runtime.ts'
import type { ContainerSpec, PodSpec, PodTemplate } from './template.ts'
import { AgentRig } from './testing.ts'

const EXEC = { exec: { command: ['check'] }, periodSeconds: 1 }

const pod = (web: Partial<ContainerSpec>, spec: Partial<PodSpec> = {}): PodTemplate => ({
  spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'web', image: 'web', ...web }], ...spec },
})

/** What commands in containers do, by their first word; changed by a test as it goes on. */
type Answers = Record<string, SimExec>

async function rigOf(template: PodTemplate, answers: Answers = {}): Promise<AgentRig> {
  const rig = await AgentRig.booted({ template })
  for (const image of ['web', 'side']) {
    rig.runtime.images.set(image, { stopMs: 50, exec: ([name = '']) => answers[name] ?? {} })
  }
  return rig
}

const commands = (rig: AgentRig, name: string): string[] =>
  rig.runtime.calls.filter((call) => call.startsWith('exec') && call.endsWith(name))

describe('a liveness probe', () => {
  test('[LIV4] ends the one container that fails, says what it answered, and starts it again', async () => {
    const answers: Answers = { check: { exitCode: 1, output: 'stuck' } }
    const side = { name: 'side', image: 'side' }
    const web = { name: 'web', image: 'web', livenessProbe: { ...EXEC, failureThreshold: 2 } }
    const rig = await rigOf(pod({}, { containers: [web, side] }), answers)
    const uid = await rig.runOne()
    await rig.until(() => rig.fact(uid).reason === 'Unhealthy')
    const why = 'its liveness probe failed 2 times: command check ended with exit code 1: stuck'
    expect(rig.fact(uid)).toMatchObject({ ready: false, message: `container web: ${why}; it is being ended` })
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 1 && rig.fact(uid).ready)
    expect(rig.fact(uid).containers).toMatchObject([
      { name: 'web', last: { state: 'terminated', exitCode: 143, reason: 'Error', message: why } },
      { name: 'side', restarts: 0 },
    ])
    expect(rig.history.some(({ message }) => message.includes(`exit code 143) since ${why}`))).toBe(true)
    expect(rig.runtime.calls).toContain(`stop ${uid}/web`)
  })

  test('[LIV4] gives it the grace of the probe where it has one', async () => {
    const livenessProbe = { ...EXEC, failureThreshold: 1, terminationGracePeriodSeconds: 1 }
    const rig = await rigOf(pod({ livenessProbe }))
    rig.runtime.images.set('web', { stopMs: 'never', exec: () => ({ exitCode: 1 }) })
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.reason === 'Unhealthy')
    const tookMs = await rig.until(() => rig.fact(uid).reason !== 'Unhealthy')
    expect(tookMs).toBeGreaterThan(900)
    expect(tookMs).toBeLessThan(2_000)
  })

  test('[AGT30] a pod that is released meanwhile does not wait for that', async () => {
    const livenessProbe = { ...EXEC, failureThreshold: 1, terminationGracePeriodSeconds: 600 }
    const rig = await rigOf(pod({ livenessProbe }))
    rig.runtime.images.set('web', { stopMs: 'never', exec: () => ({ exitCode: 1 }) })
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.reason === 'Unhealthy')
    rig.release(uid)
    expect(await rig.until(() => !rig.records.has(uid))).toBeLessThan(7_000)
  })
})

describe('a startup probe', () => {
  test('[LIV3] is asked alone until it succeeds; the pod is not ready before', async () => {
    const answers: Answers = { start: { exitCode: 1, output: 'loading' } }
    const startupProbe = { exec: { command: ['start'] }, periodSeconds: 1, failureThreshold: 30 }
    const rig = await rigOf(pod({ startupProbe, livenessProbe: EXEC, readinessProbe: EXEC }), answers)
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.message.includes('loading') === true)
    expect(rig.fact(uid)).toMatchObject({ ready: false, reason: 'NotReady', containers: [{ starting: true }] })
    await rig.advance(5_000)
    expect(commands(rig, 'check')).toEqual([])
    answers['start'] = {}
    await rig.until(() => rig.fact(uid).ready)
    const asked = commands(rig, 'start').length
    await rig.advance(5_000)
    expect(commands(rig, 'start')).toHaveLength(asked)
    expect(rig.fact(uid).containers[0]).not.toHaveProperty('starting')
  })

  test('[INI3] what comes after a sidecar waits for it', async () => {
    const answers: Answers = { start: { exitCode: 1 } }
    const startupProbe = { exec: { command: ['start'] }, periodSeconds: 1, failureThreshold: 30 }
    const proxy = { name: 'proxy', image: 'side', restartPolicy: 'Always', startupProbe }
    const rig = await rigOf(pod({}, { initContainers: [proxy] }), answers)
    const uid = rig.claim()
    await rig.until(() => commands(rig, 'start').length > 3)
    expect(rig.runtime.calls).not.toContain(`start ${uid}/web`)
    answers['start'] = {}
    await rig.until(() => rig.fact(uid).ready)
  })
})

describe('the hook after a start', () => {
  const lifecycle = { postStart: { exec: { command: ['warm'] } } }

  test('[HOOK1] is run once a run, before the container is asked anything or is ready', async () => {
    const rig = await rigOf(pod({ lifecycle, readinessProbe: EXEC }), { warm: { tookMs: 2_000 } })
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.message === 'container web: its postStart hook is running')
    expect(rig.fact(uid).containers).toMatchObject([{ ready: false, starting: true }])
    await rig.advance(1_000)
    expect(commands(rig, 'check')).toEqual([])
    await rig.until(() => rig.fact(uid).ready)
    rig.runtime.kill(uid, 'web')
    await rig.until(() => rig.fact(uid).containers[0]?.restarts === 1 && rig.fact(uid).ready)
    expect(commands(rig, 'warm')).toHaveLength(2)
  })

  test('[HOOK1] is not run again by a new agent, unless it had not been done', async () => {
    const rig = await rigOf(pod({ lifecycle }), { warm: { tookMs: 1_000 } })
    const uid = rig.claim()
    await rig.until(() => commands(rig, 'warm').length === 1)
    rig.kill()
    await rig.start()
    await rig.until(() => rig.fact(uid).ready)
    expect(commands(rig, 'warm')).toHaveLength(2)
    rig.kill()
    await rig.start()
    await rig.advance(5_000)
    expect(commands(rig, 'warm')).toHaveLength(2)
    expect(rig.fact(uid).ready).toBe(true)
  })

  test('[HOOK2] ends the container where it fails', async () => {
    const rig = await rigOf(pod({ lifecycle }), { warm: { exitCode: 2, output: 'no cache' } })
    const uid = rig.claim()
    await rig.until(() => rig.records.get(uid)?.reason === 'CrashLoopBackOff')
    expect(rig.fact(uid).containers[0]).toMatchObject({
      now: { reason: 'CrashLoopBackOff' },
      last: { message: 'its postStart hook failed: command warm ended with exit code 2: no cache' },
    })
  })

  test('[AGT30] one that hangs holds up no release', async () => {
    const rig = await rigOf(pod({ lifecycle }), { warm: { tookMs: 'never' } })
    const uid = rig.claim()
    await rig.until(() => commands(rig, 'warm').length === 1)
    rig.release(uid)
    expect(await rig.until(() => !rig.records.has(uid))).toBeLessThan(2_000)
  })
})

describe('the hook before a stop', () => {
  const lifecycle = { preStop: { exec: { command: ['leave'] } } }

  test('[HOOK3] is run while the container runs, and then it is told to end', async () => {
    const rig = await rigOf(pod({ lifecycle }), { leave: { tookMs: 1_000 } })
    const uid = await rig.runOne()
    rig.release(uid)
    await rig.until(() => !rig.records.has(uid))
    const last = rig.runtime.calls.slice(-4)
    expect(last).toEqual([`exec ${uid}/web leave`, `stop ${uid}/web`, `stop ${uid}`, `remove ${uid}`])
  })

  test('[HOOK4] the grace is counted over both, and 2 s are left to end', async () => {
    const rig = await rigOf(pod({ lifecycle }))
    rig.runtime.images.set('web', { stopMs: 'never', exec: () => ({ tookMs: 'never' }) })
    const uid = await rig.runOne()
    rig.release(uid)
    const tookMs = await rig.until(() => !rig.records.has(uid))
    expect(tookMs).toBeGreaterThan(7_000)
    expect(tookMs).toBeLessThan(7_500)
    expect(rig.notes.find(({ what }) => what === 'pre-stop-failed')?.facts).toMatchObject({
      complaint: 'preStop hook of web: command leave: did not end within 5 s',
    })
  })

  test('[HOOK3] is not run in what does not run', async () => {
    const side = { name: 'side', image: 'side' }
    const rig = await rigOf(pod({}, { containers: [{ name: 'web', image: 'web', lifecycle }, side] }))
    const uid = await rig.runOne()
    rig.runtime.images.set('web', { exitAfterMs: 10, exitCode: 1 })
    rig.runtime.kill(uid, 'web', 1)
    await rig.until(() => rig.fact(uid).reason === 'CrashLoopBackOff')
    rig.release(uid)
    await rig.until(() => !rig.records.has(uid))
    expect(commands(rig, 'leave')).toEqual([])
  })

  test('[HOOK3] a pause is one too', async () => {
    const rig = await rigOf(pod({ lifecycle: { preStop: { sleep: { seconds: 3 } } } }))
    const uid = await rig.runOne()
    rig.release(uid)
    const tookMs = await rig.until(() => !rig.records.has(uid))
    expect(tookMs).toBeGreaterThan(3_000)
    expect(tookMs).toBeLessThan(4_000)
  })
})

test('[RDY30] a container that a new agent has to make anew begins at the beginning', async () => {
  const rig = await rigOf(pod({ lifecycle: { postStart: { exec: { command: ['warm'] } } } }))
  const uid = await rig.runOne()
  rig.kill()
  rig.runtime.removeByHand(uid)
  await rig.start()
  const starts = (): number => rig.runtime.calls.filter((call) => call === `start ${uid}/web`).length
  await rig.until(() => starts() === 2 && rig.fact(uid).ready)
  expect(commands(rig, 'warm')).toHaveLength(2)
})

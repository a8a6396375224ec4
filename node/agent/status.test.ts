import { describe, expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import type { RunningContainer, RunningPod, RunState } from '../runtime/runtime.ts'
import { failed } from './operations.ts'
import { settle, transition } from './pod-machine.ts'
import { failedStart, newPodMemory, observe, readEnd, type PodMemory, type Trouble } from './pod-memory.ts'
import type { RestartPolicy } from './restarts.ts'
import { podFact, waitingFact, type StatusInput } from './status.ts'
import { claimSample } from './testing.ts'

const CLAIM = claimSample({ uid: 'u', runtime: '' })

const RUNNING: RunState = { state: 'running', startedAtMs: 500 }

function exited(exitCode: number, oomKilled = false): RunState {
  return { state: 'exited', exitCode, oomKilled, finishedAtMs: 900 }
}

function podOf(run: RunState, attempt = 0): RunningPod {
  const web: RunningContainer = { name: 'web', id: 'c1', image: 'sha256:1', attempt, run }
  return { uid: 'u', name: 'web-1', namespace: 'default', annotation: '', podIP: '127.64.0.1', containers: [web] }
}

function fresh(restartPolicy: RestartPolicy = 'Always'): PodMemory {
  const web = { name: 'web', role: 'main', rule: { kind: 'running' }, attempt: 0, wasReady: false } as const
  return newPodMemory({ containers: [web], wasInitialized: false, restartPolicy, drainMs: 150 })
}

function absent(): PodMemory {
  return observe(fresh(), undefined, 0)
}

function saw(run: RunState, restartPolicy?: RestartPolicy): PodMemory {
  return settle(observe(fresh(restartPolicy), podOf(run), 0), 0)
}

function crashed(times: number, lastLines = ''): PodMemory {
  let memory = fresh()
  for (let attempt = 0; attempt < times; attempt++) memory = observe(memory, podOf(exited(3), attempt), 0)
  return settle(readEnd(memory, 'web', lastLines), 0)
}

function createFails(code: Trouble['code'], times = 1): PodMemory {
  let memory = absent()
  for (let time = 0; time < times; time++) {
    memory = failed(memory, { do: 'create' }, { trouble: { code, message: 'because' }, monoMs: 0 })
  }
  return memory
}

function startFails(code: Trouble['code'], times: number, message = 'because'): PodMemory {
  let memory = saw({ state: 'created' })
  for (let time = 0; time < times; time++)
    memory = failedStart(memory, 'web', { trouble: { code, message }, monoMs: 0 })
  return memory
}

function factOf(memory: PodMemory, change: Partial<StatusInput> = {}): PodFact {
  return podFact({
    before: CLAIM,
    memory,
    runtime: 'docker',
    hostIP: '192.0.2.1',
    images: new Map([['web', 'web:1']]),
    released: undefined,
    runtimeTrouble: undefined,
    nowMs: 5_000,
    ...change,
  })
}

test('[STA1] a ready pod has nothing to say but where it is and since when', () => {
  expect(factOf(saw(RUNNING))).toEqual({
    ...CLAIM,
    phase: 'Running',
    ready: true,
    reason: '',
    message: '',
    podIP: '127.64.0.1',
    hostIP: '192.0.2.1',
    runtime: 'docker',
    startedAtMs: 500,
    readyAtMs: 5_000,
    containers: [
      {
        name: 'web',
        image: 'web:1',
        ready: true,
        restarts: 0,
        now: { state: 'running', startedAtMs: 500 },
        id: 'docker://c1',
      },
    ],
  })
})

test('[STA1] when it became ready and first started is kept', () => {
  const first = factOf(saw(RUNNING))
  const later = factOf(saw({ ...RUNNING, startedAtMs: 800 }), { before: first, nowMs: 9_000 })
  expect(later).toMatchObject({ startedAtMs: 500, readyAtMs: 5_000 })
  const unready = factOf(absent(), { before: first, nowMs: 9_000 })
  expect(unready).not.toHaveProperty('readyAtMs')
  expect(factOf(saw(RUNNING), { before: unready, nowMs: 10_000 }).readyAtMs).toBe(10_000)
})

describe('reasons', () => {
  test.each<{ what: string; memory: PodMemory; reason: string; message: string | RegExp; phase?: string }>([
    { what: 'being created', memory: absent(), reason: 'ContainerCreating', message: '' },
    { what: 'no image', memory: createFails('image-missing'), reason: 'ErrImagePull', message: 'because' },
    { what: 'still no image', memory: createFails('image-missing', 2), reason: 'ImagePullBackOff', message: 'because' },
    { what: 'wrong platform', memory: createFails('wrong-platform'), reason: 'WrongPlatform', message: 'because' },
    { what: 'cannot be created', memory: createFails('failed'), reason: 'CreateContainerError', message: 'because' },
    { what: 'no such program', memory: createFails('bad-command'), reason: 'CreateContainerError', message: 'because' },
    { what: 'bad template', memory: createFails('config'), reason: 'CreateContainerConfigError', message: 'because' },
    { what: 'silent engine', memory: createFails('unavailable'), reason: 'RuntimeUnavailable', message: 'because' },
    {
      what: 'start fails',
      memory: startFails('bad-command', 1),
      reason: 'RunContainerError',
      message: 'container web: because',
    },
    {
      what: 'start fails again',
      memory: startFails('bad-command', 2),
      reason: 'CrashLoopBackOff',
      message: 'container web: because',
    },
    {
      what: 'engine falls silent',
      memory: startFails('unavailable', 9),
      reason: 'RuntimeUnavailable',
      message: 'container web: because',
    },
    {
      what: 'first crash',
      memory: crashed(1),
      reason: 'Restarting',
      message: 'container web ended with exit code 3 and is started again at once',
      phase: 'Running',
    },
    {
      what: 'crash loop',
      memory: crashed(3, 'no config'),
      reason: 'CrashLoopBackOff',
      message: 'container web ended with exit code 3 and is started again 20 s after that; its last lines: no config',
      phase: 'Running',
    },
    {
      what: '[TAIL6] crash loop, its last end unread',
      memory: settle(observe(crashed(2, 'no config'), podOf(exited(3), 2), 0), 0),
      reason: 'CrashLoopBackOff',
      message: 'container web ended with exit code 3 and is started again 20 s after that; its last lines: no config',
      phase: 'Running',
    },
    {
      what: 'crash loop that says nothing more',
      memory: settle(readEnd(observe(crashed(2, 'no config'), podOf(exited(3), 2), 0), 'web', ''), 0),
      reason: 'CrashLoopBackOff',
      message: 'container web ended with exit code 3 and is started again 20 s after that',
      phase: 'Running',
    },
    {
      what: 'out of memory',
      memory: settle(readEnd(observe(fresh(), podOf(exited(137, true)), 0), 'web', ''), 0),
      reason: 'Restarting',
      message: /^container web was killed for using more memory than its limit/,
      phase: 'Running',
    },
    {
      what: 'failed for good',
      memory: settle(readEnd(saw(exited(3), 'Never'), 'web', 'x'), 0),
      reason: 'Error',
      message: /exit code 3 and is not started again/,
      phase: 'Failed',
    },
    {
      what: 'done',
      memory: settle(readEnd(saw(exited(0), 'Never'), 'web', ''), 0),
      reason: 'Completed',
      message: '',
      phase: 'Succeeded',
    },
  ])('[STA2] $what: $reason', ({ memory, reason, message, phase = 'Pending' }) => {
    const fact = factOf(memory)
    expect(fact).toMatchObject({ reason, phase, ready: false })
    expect(fact.message).toMatch(message === '' ? /^$/ : message)
  })

  test('[STA2] running and not ready: what the probe said', () => {
    const rule = { kind: 'first-port', target: { kind: 'tcp', port: 1 }, timeoutMs: 1 } as const
    const plan = newPodMemory({
      containers: [{ name: 'web', role: 'main', rule, attempt: 0, wasReady: false }],
      wasInitialized: false,
      restartPolicy: 'Always',
      drainMs: 0,
    })
    const fact = factOf(settle(observe(plan, podOf(RUNNING), 0), 0))
    expect(fact).toMatchObject({
      ready: false,
      reason: 'NotReady',
      message: 'container web: its first port is not open yet',
    })
    expect(fact).toMatchObject({ phase: 'Running', containers: [{ ready: false, now: { state: 'running' } }] })
  })
})

describe('[STA10] a container that the restart policy leaves ended', () => {
  const web: RunningContainer = { name: 'web', id: 'c1', image: 'sha256:1', attempt: 0, run: RUNNING }

  /** With a container `side` that is ready once it runs; `restartPolicy` of both. */
  function beside(runs: { web: RunState; side: RunState }, restartPolicy: RestartPolicy): PodMemory {
    const plan = { role: 'main', rule: { kind: 'running' }, attempt: 0, wasReady: false } as const
    const containers = [
      { ...plan, name: 'web' },
      { ...plan, name: 'side' },
    ]
    const memory = newPodMemory({ containers, wasInitialized: false, restartPolicy, drainMs: 0 })
    const side = { ...web, name: 'side', id: 'c2', run: runs.side }
    return settle(observe(memory, { ...podOf(runs.web), containers: [{ ...web, run: runs.web }, side] }, 0), 0)
  }

  test.each([
    { exitCode: 0, reason: 'Completed', message: '' },
    {
      exitCode: 3,
      reason: 'Error',
      message: 'container web ended with exit code 3 and is not started again (restartPolicy)',
    },
  ])('is never said to be started again, also before its last lines are read: $exitCode', ({ exitCode, ...why }) => {
    expect(factOf(saw(exited(exitCode), 'Never'))).toMatchObject({ ...why, ready: false })
  })

  const LEFT = 'is not started again (restartPolicy)'
  test.each<{ what: string; memory: PodMemory; reason: string; message: string }>([
    {
      what: 'completed beside one that runs',
      memory: beside({ web: exited(0), side: RUNNING }, 'OnFailure'),
      reason: 'Completed',
      message: `container web has completed and ${LEFT}`,
    },
    {
      what: 'failed beside one that runs',
      memory: beside({ web: exited(3), side: RUNNING }, 'Never'),
      reason: 'Error',
      message: `container web ended with exit code 3 and ${LEFT}`,
    },
    {
      what: 'completed beside one that failed',
      memory: beside({ web: exited(0), side: exited(3) }, 'Never'),
      reason: 'Error',
      message: `container side ended with exit code 3 and ${LEFT}`,
    },
    {
      what: 'completed beside one that is started again',
      memory: beside({ web: exited(0), side: exited(3) }, 'OnFailure'),
      reason: 'Restarting',
      message: 'container side ended with exit code 3 and is started again at once',
    },
  ])('$what', ({ memory, reason, message }) => {
    expect(factOf(memory)).toMatchObject({ reason, message, ready: false })
  })
})

test('[STA9] a crash loop is one at the moment of a restart, too: nobody is told the same twice', () => {
  const made = observe(crashed(3), podOf({ state: 'created' }, 3), 0)
  expect(factOf(made)).toMatchObject({
    reason: factOf(crashed(3)).reason,
    message: expect.stringMatching(/^container web ended with exit code 3 and is being started again/) as string,
  })
})

test('[STA9] what runs again and is not ready says how it ended before: that may be the cause', () => {
  const plan = newPodMemory({
    containers: [
      {
        name: 'web',
        role: 'main',
        rule: { kind: 'first-port', target: { kind: 'tcp', port: 1 }, timeoutMs: 1 },
        attempt: 0,
        wasReady: false,
      },
    ],
    wasInitialized: false,
    restartPolicy: 'Always',
    drainMs: 0,
  })
  const ended = readEnd(observe(plan, podOf(exited(9)), 0), 'web', 'boom: no DATABASE_URL')
  const message =
    'container web ended with exit code 9 and is being started again; its last lines: boom: no DATABASE_URL'
  for (const before of [ended, settle(ended, 0)]) {
    const made = observe(before, podOf({ state: 'created' }, 1), 0)
    expect(factOf(made), made.state).toMatchObject({ reason: 'Restarting', message })
  }
  const again = settle(observe(ended, podOf(RUNNING, 1), 0), 0)
  expect(factOf(again).message).toBe(
    'container web ended with exit code 9 and runs again: its first port is not open yet; its last lines: boom: no DATABASE_URL',
  )
  const well = settle(observe(observe(plan, podOf(exited(0)), 0), podOf(RUNNING, 1), 0), 0)
  expect(factOf(well).message).toBe('container web: its first port is not open yet')
})

describe('bounds', () => {
  test('[STA3] words stay within 2 KiB, and the end of a log is what is kept of it', () => {
    const fact = factOf(crashed(2, `${'é'.repeat(2_000)}the cause`))
    expect(Buffer.byteLength(fact.message)).toBeLessThanOrEqual(2_048)
    expect(fact.message).toMatch(/^container web ended with exit code 3.*the cause$/)
    const { last } = fact.containers[0] ?? {}
    expect(last?.state === 'terminated' && Buffer.byteLength(last.message ?? '')).toBeLessThanOrEqual(2_048)
  })

  test('[STA3] also where the runtime has used up all of them', () => {
    const fact = factOf(startFails('bad-command', 1, 'x'.repeat(2_048)))
    expect(Buffer.byteLength(fact.message)).toBe(2_048)
  })

  test('[STA4] nothing in it counts: the same state at another time reads the same', () => {
    const memory = crashed(4)
    expect(factOf(memory, { nowMs: 99_000 })).toEqual(factOf(memory))
  })
})

describe('the end', () => {
  test('[STA5] a pod that was told to stop says so and why, from the first moment', () => {
    const memory = transition(saw(RUNNING), 'released', 0)
    expect(factOf(memory, { released: 'scaled down' })).toMatchObject({
      stopping: true,
      ready: false,
      reason: 'Stopping',
      message: 'scaled down',
      containers: [{ ready: false, now: { state: 'running' } }],
    })
  })

  test('[STA6] of a silent engine the reason is told and the last sight is kept', () => {
    expect(factOf(saw(RUNNING), { runtimeTrouble: 'no answer' })).toMatchObject({
      phase: 'Running',
      ready: false,
      reason: 'RuntimeUnavailable',
      message: 'no answer',
      podIP: '127.64.0.1',
      containers: [{ ready: false, now: { state: 'running' } }],
    })
  })

  test('[STA7] a claim that waits is not ready, whatever its record said', () => {
    const before = factOf(saw(RUNNING))
    expect(waitingFact(before, { reason: 'WaitingForSync', message: 'm' })).toMatchObject({
      ready: false,
      reason: 'WaitingForSync',
      containers: [{ ready: false }],
    })
  })
})

/**
 * The agent on the real process runtime, real clock and real sockets: what the simulated runtime is believed for.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { ProcessRuntime } from '../runtime/process.ts'
import { realClock, realTimers } from '../world/real-clock.ts'
import { realSockets } from '../world/real-sockets.ts'
import { AgentActor, type AgentMessage } from './agent-actor.ts'
import type { AgentNews } from './ports.ts'
import type { PodTemplate } from './template.ts'
import { claimSample } from './testing.ts'

const SERVER = `require('node:http').createServer((_, response) => response.end(String(process.pid)))
  .listen(Number(process.env.PORT), process.env.POD_IP)`

const TEMPLATE: PodTemplate = {
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'web',
        image: 'web',
        command: [process.execPath, '-e', SERVER],
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
      },
    ],
  },
}

const CLAIM = claimSample({ uid: 'agent-process-test', runtime: 'process' })

let directory = ''
let records: Map<string, PodFact>
let isChecked = false
let stopAgent: () => Promise<void>
let tell: (news: AgentNews) => void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-agent-'))
  records = new Map()
  startAgent()
})

afterEach(async () => {
  await stopAgent()
  const runtime = new ProcessRuntime({ directory })
  for (const { uid } of await runtime.list()) await runtime.remove(uid)
  await runtime.close()
  await rm(directory, { recursive: true, force: true })
})

function startAgent(): void {
  isChecked = false
  const runtime = new ProcessRuntime({ directory })
  const system = new ActorSystem({ clock: realClock, timers: realTimers, log: { note: () => {} } })
  const agent = system.spawn<AgentMessage>('agent', () => {
    return new AgentActor({
      node: {
        id: 'self',
        name: 'node-a',
        hostAddress: '127.0.0.1',
        capacity: { cpuMilli: 1_000, memoryBytes: 2 ** 30 },
      },
      view: {
        pods: () => [...records.values()].map((fact) => ({ node: 'self', fact })),
        template: () => TEMPLATE,
        serviceEnv: () => ({}),
        podSecurity: () => 'baseline',
        isEnding: () => false,
        config: () => undefined,
        serviceAccount: () => undefined,
      },
      records: {
        put: (name, fact) => (fact === undefined ? records.delete(name.slice(4)) : records.set(name.slice(4), fact)),
      },
      listener: { podFailed: () => {}, runtimeHealth: () => (isChecked = true) },
      world: { clock: realClock, sockets: realSockets, timers: realTimers, runtimes: [runtime] },
    })
  })
  tell = (news) => system.tell(agent, news)
  const watch = runtime.watch(
    ({ uid }) => tell({ type: 'runtime-event', uid }),
    () => {},
  )
  tell({ type: 'boot' })
  stopAgent = async () => {
    watch.stop()
    system.stopAll()
    await runtime.close()
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<number> {
  const sinceMs = realClock.mono()
  while (!(await isSo())) {
    if (realClock.mono() - sinceMs > 10_000)
      throw new Error(`not so after 10 s: ${JSON.stringify([...records.values()])}`)
    await pause(5)
  }
  return realClock.mono() - sinceMs
}

function isReady(): boolean {
  return records.get(CLAIM.uid)?.ready === true
}

/** The pid behind the pod's address, or undefined where nobody answers. */
async function pidBehind(): Promise<number | undefined> {
  try {
    const response = await fetch(`http://${records.get(CLAIM.uid)?.podIP ?? ''}:8080/`)
    return Number(await response.text())
  } catch {
    return undefined
  }
}

async function run(): Promise<number> {
  await until(() => isChecked)
  records.set(CLAIM.uid, CLAIM)
  tell({ type: 'claims-changed' })
  await until(isReady)
  const pid = await pidBehind()
  if (pid === undefined) throw new Error('the pod is ready and does not answer')
  return pid
}

test('[AGT15] a process is claimed, killed, back at once, found by the next agent, and released', async () => {
  const first = await run()

  process.kill(first, 'SIGKILL')
  const backMs = await until(async () => {
    const pid = await pidBehind()
    return pid !== undefined && pid !== first && isReady()
  })
  // It ends with a word: the next look at what runs is ten seconds off.
  expect(backMs).toBeLessThan(5_000)
  expect(records.get(CLAIM.uid)?.containers[0]).toMatchObject({ restarts: 1, last: { exitCode: 137 } })
  const second = await pidBehind()

  await stopAgent()
  startAgent()
  await until(() => isChecked)
  expect(await pidBehind()).toBe(second)
  expect(records.get(CLAIM.uid)).toMatchObject({ ready: true, containers: [{ restarts: 1 }] })

  tell({ type: 'release', uid: CLAIM.uid, reason: 'scaled down' })
  await until(() => !records.has(CLAIM.uid))
  expect(await pidBehind()).toBeUndefined()
})

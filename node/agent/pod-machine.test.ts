import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunningContainer, RunningPod, RunState } from '../runtime/runtime.ts'
import {
  dueEvent,
  nextStep,
  POD_EVENTS,
  POD_STATES,
  settle,
  transition,
  TRANSITIONS,
  type PodEvent,
  type PodState,
} from './pod-machine.ts'
import {
  changeContainer,
  failedStart,
  newPodMemory,
  observe,
  readEnd,
  type ContainerMemory,
  type PodMemory,
} from './pod-memory.ts'
import type { RestartPolicy, Role } from './restarts.ts'

/** The moves there are. Every other event leaves its state as it is. */
const MOVES: readonly (readonly [PodState, PodEvent, PodState])[] = [
  ['clearing', 'released', 'removing'],
  ['clearing', 'removed', 'preparing'],
  ['preparing', 'created', 'live'],
  ['preparing', 'vanished', 'clearing'],
  ['preparing', 'released', 'removing'],
  ['live', 'vanished', 'clearing'],
  ['live', 'finished', 'finished'],
  ['live', 'released', 'draining'],
  ['finished', 'released', 'removing'],
  ['draining', 'vanished', 'removing'],
  ['draining', 'drained', 'stopping'],
  ['stopping', 'vanished', 'removing'],
  ['stopping', 'stopped', 'removing'],
  ['removing', 'removed', 'gone'],
]

const RUNNING: RunState = { state: 'running', startedAtMs: 500 }
const EXITED: RunState = { state: 'exited', exitCode: 1, finishedAtMs: 900, oomKilled: false }
const CREATED: RunState = { state: 'created' }

function memoryOf(
  names: readonly string[] = ['web'],
  restartPolicy: RestartPolicy = 'Always',
  roles: Roles = {},
): PodMemory {
  const containers = names.map(
    (name) => ({ name, role: roles[name] ?? 'main', rule: { kind: 'running' }, attempt: 0, wasReady: false }) as const,
  )
  return newPodMemory({ containers, wasInitialized: false, restartPolicy, drainMs: 150 })
}

function withHook(memory: PodMemory, name: string): PodMemory {
  const hooked = (each: ContainerMemory): ContainerMemory =>
    each.name === name ? { ...each, hasPostStart: true } : each
  return { ...memory, containers: memory.containers.map(hooked) }
}

function podOf(runs: Readonly<Record<string, RunState>>): RunningPod {
  const containers = Object.entries(runs).map(([name, run]): RunningContainer => ({
    name,
    id: name,
    image: '',
    attempt: 0,
    run,
  }))
  return { uid: 'u', name: 'p', namespace: 'default', annotation: '', podIP: '127.64.0.1', containers }
}

type Roles = Readonly<Record<string, Role>>

/** A live pod whose containers were seen like this at 1 s. */
function live(
  runs: Readonly<Record<string, RunState>>,
  restartPolicy: RestartPolicy = 'Always',
  roles: Roles = {},
): PodMemory {
  return settle(observe(memoryOf(Object.keys(runs), restartPolicy, roles), podOf(runs), 1_000), 1_000)
}

describe('the table', () => {
  test.each(POD_STATES.flatMap((state) => POD_EVENTS.map((event) => ({ state, event }))))(
    '[POD1] $state, $event',
    ({ state, event }) => {
      const move = MOVES.find(([from, on]) => from === state && on === event)
      expect(TRANSITIONS[state][event]).toBe(move?.[2] ?? state)
    },
  )

  test('[POD2] states never move backwards, but for what has vanished', () => {
    const backwards = POD_STATES.flatMap((state) =>
      POD_EVENTS.filter((event) => POD_STATES.indexOf(TRANSITIONS[state][event]) < POD_STATES.indexOf(state)),
    )
    expect(new Set(backwards)).toEqual(new Set(['vanished']))
  })

  test('[POD3] whatever happens after a release, the pod only nears its end', () => {
    const ending: readonly PodState[] = ['draining', 'stopping', 'removing', 'gone']
    fc.assert(
      fc.property(fc.constantFrom(...POD_STATES), fc.array(fc.constantFrom(...POD_EVENTS)), (state, events) => {
        let memory = transition({ ...memoryOf(), state }, 'released', 0)
        for (const event of events) memory = transition(memory, event, 0)
        expect(ending).toContain(memory.state)
      }),
    )
  })
})

describe('the next step', () => {
  test.each<{ what: string; memory: PodMemory; step: object }>([
    { what: 'unknown: look', memory: memoryOf(), step: { do: 'look' } },
    { what: 'not there: create', memory: settle(observe(memoryOf(), undefined, 0), 0), step: { do: 'create' } },
    { what: 'created: start', memory: live({ web: CREATED }), step: { do: 'start', containers: ['web'] } },
    {
      what: 'half started: start the rest',
      memory: live({ a: RUNNING, b: CREATED }),
      step: { do: 'start', containers: ['b'] },
    },
    {
      what: '[POD9] several created: start them at once',
      memory: live({ a: CREATED, b: RUNNING, c: CREATED }),
      step: { do: 'start', containers: ['a', 'c'] },
    },
    {
      what: '[POD9] one with a hook: those behind it wait',
      memory: withHook(live({ a: CREATED, b: CREATED, c: CREATED }), 'b'),
      step: { do: 'start', containers: ['a', 'b'] },
    },
    { what: 'running: rest', memory: live({ web: RUNNING }), step: { do: 'rest' } },
    { what: 'ended: read its last lines', memory: live({ web: EXITED }), step: { do: 'read-end', container: 'web' } },
    {
      what: 'ended and read: recreate',
      memory: readEnd(live({ web: EXITED }), 'web', 'x'),
      step: { do: 'recreate', container: 'web' },
    },
    { what: 'a part is missing: remove the rest', memory: partGone(), step: { do: 'remove' } },
    {
      what: 'released: wait for the routes',
      memory: transition(live({ web: RUNNING }), 'released', 1_000),
      step: { do: 'wait', untilMs: 1_150 },
    },
    { what: 'drained: stop', memory: { ...live({ web: RUNNING }), state: 'stopping' }, step: { do: 'stop' } },
    { what: 'stopped: remove', memory: { ...live({ web: EXITED }), state: 'removing' }, step: { do: 'remove' } },
    { what: 'gone: rest', memory: { ...memoryOf(), state: 'gone' }, step: { do: 'rest' } },
  ])('[POD4] $what', ({ memory, step }) => {
    expect(nextStep(memory, 1_000)).toEqual(step)
  })

  function partGone(): PodMemory {
    const before = live({ a: RUNNING, b: RUNNING })
    return settle(observe(before, podOf({ a: RUNNING }), 20_000), 20_000)
  }

  test('[POD4] a back-off is waited for, the nearer one of two', () => {
    const both = readEnd(readEnd(live({ a: EXITED, b: EXITED }), 'a', ''), 'b', '')
    const late = changeContainer(both, 'a', (one) => ({ ...one, restarts: { crashes: 3, notBeforeMs: 21_000 } }))
    const memory = changeContainer(late, 'b', (one) => ({ ...one, restarts: { crashes: 2, notBeforeMs: 11_000 } }))
    expect(nextStep(memory, 1_000)).toEqual({ do: 'wait', untilMs: 11_000 })
    expect(nextStep(memory, 11_000)).toEqual({ do: 'recreate', container: 'b' })
  })

  test('[POD5] a pod that is not serving is stopped without draining', () => {
    const memory = transition(live({ web: CREATED }), 'released', 1_000)
    expect(dueEvent(memory, 1_000)).toBe('drained')
  })

  test('[POD6] what vanished is made anew at its next attempt', () => {
    const memory = settle(observe(live({ web: RUNNING }), undefined, 60_000), 60_000)
    expect(memory.state).toBe('clearing')
    expect(memory.containers[0]).toMatchObject({ attempt: 1, restarts: { crashes: 0 } })
    expect(memory.retries.create.notBeforeMs).toBe(0)
  })

  test('[POD6] what vanishes over and over as soon as it runs is held to the back-off', () => {
    let memory = live({ web: RUNNING })
    for (const monoMs of [1_100, 1_200, 1_300]) {
      memory = transition(observe(memory, undefined, monoMs), 'vanished', monoMs)
      memory = settle(transition(memory, 'removed', monoMs), monoMs)
      const { attempt = 0 } = memory.containers[0] ?? {}
      const again = podOf({ web: { ...RUNNING, startedAtMs: monoMs } })
      const containers = again.containers.map((container) => ({ ...container, attempt }))
      memory = settle(observe(memory, { ...again, containers }, monoMs), monoMs)
    }
    const gone = transition(observe(memory, undefined, 1_400), 'vanished', 1_400)
    expect(gone.retries.create.notBeforeMs).toBeGreaterThan(10_000)
  })

  test('[POD8] a start that failed and then shows as an end is one crash', () => {
    const trouble = { code: 'bad-command', message: 'no such program' } as const
    const failedOnce = failedStart(live({ web: CREATED }), 'web', { trouble, monoMs: 1_000 })
    expect(observe(failedOnce, podOf({ web: EXITED }), 1_000).containers[0]?.restarts.crashes).toBe(1)
  })

  test('[POD8] one that failed since the container had gone is none', () => {
    const trouble = { code: 'not-found', message: 'gone' } as const
    const doubted = failedStart(live({ web: CREATED }), 'web', { trouble, monoMs: 1_000 })
    expect(doubted.containers[0]?.restarts.crashes).toBe(0)
    expect(nextStep(doubted, 1_000)).toEqual({ do: 'look' })
  })

  test.each<{ policy: RestartPolicy; exitCode: number; state: PodState }>([
    { policy: 'Always', exitCode: 0, state: 'live' },
    { policy: 'OnFailure', exitCode: 0, state: 'finished' },
    { policy: 'OnFailure', exitCode: 1, state: 'live' },
    { policy: 'Never', exitCode: 1, state: 'finished' },
  ])('[POD7] $policy and exit code $exitCode: $state', ({ policy, exitCode, state }) => {
    const ended = readEnd(live({ web: { ...EXITED, exitCode } }, policy), 'web', '')
    expect(settle(ended, 1_000).state).toBe(state)
  })
})

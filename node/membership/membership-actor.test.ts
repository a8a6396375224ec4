import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { aPod, aWorkload } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { encodeFrame } from './frames.ts'
import { MembershipActor, type MembershipAnswers } from './membership-actor.ts'
import type { MembershipPorts } from './ports.ts'

const web = aWorkload({ template: { spec: { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] } } })

/** One node `a` with a member `b` whose pod listens, and a recording outside. */
function rig({
  dials = 'refused',
  probe = 'refused',
}: { dials?: string; probe?: 'answers' | 'refused' | 'silent' } = {}) {
  const time = new VirtualTime()
  const log: string[] = []
  const pods = [aPod('b', { uid: 'u1', podIP: '127.64.0.9', ready: true })]
  const ports: MembershipPorts = {
    self: 'a',
    start: 1,
    unit: () => 0,
    view: {
      members: () => ['a', 'b'].map((node) => ({ node, addresses: [`/to/${node}`] })),
      pods: () => pods,
      workloads: () => [web],
      networkOf: () => 'here',
      setVerdict: (node: string, verdict: Verdict) => void log.push(`${node} is ${verdict}`),
      setProbe: (uid, answer) => void log.push(`${uid} ${answer}`),
    },
    wire: {
      send: (to) => void log.push(`frame to ${to}`),
      gossip: () => void log.push('gossip'),
      connect: async (addresses) => {
        log.push(`dial ${addresses.join()}`)
        throw Object.assign(new Error(dials), { code: dials })
      },
      disconnect: async (node) => void log.push(`hang up on ${node}`),
    },
    onBlamed: (peer, rule) => void log.push(`${peer} blamed: ${rule}`),
    prober: { probe: async ({ host, port }) => (log.push(`probe ${host}:${port}`), probe) },
    seal: { seal: () => new Uint8Array(), open: (bytes) => (bytes.length > 0 ? 'bad' : 'unknown') },
  }
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  let answers: MembershipAnswers | undefined
  const actor = system.spawn(
    'membership',
    () => new MembershipActor({ ports, links: [], onDetector: (given) => (answers = given) }),
  )
  system.tell(actor, { type: 'start' })
  const beats = async (forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 500) {
      system.tell(actor, {
        type: 'frame',
        from: 'b',
        bytes: encodeFrame({ type: 'beat', incarnation: 1, sentMs: ms, neighbours: ['a'] }),
      })
      await time.advanceAndSettle(500)
    }
  }
  return {
    time,
    log,
    system,
    actor,
    beats,
    answers: () => answers!,
    seen: (word: string) => log.filter((line) => line.includes(word)),
  }
}

describe("a neighbour's agent that is killed", () => {
  test('[DET4] is redialled, found gone, and its pods are asked at once', async () => {
    const { time, log, system, actor, beats } = rig()
    system.tell(actor, { type: 'up', peer: 'b' })
    await beats(2_000)
    log.length = 0
    system.tell(actor, { type: 'down', peer: 'b', reason: 'reset' })
    await time.advanceAndSettle(10)
    expect(log).toEqual(['dial /to/b', 'b is agent-gone', 'probe 127.64.0.9:8080', 'u1 refused'])
  })

  test('[ASK4] leaves pods that are taken for gone when they were silent twice', async () => {
    const { time, system, actor, beats, seen } = rig({ probe: 'silent' })
    system.tell(actor, { type: 'up', peer: 'b' })
    await beats(2_000)
    system.tell(actor, { type: 'down', peer: 'b', reason: 'reset' })
    await time.advanceAndSettle(100)
    expect([seen('probe').length, seen('u1 ')]).toEqual([1, []])
    await time.advanceAndSettle(1_100)
    expect(seen('u1 ')[0]).toBe('u1 refused')
  })

  test('[ASK3] has its pods asked twice a second until it is back', async () => {
    const { time, system, actor, beats, seen, log } = rig({ probe: 'answers' })
    system.tell(actor, { type: 'up', peer: 'b' })
    await beats(1_000)
    system.tell(actor, { type: 'down', peer: 'b', reason: 'reset' })
    await time.advanceAndSettle(5_000)
    expect(seen('probe').length).toBeGreaterThanOrEqual(10)
    expect(seen('probe').length).toBeLessThanOrEqual(12)
    system.tell(actor, { type: 'up', peer: 'b' })
    await time.advanceAndSettle(10)
    expect(log.at(-1)).toBe('u1 undefined')
  })

  test('[OVL3] is dialled as soon as this node starts', async () => {
    const { time, seen } = rig()
    await time.advanceAndSettle(1)
    expect(seen('dial')).toEqual(['dial /to/b'])
  })

  test('[OVL3] is dialled again and again', async () => {
    const { time, seen } = rig()
    await time.advanceAndSettle(10_000)
    expect(seen('dial').length).toBeGreaterThanOrEqual(5)
  })
})

test('[DET1] silence, and nobody else to ask: unreachable, then lost', async () => {
  const { time, system, actor, beats, seen } = rig({ dials: 'timeout' })
  system.tell(actor, { type: 'up', peer: 'b' })
  await beats(1_000)
  await time.advanceAndSettle(8_000)
  expect(seen(' is ')).toEqual(['b is unreachable', 'b is lost'])
})

test('[OVL7] the silent link with a member that is lost is closed, and the member dialled', async () => {
  const { time, log, system, actor, beats, seen } = rig({ dials: 'timeout' })
  system.tell(actor, { type: 'up', peer: 'b' })
  await beats(1_000)
  await time.advanceAndSettle(6_000)
  expect(seen('hang up')).toEqual([])
  await time.advanceAndSettle(2_000)
  expect(seen('hang up')).toEqual(['hang up on b'])
  log.length = 0
  system.tell(actor, { type: 'down', peer: 'b', reason: 'closed' })
  await time.advanceAndSettle(1_000)
  expect(seen('dial')).not.toEqual([])
})

test('[OVL7] so is that with a member that comes and goes, though it is lost only later', async () => {
  const { time, log, system, actor, beats, seen } = rig({ dials: 'timeout' })
  system.tell(actor, { type: 'up', peer: 'b' })
  for (let returns = 0; returns < 4; returns++) {
    await beats(1_000)
    await time.advanceAndSettle(3_000)
  }
  await beats(1_000)
  log.length = 0
  await time.advanceAndSettle(8_000)
  expect(seen(' is ')).toEqual(['b is unreachable'])
  expect(seen('hang up')).toContain('hang up on b')
})

test('[DET4] a link that another one replaces is no sign of anything', async () => {
  const { time, log, system, actor, beats } = rig()
  system.tell(actor, { type: 'up', peer: 'b' })
  await beats(1_000)
  log.length = 0
  system.tell(actor, { type: 'down', peer: 'b', reason: 'replaced' })
  await time.advanceAndSettle(10)
  expect(log).toEqual([])
})

test('[DET9] the hold of a member can be asked at any time, and how long it has been judged so', async () => {
  const { time, answers, system, actor, beats, seen } = rig({ dials: 'timeout' })
  await time.advanceAndSettle(200)
  expect([answers().holdMs('b'), answers().verdictMs('b')]).toEqual([1_000, Infinity])
  system.tell(actor, { type: 'up', peer: 'b' })
  await beats(1_000)
  for (let tries = 0; tries < 100 && !seen(' is ').includes('b is unreachable'); tries++)
    await time.advanceAndSettle(100)
  await time.advanceAndSettle(700)
  expect(answers().verdictMs('b')).toBeGreaterThanOrEqual(700)
  expect(answers().verdictMs('b')).toBeLessThanOrEqual(800)
})

test.each([
  { what: 'unknown', bytes: new Uint8Array(), judged: 'ignore' },
  { what: 'bad', bytes: new Uint8Array(3), judged: 'reject' },
])('[FRM3] gossip that is $what travels no further: $judged', async ({ bytes, judged }) => {
  const { time, system, actor, seen } = rig()
  const judgements: string[] = []
  const judge = (name: string) => () => void judgements.push(name)
  system.tell(actor, {
    type: 'gossip',
    message: { from: 'b', bytes, accept: judge('accept'), ignore: judge('ignore'), reject: judge('reject') },
  })
  await time.advanceAndSettle(10)
  expect(judgements).toEqual([judged])
  expect(seen('blamed')).toEqual(judged === 'reject' ? ['b blamed: verdict'] : [])
})

test('[FRM1] a frame that is none is blamed on the neighbour that sent it', async () => {
  const { time, system, actor, seen } = rig()
  system.tell(actor, { type: 'frame', from: 'b', bytes: new Uint8Array(9) })
  await time.advanceAndSettle(10)
  expect(seen('blamed')).toEqual(['b blamed: membership'])
})

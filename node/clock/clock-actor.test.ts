import { expect, test } from 'vitest'
import type { Context } from '../actor/actor.ts'
import { ClockActor, type ClockAnswers, type ClockMessage, ROUND_TRIP_MS_MAX } from './clock-actor.ts'
import { decodeClockFrame, encodeClockFrame } from './clock-frames.ts'

/** An actor with one neighbour, whose time the test moves. */
function rig() {
  const time = { wallMs: 1_000_000, monoMs: 0 }
  const sent: Uint8Array[] = []
  const blamed: string[] = []
  let answers: ClockAnswers | undefined
  const actor = new ClockActor({
    send: (_to, bytes) => void sent.push(bytes),
    nameOf: (node) => node,
    tell: () => {},
    onBlamed: (peer) => void blamed.push(peer),
    links: [],
    onAnswers: (given) => (answers = given),
  })
  const context = {
    now: () => time.wallMs,
    mono: () => time.monoMs,
    after: () => () => {},
    note: () => {},
  } as unknown as Context<ClockMessage>
  const tell = (message: ClockMessage): void => actor.receive(message, context)
  const lastId = (): number => decodeClockFrame(sent.at(-1) ?? new Uint8Array())?.id ?? -1
  const answer = (wallMs: number, id = lastId(), from = 'blue'): void =>
    tell({ type: 'frame', from, bytes: encodeClockFrame({ type: 'answer', id, wallMs }) })
  const pass = (ms: number): void => {
    time.wallMs += ms
    time.monoMs += ms
  }
  return { time, sent, blamed, tell, answer, pass, lastId, offset: () => answers?.offsetMs('blue') }
}

test('[CLOCK7] the offset is taken at the middle of the round trip, and what sets our clock moves it', () => {
  const { tell, answer, pass, offset, time } = rig()
  tell({ type: 'up', peer: 'blue' })
  pass(300)
  answer(1_000_150 + 5_000)
  expect(offset()).toBe(5_000)
  pass(60_000)
  expect(offset()).toBe(5_000)
  time.wallMs += 7_000
  expect(offset()).toBe(-2_000)
  tell({ type: 'down', peer: 'blue' })
  expect(offset()).toBeUndefined()
})

test('[CLOCK7] an answer that took long says nothing', () => {
  const { tell, answer, pass, offset } = rig()
  tell({ type: 'up', peer: 'blue' })
  pass(ROUND_TRIP_MS_MAX + 1)
  answer(9_000_000)
  expect(offset()).toBeUndefined()
})

test('[CLOCK6] nobody is believed who was not asked, and nobody twice', () => {
  const { tell, answer, pass, offset, lastId, blamed } = rig()
  answer(1, 1)
  expect(offset()).toBeUndefined()
  tell({ type: 'up', peer: 'blue' })
  const id = lastId()
  answer(9_000_000, id + 1)
  answer(9_000_000, id, 'red')
  expect(offset()).toBeUndefined()
  answer(1_000_000, id)
  pass(10)
  answer(9_000_000, id)
  expect(offset()).toBe(0)
  expect(blamed).toEqual([])
})

test('[CLOCK6] what is no frame blames its sender', () => {
  const { tell, blamed, sent } = rig()
  const hostile = [
    [],
    [0x80],
    [0x82, 0, 0x20],
    [0x83, 1, 1, 0xf6],
    [0x82, 1, 1],
    Array.from({ length: 65 }, () => 0x80),
  ]
  for (const bytes of hostile) tell({ type: 'frame', from: 'red', bytes: Uint8Array.from(bytes) })
  expect(blamed).toHaveLength(hostile.length)
  tell({ type: 'frame', from: 'blue', bytes: encodeClockFrame({ type: 'ask', id: 7 }) })
  expect(sent.map(decodeClockFrame)).toEqual([{ type: 'answer', id: 7, wallMs: 1_000_000 }])
})

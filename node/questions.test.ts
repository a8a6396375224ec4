import { Duplex, PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { incomingStreams, type IncomingPorts } from './incoming.ts'
import { answerLogs, ask, askLogs } from './questions.ts'
import { RuntimeError } from './runtime/runtime.ts'

const QUESTION = { uid: 'u', options: { container: 'main', follow: false, timestamps: false, previous: false } }

/** Both ends of a stream. */
function streamPair(): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()]
  const ends: [Duplex, Duplex] = [
    Duplex.from({ readable: back, writable: there }),
    Duplex.from({ readable: there, writable: back }),
  ]
  // As a peer's streams: a break before anybody listens for it ends nothing.
  for (const stream of [there, back, ...ends]) stream.on('error', () => {})
  return ends
}

/** Asks a node whose runtime answers so. `now` lets the time for an answer pass. */
function asking(serve: (header: Uint8Array, stream: Duplex) => void) {
  const timers: (() => void)[] = []
  const world = {
    transport: {
      open: (_peer: string, _protocol: string, header: Uint8Array) => {
        const [near, far] = streamPair()
        serve(header, far)
        return Promise.resolve(near)
      },
    },
    timers: {
      after: (_ms: number, run: () => void) => {
        timers.push(run)
        return () => {}
      },
    },
  }
  return { answer: askLogs(world, 'blue', QUESTION), now: () => timers.forEach((run) => run()) }
}

function nodeWith(logs: () => Promise<Readable>): (header: Uint8Array, stream: Duplex) => void {
  const ports = {
    world: { runtimes: [{ logs }], log: { note: () => {} } },
    backend: {},
    forwardServer: {},
  } as unknown as IncomingPorts
  return (header, stream) => incomingStreams(ports)('red', 'logs', header, stream)
}

test('[API60] why another node does not show the output reaches whoever asked for it', async () => {
  const why = 'the engine at /run/docker.sock is\u001b[31m out of reach'
  const { answer } = asking(nodeWith(() => Promise.reject(new RuntimeError('unavailable', why))))
  await expect(answer).rejects.toThrow('the engine at /run/docker.sock is [31m out of reach')
})

test('[API75] that a container has no run before the last is told as such, past a runtime that has not the pod', async () => {
  const why = new RuntimeError('no-previous', 'main of pod u has no run before the last')
  const { answer } = asking(nodeWith(() => Promise.reject(why)))
  await expect(answer).rejects.toMatchObject({ code: 'no-previous', message: why.message })
})

test('[PROC15] output that was opened for an asker who has gone meanwhile is left', () => {
  const [, far] = streamPair()
  const output = new PassThrough()
  far.destroy()
  answerLogs(far, output)
  expect(output.destroyed).toBe(true)
})

test('[API60] the output comes as it is, also none', async () => {
  for (const output of ['\u0000\u0001line\n', '']) {
    const { answer } = asking(
      nodeWith(() => Promise.resolve(Readable.from(output === '' ? [] : [Buffer.from(output)]))),
    )
    expect(await text(await answer)).toBe(output)
  }
})

test.each(['line\n', ''])(
  '[API60] output %j that came as a whole, with its end, before it is read is not lost',
  async (output) => {
    const near = new PassThrough()
    near.end(Buffer.concat([Uint8Array.of(0), Buffer.from(output)]))
    const transport = { open: () => Promise.resolve(near) }
    const stream = await askLogs({ transport, timers: { after: () => () => {} } }, 'blue', QUESTION)
    await turn()
    expect(await text(stream)).toBe(output)
  },
)

test('[API60] an answer that is none, none at all, or an endless reason is an error of bounded size', async () => {
  const said = (bytes: Uint8Array): Promise<unknown> => asking((_, stream) => stream.end(bytes)).answer
  await expect(said(Uint8Array.of(7, 1))).rejects.toThrow('blue answered something that is no output')
  await expect(said(new Uint8Array())).rejects.toThrow('ended the answer before it began')
  await expect(said(Uint8Array.of(1))).rejects.toThrow('did not say why')
  const endless = asking((_, stream) => {
    stream.write(Uint8Array.of(1))
    Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1024, 'x')
      })(),
    ).pipe(stream)
  }).answer
  await expect(endless).rejects.toThrow(/^x{4096}$/)
  const silent = asking(() => {})
  await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  silent.now()
  await expect(silent.answer).rejects.toThrow('blue did not answer within 10000 ms')
})

test.each([
  ['answers in its own time', () => Promise.resolve({ overMs: 0, pods: {} }), '{"overMs":0,"pods":{}}'],
  ['cannot answer', () => Promise.reject(new Error('no engine')), undefined],
])('[TOP1] a node that is asked what its pods take %s', async (_, ownUsage, said) => {
  const [near, far] = streamPair()
  const ports = { world: {}, backend: { ownUsage }, forwardServer: {} } as unknown as IncomingPorts
  incomingStreams(ports)('red', 'ask', Buffer.from('{"ask":"usage"}'), far)
  near.end()
  expect(await text(near).catch(() => undefined)).toBe(said)
})

test('[API122] what pods take is waited for longer than what a node knows already', async () => {
  const waits: number[] = []
  const timers = { after: (ms: number) => (waits.push(ms), () => {}) }
  const transport = { open: () => Promise.reject(new Error('gone')) }
  await expect(ask(transport, timers, 'blue', { ask: 'usage' })).rejects.toThrow()
  await expect(ask(transport, timers, 'blue', { ask: 'events' })).rejects.toThrow()
  expect(waits).toEqual([5_000, 1_500])
})

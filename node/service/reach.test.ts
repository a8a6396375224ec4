import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { VirtualTime } from '../world/virtual-time.ts'
import { encodeAnswer } from './forward-protocol.ts'
import { Reach } from './reach.ts'
import { backendOf, closed, readAll, streamPair } from './rig.ts'
import type { Backend } from './backends.ts'

const elsewhere = (ways: Backend['ways']): Backend =>
  backendOf({ podUid: 'pod-1', node: 'node-b', isLocal: false, ways })

type Outcome = 'connects' | 'ECONNREFUSED' | 'ETIMEDOUT' | 'EHOSTUNREACH'

/** A reach whose two ways do as told, and a diary of what was tried. */
function rig(options: { direct?: Outcome; through?: (far: Duplex) => void; openMs?: number } = {}) {
  const time = new VirtualTime()
  const tried: string[] = []
  const rules = {
    direct: 'connects' as Outcome,
    through: (far: Duplex) => void far.write(encodeAnswer('connected')),
    openMs: 0,
    ...options,
  }
  const reach = new Reach({
    clock: time.clock,
    timers: time.timers,
    sockets: {
      listen: () => Promise.reject(new Error('not used')),
      async connect() {
        tried.push('direct')
        if (rules.direct === 'connects') return streamPair()[0]
        throw Object.assign(new Error(rules.direct), { code: rules.direct })
      },
    },
    transport: {
      open: (to, protocol, header) =>
        new Promise((resolve) => {
          tried.push(`${protocol} ${new TextDecoder().decode(header)} through ${to}`)
          const [near, far] = streamPair()
          time.timers.after(rules.openMs, () => {
            resolve(near)
            rules.through(far)
          })
        }),
    },
  })
  const connect = async (backend: Backend, waitMs = 5_000): Promise<Duplex> => {
    const connecting = reach.connect(backend)
    connecting.catch(() => {})
    await time.advanceAndSettle(waitMs)
    return await connecting
  }
  return { time, tried, rules, reach, connect }
}

const STREAM = 'forward {"podUid":"pod-1","port":80} through node-b'

test('[REACH1] the first way that leads there is taken and remembered for the node', async () => {
  const { rules, tried, connect } = rig({ direct: 'EHOSTUNREACH' })
  await connect(elsewhere(['direct', 'through']))
  expect(tried).toEqual(['direct', STREAM])
  await connect(elsewhere(['direct', 'through']))
  expect(tried.slice(2)).toEqual([STREAM])
  rules.direct = 'connects'
  await connect(elsewhere(['direct']))
  await connect(elsewhere(['direct', 'through']))
  expect(tried.slice(3)).toEqual(['direct', 'direct'])
})

test('[REACH2] a refusal is the last word, silence is not', async () => {
  const refusing = rig({ direct: 'ECONNREFUSED' })
  await expect(refusing.connect(elsewhere(['direct', 'through']))).rejects.toMatchObject({ code: 'refused' })
  expect(refusing.tried).toEqual(['direct'])
  const silent = rig({ direct: 'ETIMEDOUT' })
  await silent.connect(elsewhere(['direct', 'through']))
  expect(silent.tried).toEqual(['direct', STREAM])
})

test.each(['refused', 'timeout', 'unreachable', 'not-here', 'busy'] as const)(
  "[REACH3] the pod's node says %s, and so does the error",
  async (answer) => {
    const { connect } = rig({ through: (far) => void far.end(encodeAnswer(answer)) })
    await expect(connect(elsewhere(['through']))).rejects.toMatchObject({
      code: answer,
      message: `node node-b says of port 80 of pod pod-1: ${answer}`,
    })
  },
)

const useless: [string, (far: Duplex) => void][] = [
  ['breaks', (far) => void far.destroy()],
  ['ends without an answer', (far) => void far.end()],
  ['answers nonsense', (far) => void far.write(Uint8Array.of(77))],
]

test.each(useless)('[REACH3] a stream that %s leads nowhere', async (_, through) => {
  const { connect } = rig({ through })
  await expect(connect(elsewhere(['through']))).rejects.toMatchObject({ code: 'unreachable' })
})

test('[REACH4] what follows the answer belongs to the client', async () => {
  const { connect } = rig({
    through: (far) => far.end(Buffer.concat([encodeAnswer('connected'), Buffer.from('220 hello')])),
  })
  const stream = await connect(elsewhere(['through']))
  expect((await readAll(stream)).text).toBe('220 hello')
})

test('[REACH5] a node that stays silent is given up in time, and a stream that comes later is closed', async () => {
  let late: Duplex | undefined
  const { connect, time } = rig({ openMs: 2_000, through: (far) => (late = far) })
  await expect(connect(elsewhere(['through']), 1_000)).rejects.toMatchObject({ code: 'timeout' })
  await time.advanceAndSettle(1_000)
  await closed(late as unknown as Duplex)
  expect(time.waiting).toBe(0)
})

test('[REACH5] an answer that does not come is given up in time', async () => {
  const { connect, time } = rig({ through: () => {} })
  await expect(connect(elsewhere(['through']), 1_000)).rejects.toMatchObject({ code: 'timeout' })
  expect(time.waiting).toBe(0)
})

test('[REACH6] a node is given four times what it needed last, and never under 300 ms', async () => {
  const { connect, rules } = rig({ openMs: 200 })
  await connect(elsewhere(['through']))
  rules.openMs = 790
  await connect(elsewhere(['through']), 800)
  const near = rig({ openMs: 1 })
  await near.connect(elsewhere(['through']))
  near.rules.openMs = 290
  await near.connect(elsewhere(['through']), 300)
  near.rules.openMs = 1_200
  await expect(near.connect(elsewhere(['through']), 1_190)).rejects.toMatchObject({ code: 'timeout' })
})

test('[REACH8] after a silence a node is given twice the time, and then by what it needed', async () => {
  const { connect, rules } = rig({ openMs: 100 })
  await connect(elsewhere(['through']), 100)
  rules.openMs = 700
  await expect(connect(elsewhere(['through']), 400)).rejects.toMatchObject({ code: 'timeout' })
  await connect(elsewhere(['through']), 700)
  rules.openMs = 2_790
  await connect(elsewhere(['through']), 2_800)
})

test('[REACH7] a backend to which no way leads says so', async () => {
  await expect(rig().connect(elsewhere([]))).rejects.toThrow('no way leads to pod pod-1')
})

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { realClock, realDice, realTimers } from '../world/real-clock.ts'
import { realSockets } from '../world/real-sockets.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import type { Clock, Listening } from '../world/world.ts'
import type { Backend, Route } from './backends.ts'
import { DataPlane } from './data-plane.ts'
import { EndpointError } from './forward-protocol.ts'
import { Reach } from './reach.ts'
import { backendOf, closed, memoryLog, readAll, socketPod, standing, streamPair } from './rig.ts'
import type { SocketPod } from './rig.ts'
import type { ListenerId, RouteTable } from './routes.ts'

const ROUTE = 'core/Service/default/web:8080'
const LISTENER: ListenerId = '127.0.0.1:8080'

const cleanups: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

function tableOf(
  backends: readonly Backend[],
  lost: readonly string[] = [],
): Pick<RouteTable, 'listeners' | 'routes' | 'lost'> {
  const service = 'core/Service/default/web'
  const route: Route = { id: ROUTE, service, port: 8080, backends, affinity: 'None', preferLocal: false }
  return {
    listeners: new Map([[LISTENER, { host: '127.0.0.1', port: 8080, route: ROUTE, service, purpose: 'loopback' }]]),
    routes: new Map([[ROUTE, route]]),
    lost: new Set(lost),
  }
}

/** A route over real sockets. */
async function service(backends: readonly Backend[], clock: Clock = realClock) {
  const log = memoryLog()
  const transport = { open: () => Promise.reject(new Error('no other node')) }
  const reach = new Reach({ clock: realClock, timers: realTimers, sockets: realSockets, transport })
  const plane = new DataPlane({ clock, timers: realTimers, dice: realDice, log, reach })
  plane.apply(tableOf(backends))
  const listening = await realSockets.listen(
    { host: '127.0.0.1', port: 0 },
    (client) => void plane.accept(LISTENER, client),
  )
  cleanups.push(() => listening.close())
  return { plane, listening, log }
}

/** Answers each connection's bytes with its own name, once they have ended. */
async function namedPod(name: string): Promise<SocketPod> {
  const pod = await socketPod(name, (connection) => {
    let asked = ''
    connection.on('data', (bytes: Buffer) => (asked += bytes.toString()))
    connection.on('end', () => connection.end(`${name}: ${asked}`))
  })
  cleanups.push(() => pod.die())
  return pod
}

async function request(
  { host, port }: Pick<Listening, 'host' | 'port'>,
  body: string,
): Promise<{ text: string; error: string | undefined }> {
  const client = await realSockets.connect({ host, port, timeoutMs: 5_000 })
  client.end(body)
  return await readAll(client)
}

test('[DATA1] a pod that refuses is passed over before the client notices', async () => {
  const [dead, alive] = [await namedPod('dead'), await namedPod('alive')]
  await dead.die()
  const { listening, plane } = await service([dead.backend, alive.backend], new VirtualTime().clock)
  for (let number = 0; number < 20; number++)
    expect(await request(listening, `${number}`)).toEqual({ text: `alive: ${number}`, error: undefined })
  // It was asked once and then passed over.
  expect(plane.counts).toMatchObject({ served: 20, failedAttempts: 1, withoutBackend: 0, open: 0 })
})

test('[DATA2] of 1,000 requests while one of three pods dies none fails', async () => {
  const pods = [await namedPod('a'), await namedPod('b'), await namedPod('c')] as const
  const { listening, plane } = await service(pods.map(({ backend }) => backend))
  const answered = new Map<string, number>()
  let sent = 0
  const send = async (untilSent: number): Promise<void> => {
    while (sent < untilSent) {
      const body = `request ${sent++}`
      const { text, error } = await request(listening, body)
      expect(error).toBeUndefined()
      const [name = '', echo] = text.split(': ')
      expect(echo).toBe(body)
      answered.set(name, (answered.get(name) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 8 }, () => send(300)))
  // Between two requests, so that none has its bytes in the pod that dies.
  await pods[1].die()
  await Promise.all(Array.from({ length: 8 }, () => send(1_000)))
  expect([...answered.values()].reduce((sum, count) => sum + count, 0)).toBe(1_000)
  expect(answered.get('b')).toBe(100)
  expect(plane.counts).toMatchObject({ served: 1_000, withoutBackend: 0, open: 0 })
  expect(plane.counts.failedAttempts).toBeGreaterThan(0)
})

test('[DATA2] under load only requests that a dying pod had taken fail', async () => {
  const pods = [await namedPod('a'), await namedPod('b'), await namedPod('c')] as const
  const { listening } = await service(pods.map(({ backend }) => backend))
  let sent = 0
  let failed = 0
  let atDeath = Number.POSITIVE_INFINITY
  const send = async (): Promise<void> => {
    while (sent < 600) {
      const number = sent++
      if (number === 200) {
        await pods[1].die()
        atDeath = sent
      }
      const { error } = await request(listening, 'x')
      if (error === undefined) continue
      failed += 1
      expect(number).toBeLessThan(atDeath)
    }
  }
  await Promise.all(Array.from({ length: 16 }, send))
  // At most those in flight, of which a third were with that pod.
  expect(failed).toBeLessThan(16)
})

test('[DATA3] a service without endpoints resets its clients at once and says so once a minute', async () => {
  const time = new VirtualTime()
  const log = memoryLog()
  const reach = { connect: () => Promise.reject(new Error('not used')), keepOnly: () => {} }
  const plane = new DataPlane({ ...standing(time), dice: realDice, log, reach })
  plane.apply(tableOf([]))
  const knock = async (): Promise<string | undefined> => {
    const [client, accepted] = streamPair()
    const read = readAll(client)
    await plane.accept(LISTENER, accepted)
    return (await read).error
  }
  for (let number = 0; number < 10; number++) expect(await knock()).toBeDefined()
  expect(log.notes).toEqual([
    {
      level: 'warn',
      what: 'service-without-endpoint',
      facts: { service: 'core/Service/default/web', port: 8080, tried: 0 },
    },
  ])
  time.advance(60_000)
  await knock()
  expect(log.notes).toHaveLength(2)
  expect(plane.counts).toMatchObject({ withoutBackend: 11, open: 0 })
})

test('[DATA3] a TCP client of a service without endpoints sees a reset, not a hang and not an empty answer', async () => {
  const { listening } = await service([])
  // The reset may be as quick as the connect itself.
  const refused = (error: NodeJS.ErrnoException) => ({ text: '', error: error.code })
  const outcome = await realSockets.connect({ ...listening, timeoutMs: 1_000 }).then(readAll, refused)
  expect(outcome).toEqual({ text: '', error: 'ECONNRESET' })
})

/** A service of one pod that took a connection and then died, with its successor yet to come. */
async function bereft(connectionsMax = 100, { wasAsked = true } = {}) {
  const time = new VirtualTime()
  let isAlive = true
  const reach = {
    connect: ({ podUid }: Backend) => {
      if (podUid === 'first' && !isAlive) return Promise.reject(new Error('refused'))
      const [near, far] = streamPair()
      far.end(podUid)
      return Promise.resolve(near)
    },
    keepOnly: () => {},
  }
  const plane = new DataPlane({ ...standing(time), dice: realDice, log: memoryLog(), reach, connectionsMax })
  const knock = () => {
    const [client, accepted] = streamPair()
    const read = readAll(client)
    client.end()
    const over = plane.accept(LISTENER, accepted)
    return { client, read, over }
  }
  plane.apply(tableOf([backendOf({ podUid: 'first' })]))
  if (wasAsked) expect((await knock().read).text).toBe('first')
  isAlive = false
  return { time, plane, knock }
}

test('[DATA10] clients of a service whose last pod died wait for the next one, whether the table knows of the death or not', async () => {
  const { time, plane, knock } = await bereft()
  const early = knock()
  await time.advanceAndSettle(300)
  plane.apply(tableOf([], ['first']))
  const late = knock()
  await time.advanceAndSettle(2_000)
  expect(plane.counts).toMatchObject({ open: 2, withoutBackend: 0 })
  plane.apply(tableOf([backendOf({ podUid: 'second' })]))
  expect([(await early.read).text, (await late.read).text]).toEqual(['second', 'second'])
})

test.each([
  { is: 'doubtful', now: [backendOf({ podUid: 'first', standing: 'doubtful' })] },
  { is: 'gone', now: [] },
])('[DATA12] they wait also where nobody asked before: a pod that was good and is $is is a sign', async ({ now }) => {
  const { time, plane, knock } = await bereft(100, { wasAsked: false })
  const early = knock()
  await time.advanceAndSettle(100)
  plane.apply(tableOf(now))
  const late = knock()
  await time.advanceAndSettle(3_000)
  expect(plane.counts).toMatchObject({ open: 2, withoutBackend: 0 })
  plane.apply(tableOf([backendOf({ podUid: 'second' })]))
  expect([(await early.read).text, (await late.read).text]).toEqual(['second', 'second'])
})

test('[DATA3] where all pods refuse and the table knows of no death, half a second is enough', async () => {
  const { time, plane, knock } = await bereft(100, { wasAsked: false })
  const client = knock()
  await time.advanceAndSettle(400)
  expect(plane.counts).toMatchObject({ open: 1, withoutBackend: 0 })
  await time.advanceAndSettle(200)
  expect((await client.read).error).toBeDefined()
  expect(plane.counts).toMatchObject({ open: 0, withoutBackend: 1 })
})

test.each([
  { standing: 'sure', answersAfterMs: 700, is: 'served' },
  { standing: 'sure', answersAfterMs: Number.POSITIVE_INFINITY, is: 'turned away after 5 s' },
  { standing: 'doubtful', answersAfterMs: Number.POSITIVE_INFINITY, is: 'turned away after half a second' },
] as const)('[DATA13] a pod that is $standing and silent for $answersAfterMs ms: the client is $is', async (row) => {
  const time = new VirtualTime()
  let asked = 0
  const reach = {
    connect: async (): Promise<Duplex> => {
      asked += 1
      if (time.clock.mono() < row.answersAfterMs) throw new EndpointError('timeout', 'silent')
      const [near, far] = streamPair()
      far.end('at last')
      return near
    },
    keepOnly: () => {},
  }
  const plane = new DataPlane({ ...standing(time), dice: realDice, log: memoryLog(), reach })
  plane.apply(tableOf([backendOf({ podUid: 'far', standing: row.standing })]))
  const [client, accepted] = streamPair()
  const read = readAll(client)
  client.end()
  void plane.accept(LISTENER, accepted)
  const turnedAwayMs = row.standing === 'sure' ? 5_250 : 750
  await time.advanceAndSettle(Math.min(turnedAwayMs - 300, 4_900))
  if (row.is === 'served') return expect((await read).text).toBe('at last')
  expect(plane.counts.withoutBackend).toBe(0)
  await time.advanceAndSettle(500)
  expect((await read).error).toBeDefined()
  expect(plane.counts.withoutBackend).toBe(1)
  expect(asked).toBeGreaterThan(1)
})

test('[DATA14] while one pod is silent another leaves the routes and a third comes: the client gets the third', async () => {
  const time = new VirtualTime()
  const asked: string[] = []
  const connect = async ({ podUid }: Backend): Promise<Duplex> => {
    asked.push(podUid)
    if (podUid !== 'third')
      return new Promise((_, reject) => time.timers.after(1_000, () => reject(new EndpointError('timeout', 'silent'))))
    const [near, far] = streamPair()
    far.end(podUid)
    return near
  }
  const dice = { ...realDice, unit: () => 0 }
  const plane = new DataPlane({ ...standing(time), dice, log: memoryLog(), reach: { connect, keepOnly: () => {} } })
  plane.apply(tableOf(['first', 'second'].map((podUid) => backendOf({ podUid }))))
  const [client, accepted] = streamPair()
  const read = readAll(client)
  client.end()
  void plane.accept(LISTENER, accepted)
  await time.advanceAndSettle(500)
  plane.apply(tableOf(['first', 'third'].map((podUid) => backendOf({ podUid }))))
  await time.advanceAndSettle(1_000)
  expect((await read).text).toBe('third')
  expect(asked).toEqual(['first', 'third'])
})

test('[DATA10] they wait for 5 s; who comes 10 s after the death is reset at once', async () => {
  const { time, plane, knock } = await bereft()
  plane.apply(tableOf([], ['first']))
  const client = knock()
  await time.advanceAndSettle(4_900)
  expect(plane.counts).toMatchObject({ open: 1, withoutBackend: 0 })
  await time.advanceAndSettle(400)
  expect((await client.read).error).toBeDefined()
  expect(plane.counts).toMatchObject({ open: 0, withoutBackend: 1 })
  await time.advanceAndSettle(5_000)
  expect((await knock().read).error).toBeDefined()
})

test('[DATA10] a client that leaves while it waits gives its place up, and its timer', async () => {
  const { time, plane, knock } = await bereft()
  plane.apply(tableOf([], ['first']))
  const { client, over } = knock()
  await time.advanceAndSettle(100)
  client.destroy()
  await over
  expect(plane.counts).toMatchObject({ open: 0, withoutBackend: 0 })
  expect(time.waiting).toBe(0)
})

test('[DATA11] a quarter of the connections that may stand may be waiting', async () => {
  const { time, plane, knock } = await bereft(16)
  plane.apply(tableOf([], ['first']))
  const clients = Array.from({ length: 6 }, knock)
  await time.advanceAndSettle(100)
  expect(plane.counts).toMatchObject({ open: 4, withoutBackend: 2 })
  plane.apply(tableOf([backendOf({ podUid: 'second' })]))
  const answers = await Promise.all(clients.map(async ({ read }) => (await read).text))
  expect(answers.filter((text) => text === 'second')).toHaveLength(4)
})

test('[DATA4] connections have a bound, and those beyond it are reset', async () => {
  const refusals: (() => void)[] = []
  const connect = (): Promise<never> =>
    new Promise((_, reject) => refusals.push(() => reject(new Error('refused in the end'))))
  const reach = { connect, keepOnly: () => {} }
  const plane = new DataPlane({ ...standing(), dice: realDice, log: memoryLog(), reach, connectionsMax: 100 })
  plane.apply(tableOf([backendOf({ podUid: 'pod' })]))
  const clients = Array.from({ length: 100 }, () => new PassThrough())
  const over = clients.map((each) => plane.accept(LISTENER, each))
  const [client, accepted] = streamPair()
  const read = readAll(client)
  await plane.accept(LISTENER, accepted)
  expect((await read).error).toBeDefined()
  expect(plane.counts).toMatchObject({ open: 100, overLimit: 1 })
  for (const each of clients) each.destroy()
  for (const refuse of refusals) refuse()
  await Promise.all(over)
  expect(plane.counts.open).toBe(0)
})

test('[DATA5] connections to pods of a lost node are ended, those to pods that only stop are left alone', async () => {
  const [lost, stopping] = [await namedPod('lost'), await namedPod('stopping')]
  // The other one has lost its disk, and taken its pods along.
  const backends = [
    { ...lost.backend, node: 'node-b' },
    { ...stopping.backend, node: 'node-b-anew' },
  ]
  const { plane, listening } = await service(backends)
  const clients = await Promise.all([0, 1].map(() => realSockets.connect({ ...listening, timeoutMs: 1_000 })))
  await expect.poll(() => [lost.taken, stopping.taken]).toEqual([1, 1])
  plane.apply(tableOf([], ['node-b']))
  const answers = await Promise.all(clients.map((client) => (client.end('still here?'), readAll(client))))
  expect(answers.map(({ text, error }) => error ?? text).toSorted()).toEqual(['ECONNRESET', 'stopping: still here?'])
})

test('[DATA6] 200 clients at once each get their own answer from pods that are loaded alike', async () => {
  const pods = await Promise.all(['a', 'b', 'c', 'd'].map(namedPod))
  const { listening, plane } = await service(pods.map(({ backend }) => backend))
  const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => request(listening, `client ${number}`)))
  answers.forEach(({ text, error }, number) => {
    expect(error).toBeUndefined()
    expect(text.slice(3)).toBe(`client ${number}`)
  })
  expect(pods.map(({ taken }) => taken)).toEqual([50, 50, 50, 50])
  await expect.poll(() => plane.counts.open).toBe(0)
})

test('[DATA7] a client that does not read slows the pod down instead of filling the node', async () => {
  const total = 256 * 1024 * 1024
  let sent = 0
  const pod = await socketPod('firehose', (connection) => {
    const chunk = new Uint8Array(64 * 1024)
    const pump = (): void => {
      while (sent < total) {
        sent += chunk.length
        if (!connection.write(chunk)) return void connection.once('drain', pump)
      }
    }
    pump()
  })
  cleanups.push(() => pod.die())
  const { listening } = await service([pod.backend])
  const before = process.memoryUsage()
  const client = await realSockets.connect({ ...listening, timeoutMs: 1_000 })
  let last = -1
  // The kernel's buffers fill up, some MiB, and then nothing moves.
  await expect.poll(() => sent > 0 && last === (last = sent), { interval: 100, timeout: 10_000 }).toBe(true)
  expect(sent).toBeLessThan(64 * 1024 * 1024)
  const after = process.memoryUsage()
  expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024)
  ;(client as Socket).resetAndDestroy()
  await expect.poll(() => pod.connections.size).toBe(0)
})

test('[DATA8] half-close passes through, and a client that leaves takes its connection to the pod along', async () => {
  const pod = await namedPod('pod')
  const { listening, plane } = await service([pod.backend])
  expect((await request(listening, 'the answer comes after the end')).text).toBe('pod: the answer comes after the end')
  const client = await realSockets.connect({ ...listening, timeoutMs: 1_000 })
  client.write('unfinished')
  await expect.poll(() => pod.connections.size).toBe(1)
  const [connection] = pod.connections
  const gone = once(connection as Duplex, 'close').catch(() => {})
  ;(client as Socket).resetAndDestroy()
  await gone
  await expect.poll(() => plane.counts.open).toBe(0)
})

test('[DATA9] a client that left while a pod was looked for costs no connection to a pod', async () => {
  let connects = 0
  let takes: (stream: Duplex) => void = () => {}
  const reach = { connect: () => (connects++, new Promise<Duplex>((resolve) => (takes = resolve))), keepOnly: () => {} }
  const plane = new DataPlane({ ...standing(), dice: realDice, log: memoryLog(), reach })
  plane.apply(tableOf([backendOf({ podUid: 'a' }), backendOf({ podUid: 'b' })]))
  const [client, accepted] = streamPair()
  const over = plane.accept(LISTENER, accepted)
  client.destroy()
  await closed(accepted)
  const [near, far] = streamPair()
  takes(near)
  await over
  await closed(far)
  expect(connects).toBe(1)
  expect(plane.counts).toMatchObject({ open: 0, served: 0, withoutBackend: 0 })
})

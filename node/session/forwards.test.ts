import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { serveForwardChannels } from './forward-channels.ts'
import { serveForwards } from './forwards.ts'
import { SpdyClient } from './spdy/testing.ts'
import { connection, eachFrame, masked, SOON } from './testing.ts'
import { bytesOver } from './websocket-bytes.ts'

/** A server that says back what it hears, in capitals, and ends when its client does. */
async function shouting(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()))
    socket.on('end', () => socket.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Port 81 is one that nobody listens on. */
async function dial(port: number): Promise<Socket> {
  if (port === 81) throw new Error('nobody listens on port 81 of the pod')
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

interface Pair {
  readonly error: number
  readonly data: number
}

let requests = 0
async function pair(client: SpdyClient, port: number): Promise<Pair> {
  const headers = { port: String(port), requestid: String((requests += 1)) }
  const error = await client.open({ ...headers, streamtype: 'error' }, { isFinal: true })
  return { error, data: await client.open({ ...headers, streamtype: 'data' }) }
}

/** How the client's bytes reach the server of SPDY, and back. */
const WAYS: readonly [way: string, (near: Socket, far: Socket) => [Duplex, Duplex]][] = [
  ['alone', (near, far) => [near, far]],
  ['within a WebSocket', (near, far) => [tunnelled(near), bytesOver(far)]],
]

/** The client's end of a WebSocket of bytes. */
function tunnelled(socket: Socket): Duplex {
  const bytes = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => void socket.write(masked(0x82, chunk), () => done()),
  })
  eachFrame(socket, (opcode, payload) => {
    if (opcode === 2) bytes.push(payload)
  })
  return bytes
}

test.each(WAYS)('[KUBE54] over SPDY %s connections go side by side, each to its end', async (_way, over) => {
  const { near, far } = await connection()
  const [mine, theirs] = over(near, far)
  void serveForwards(theirs, dial)
  const [client, port] = [new SpdyClient(mine), await shouting()]
  const [one, other] = [await pair(client, port), await pair(client, port)]
  client.data(one.data, 'one')
  client.data(other.data, 'x'.repeat(100_000))
  await vi.waitFor(() => expect(client.said(one.data)).toBe('ONE'), SOON)
  await vi.waitFor(() => expect(client.said(other.data)).toBe('X'.repeat(100_000)), SOON)
  client.data(one.data, ' more', true)
  await vi.waitFor(() => expect(client.hasEnded(one.data) && client.hasEnded(one.error)).toBe(true), SOON)
  expect([client.said(one.data), client.said(one.error), client.hasEnded(other.data)]).toEqual(['ONE MORE', '', false])
  client.data(other.data, '!', true)
  await vi.waitFor(() => expect(client.hasEnded(other.data)).toBe(true), SOON)
})

test('[KUBE54] why there is no connection is said on its own stream, and others go on', async () => {
  const { near, far } = await connection()
  void serveForwards(far, dial)
  const [client, port] = [new SpdyClient(near), await shouting()]
  const [good, bad] = [await pair(client, port), await pair(client, 81)]
  await vi.waitFor(() => expect(client.hasEnded(bad.error) && client.hasEnded(bad.data)).toBe(true), SOON)
  expect(client.said(bad.error)).toBe('port 81: nobody listens on port 81 of the pod')
  client.data(good.data, 'still')
  await vi.waitFor(() => expect(client.said(good.data)).toBe('STILL'), SOON)
})

test('[KUBE54] a server that breaks its connection resets the stream; a client that resets it breaks the connection', async () => {
  const { near, far } = await connection()
  const sockets: Socket[] = []
  void serveForwards(far, async (port) => {
    const socket = await dial(port)
    sockets.push(socket)
    return socket
  })
  const [client, port] = [new SpdyClient(near), await shouting()]
  const [one, other] = [await pair(client, port), await pair(client, port)]
  await vi.waitFor(() => expect(sockets).toHaveLength(2), SOON)
  sockets[0]?.destroy(new Error('broken'))
  await vi.waitFor(() => expect(client.isReset(one.data)).toBe(true), SOON)
  client.control(3, Buffer.from([0, 0, 0, other.data, 0, 0, 0, 5]))
  await vi.waitFor(() => expect(sockets[1]?.destroyed).toBe(true), SOON)
})

test('[KUBE54] all connections are closed when the client has gone', async () => {
  const { near, far } = await connection()
  const sockets: Socket[] = []
  const over = serveForwards(far, async (port) => {
    const socket = await dial(port)
    sockets.push(socket)
    return socket
  })
  const [client, port] = [new SpdyClient(near), await shouting()]
  await pair(client, port)
  await vi.waitFor(() => expect(sockets).toHaveLength(1), SOON)
  near.destroy()
  await over
  await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true), SOON)
})

test.each<[string, readonly Record<string, string>[]]>([
  ['is for something else', [{ streamtype: 'stdin', requestid: 'a', port: '80' }]],
  ['has no port', [{ streamtype: 'data', requestid: 'b' }]],
  ['has a port that is none', [{ streamtype: 'data', requestid: 'c', port: '70000' }]],
  ['has no number', [{ streamtype: 'data', port: '80' }]],
  ['comes twice', [{ streamtype: 'data', requestid: 'd', port: '80' }, { streamtype: 'data', requestid: 'd', port: '80' }]], // prettier-ignore
  ['is for another port', [{ streamtype: 'data', requestid: 'e', port: '80' }, { streamtype: 'error', requestid: 'e', port: '81' }]], // prettier-ignore
])('[KUBE55] a stream that %s is reset', async (_what, all) => {
  const { near, far } = await connection()
  void serveForwards(far, dial)
  const client = new SpdyClient(near)
  const ids: number[] = []
  for (const headers of all) ids.push(await client.open(headers))
  await vi.waitFor(() => expect(ids.map((id) => client.isReset(id))).toEqual(ids.map(() => true)), SOON)
})

test('[KUBE55] halves that never become whole, and streams without end, are bounded', async () => {
  const { near, far } = await connection()
  void serveForwards(far, dial)
  const client = new SpdyClient(near)
  for (let at = 0; at < 70; at += 1) await client.open({ streamtype: 'data', requestid: `${at}`, port: '80' })
  const resets = (): number => client.frames.filter(({ type }) => type === 3).length
  await vi.waitFor(() => expect(resets()).toBe(6), SOON)
})

interface Channels {
  readonly socket: Socket
  said(channel: number): string
  closed(): number | undefined
}

async function channels(ports: readonly number[]): Promise<Channels> {
  const { near, far } = await connection()
  const forwarded = await Promise.all(ports.map(async (port) => ({ port, connection: await dial(port) })))
  void serveForwardChannels(far, forwarded)
  const frames: [number, Buffer][] = []
  eachFrame(near, (opcode, payload) => frames.push([opcode, payload]))
  return {
    socket: near,
    said: (channel) =>
      Buffer.concat(frames.flatMap(([opcode, bytes]) => (opcode === 2 && bytes[0] === channel ? [bytes.subarray(1)] : []))).toString('latin1'), // prettier-ignore
    closed: () => frames.find(([opcode]) => opcode === 8)?.[1].readUInt16BE(0),
  }
}

test('[KUBE54] over WebSocket each port has two channels, which begin with its number', async () => {
  const [one, other] = [await shouting(), await shouting()]
  const { socket, said, closed } = await channels([one, other])
  const told = (port: number): string => String.fromCharCode(port & 0xff, port >> 8)
  await vi.waitFor(() => expect([0, 1, 2, 3].map(said)).toEqual([told(one), told(one), told(other), told(other)]), SOON)
  socket.write(masked(0x82, Buffer.from('\0first')))
  socket.write(masked(0x02, Buffer.from('\u0002sec')))
  socket.write(masked(0x80, Buffer.from('ond')))
  await vi.waitFor(() => expect([said(0), said(2)]).toEqual([`${told(one)}FIRST`, `${told(other)}SECOND`]), SOON)
  socket.write(masked(0x88, Buffer.alloc(0)))
  await vi.waitFor(() => expect(closed()).toBe(1000), SOON)
})

test.each([
  ['an error', '\u0001x'],
  ['no port', '\u0008x'],
])('[KUBE55] what comes on the channel of %s ends it all', async (_what, text) => {
  const { socket, closed } = await channels([await shouting()])
  socket.write(masked(0x82, Buffer.from(text)))
  await vi.waitFor(() => expect(closed()).toBe(1002), SOON)
})

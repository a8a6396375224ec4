import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { realSockets } from '../world/real-sockets.ts'
import { decodeAnswer, encodeRequest } from './forward-protocol.ts'
import { closed, readAll, socketPod, streamPair } from './rig.ts'
import type { SocketPod } from './rig.ts'
import { ForwardServer } from './serve-forward.ts'
import type { OwnPod } from './serve-forward.ts'

const pods: SocketPod[] = []

afterEach(async () => {
  for (const pod of pods.splice(0)) await pod.die()
})

async function echoPod(): Promise<SocketPod> {
  const pod = await socketPod('own', (connection) => void connection.pipe(connection))
  pods.push(pod)
  return pod
}

function serverOf(own: Readonly<Record<string, OwnPod>>): ForwardServer {
  return new ForwardServer({ sockets: realSockets, findPod: (uid) => (Object.hasOwn(own, uid) ? own[uid] : undefined) })
}

/** What a peer sees: the answer and the bytes after it. */
async function ask(
  server: ForwardServer,
  header: Uint8Array,
  body?: string,
): Promise<{ answer: string | undefined; rest: string }> {
  const [near, far] = streamPair()
  const over = server.serve('peer', header, far)
  near.end(body)
  const { text } = await readAll(near)
  await over
  return { answer: decodeAnswer(text.charCodeAt(0)), rest: text.slice(1) }
}

test('[FWD1] a pod of this node is dialled, and after the answer the bytes flow both ways', async () => {
  const { host, port } = (await echoPod()).backend
  const server = serverOf({ own: { podIP: host, ports: [port] } })
  expect(await ask(server, encodeRequest({ podUid: 'own', port }), 'hello')).toEqual({
    answer: 'connected',
    rest: 'hello',
  })
  expect(server.open).toBe(0)
})

test('[FWD2] a pod where nobody listens is answered with a refusal', async () => {
  const { host, port } = (await echoPod()).backend
  await pods[0]?.die()
  const server = serverOf({ own: { podIP: host, ports: [port] } })
  expect(await ask(server, encodeRequest({ podUid: 'own', port }), 'hello')).toEqual({ answer: 'refused', rest: '' })
})

test('[FWD4] a member reaches no pod of another node, no undeclared port, and nothing by way of a strange request', async () => {
  const pod = await echoPod()
  const { host, port } = pod.backend
  const server = serverOf({ own: { podIP: host, ports: [port] }, starting: { podIP: '', ports: [port] } })
  const requests: Uint8Array[] = [
    encodeRequest({ podUid: 'of-another-node', port }),
    encodeRequest({ podUid: 'own', port: port + 1 }),
    encodeRequest({ podUid: 'own', port: 22 }),
    encodeRequest({ podUid: 'starting', port }),
    encodeRequest({ podUid: '__proto__', port }),
    new TextEncoder().encode(`{"podUid":"own","port":"${port}"}`),
    new TextEncoder().encode(`{"podUid":["own"],"port":${port}}`),
    new TextEncoder().encode('null'),
    new TextEncoder().encode('{"podUid":'),
    new Uint8Array(0),
    Uint8Array.of(0xff, 0xfe),
    new TextEncoder().encode(JSON.stringify({ podUid: 'own', port, padding: 'x'.repeat(2_000) })),
  ]
  for (const request of requests) {
    expect(await ask(server, request, 'hello'), new TextDecoder().decode(request)).toEqual({
      answer: 'not-here',
      rest: '',
    })
  }
  expect(pod.taken).toBe(0)
})

test('[FWD3] neither one peer nor all together get more connections than allowed, and places come free again', async () => {
  const { host, port } = (await echoPod()).backend
  const server = new ForwardServer({
    sockets: realSockets,
    findPod: () => ({ podIP: host, ports: [port] }),
    connectionsMax: 15,
    connectionsPerPeerMax: 10,
  })
  const request = encodeRequest({ podUid: 'own', port })
  const open: Duplex[] = []
  const served: Promise<void>[] = []
  const connect = (from: string): Duplex => {
    const [near, far] = streamPair()
    served.push(server.serve(from, request, far))
    return near
  }
  const firstByte = async (near: Duplex): Promise<string | undefined> =>
    decodeAnswer((await readAll(near)).text.charCodeAt(0))
  for (let connection = 0; connection < 10; connection++) open.push(connect('greedy'))
  expect(await firstByte(connect('greedy'))).toBe('busy')
  expect((await ask(server, request, 'others are served')).rest).toBe('others are served')
  for (let connection = 0; connection < 5; connection++) open.push(connect(`peer-${connection}`))
  expect(await firstByte(connect('late'))).toBe('busy')
  for (const stream of open) stream.destroy()
  await Promise.all([...open.map(closed), ...served])
  expect(server.open).toBe(0)
  expect((await ask(server, request, 'again')).rest).toBe('again')
})

test('[FWD5] a node that leaves takes no more, and has left when the last answer is out', async () => {
  const { host, port } = (await echoPod()).backend
  const server = serverOf({ own: { podIP: host, ports: [port] } })
  const [near, far] = streamPair()
  const over = server.serve('peer', encodeRequest({ podUid: 'own', port }), far)
  let hasLeft = false
  const left = server.leave().then(() => (hasLeft = true))
  expect(await ask(server, encodeRequest({ podUid: 'own', port }), 'late')).toEqual({ answer: 'busy', rest: '' })
  expect(hasLeft).toBe(false)
  near.end('early')
  expect((await readAll(near)).text.slice(1)).toBe('early')
  await over
  await left
  await server.leave()
})

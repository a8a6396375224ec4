import { expect, test } from 'vitest'
import { aPod } from '../control/sample.ts'
import type { CommandOrder } from '../session/order.ts'
import { saying } from '../session/saying.ts'
import { Asker, SELF } from './testing.ts'

const POD = '/api/v1/namespaces/default/pods/web-0'
const OFFER = {
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'v5.channel.k8s.io, v4.channel.k8s.io',
}

function withPod(): { asker: Asker; orders: CommandOrder[] } {
  const asker = new Asker()
  const running = {
    name: 'web',
    image: 'x',
    ready: true,
    restarts: 0,
    now: { state: 'running', startedAtMs: 1 },
  } as const
  const fact = { uid: 'p1', name: 'web-0', namespace: 'default', phase: 'Running', containers: [running] } as const
  asker.backend.said(SELF, 'pod/p1', aPod(SELF, fact).fact)
  const orders: CommandOrder[] = []
  asker.backend.sessionOf = (order) => {
    orders.push(order)
    return saying('hi')
  }
  return { asker, orders }
}

test.each([
  ['v5.channel.k8s.io, v4.channel.k8s.io', 'v5.channel.k8s.io'],
  ['v4.channel.k8s.io,channel.k8s.io', 'v4.channel.k8s.io'],
])('[KUBE52] of %s the best is taken: %s', async (offered, taken) => {
  const { asker, orders } = withPod()
  const headers = { ...OFFER, 'sec-websocket-protocol': offered }
  const { status, body } = await asker.response(`GET ${POD}/exec?command=ls&command=-l&stdin=true`, { headers })
  expect(status).toBe(101)
  expect(body).toMatchObject({
    type: 'upgrade',
    protocol: 'websocket',
    headers: { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'sec-websocket-protocol': taken },
  })
  expect(orders).toMatchObject([{ what: 'exec', command: ['ls', '-l'], stdin: true, tty: false, container: 'web' }])
})

test.each<[string, string, Record<string, string>, string]>([
  ['GET', 'exec?command=ls', { 'sec-websocket-protocol': 'chat' }, 'offer one of v5.channel.k8s.io, v4.channel.k8s.io'],
  ['GET', 'exec?command=ls', { 'sec-websocket-protocol': '' }, 'offer one of'],
  ['GET', 'exec?command=ls', { 'sec-websocket-version': '8' }, 'Sec-WebSocket-Version: 13 and a key'],
  ['GET', 'exec?command=ls', { 'sec-websocket-key': 'short' }, 'a key of 16 bytes'],
  ['POST', 'exec?command=ls', {}, 'begins with GET'],
  ['GET', 'exec', {}, 'command: say the program'],
  ['POST', 'exec?command=ls', { upgrade: 'h2c' }, 'websocket or SPDY/3.1 alone: use `shoal exec`, or kubectl'],
  ['POST', 'attach', { upgrade: 'h2c' }, 'websocket or SPDY/3.1 alone: use `shoal attach`, or kubectl'],
  ['POST', 'exec?command=ls', { upgrade: 'SPDY/3.1' }, 'X-Stream-Protocol-Version: offer v4.channel.k8s.io'],
  ['POST', 'portforward', { upgrade: 'SPDY/3.1' }, 'X-Stream-Protocol-Version: offer portforward.k8s.io'],
  ['POST', 'portforward', { upgrade: 'h2c' }, 'websocket or SPDY/3.1 alone: use `shoal port-forward`, or kubectl'],
  [
    'GET',
    'portforward',
    { 'sec-websocket-protocol': 'chat' },
    'offer one of SPDY/3.1+portforward.k8s.io, v4.channel.k8s.io',
  ],
  ['GET', 'portforward', { 'sec-websocket-protocol': 'v4.channel.k8s.io' }, 'ports: name up to 16 ports'],
  ['GET', 'portforward?ports=80&ports=0', { 'sec-websocket-protocol': 'v4.channel.k8s.io' }, 'ports: name up to 16'],
  ['POST', 'portforward?ports=80&ports=81', { upgrade: 'shoal-session' }, 'ports: name one port'],
  ['GET', 'files?path=/x', {}, 'Upgrade: shoal-session alone: use `shoal cp`'],
])('[KUBE52] %s %s with %j is a 400 that says what to do', async (method, path, changes, message) => {
  const { asker, orders } = withPod()
  const { status, value } = await asker.ask(`${method} ${POD}/${path}`, { headers: { ...OFFER, ...changes } })
  expect([status, value['message'], orders]).toEqual([400, expect.stringContaining(message), []])
})

test.each([
  [
    'exec?command=ls&stdout=true&stderr=true',
    'v4.channel.k8s.io, v3.channel.k8s.io, channel.k8s.io',
    'v4.channel.k8s.io',
  ],
  ['attach?stdout=true', 'v4.channel.k8s.io', 'v4.channel.k8s.io'],
  ['portforward', 'portforward.k8s.io', 'portforward.k8s.io'],
])('[KUBE53] %s goes on over SPDY where a client offers %s', async (path, offered, taken) => {
  const { asker } = withPod()
  const headers = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': offered }
  const { status, body } = await asker.response(`POST ${POD}/${path}`, { headers })
  expect(status).toBe(101)
  const answer = { 'x-stream-protocol-version': taken }
  expect(body).toMatchObject({ type: 'upgrade', protocol: 'SPDY/3.1', headers: answer })
})

test('[KUBE54] newer kubectls have SPDY within a WebSocket', async () => {
  const { asker } = withPod()
  const headers = { ...OFFER, 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io' }
  const { status, body } = await asker.response(`GET ${POD}/portforward`, { headers })
  expect(status).toBe(101)
  const answer = { 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io' }
  expect(body).toMatchObject({ type: 'upgrade', protocol: 'websocket', headers: answer })
})

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Client } from './client.ts'
import { addressOf, endpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { failure, SimNode } from './testing/sim-node.ts'
import type { Answers } from './testing/sim-node.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

async function node(answers: Answers): Promise<SimNode> {
  const started = await SimNode.start(answers)
  nodes.push(started)
  return started
}

/** A port on which nobody listens. */
async function nobody(): Promise<Endpoint> {
  const gone = await SimNode.start({})
  const { endpoint: address } = gone
  await gone.stop()
  return address
}

test('[CLI2] the next node is asked when one cannot be reached, and the one that answered first from then on', async () => {
  const second = await node({ 'GET /x': { value: { from: 'second' } } })
  const client = new Client({ endpoints: [endpoint('unix:/nowhere/shoal.sock'), await nobody(), second.endpoint] })
  expect(await client.get('/x')).toEqual({ from: 'second' })
  await client.get('/x')
  expect(second.asked).toHaveLength(2)
})

test('[CLI2] a node that dies between two questions is passed over', async () => {
  const first = await node({ 'GET /x': { value: { from: 'first' } } })
  const second = await node({ 'GET /x': { value: { from: 'second' } } })
  const client = new Client({ endpoints: [first.endpoint, second.endpoint] })
  expect(await client.get('/x')).toEqual({ from: 'first' })
  await first.stop()
  nodes.splice(nodes.indexOf(first), 1)
  expect(await client.get('/x')).toEqual({ from: 'second' })
})

test('[CLI3] a read whose answer was lost is asked elsewhere, a write is not', async () => {
  const first = await node({ GET: { cut: true }, POST: { cut: true } })
  const second = await node({ GET: { value: { from: 'second' } }, POST: { value: { from: 'second' } } })
  const endpoints = [first.endpoint, second.endpoint]
  expect(await new Client({ endpoints }).get('/x')).toEqual({ from: 'second' })
  await expect(new Client({ endpoints }).ask({ method: 'POST', path: '/x', body: {} })).rejects.toThrow(
    /went away before it answered .* POST \/x may have been done or not, look before you repeat it/,
  )
  expect(second.asked.map(({ method }) => method)).toEqual(['GET'])
})

test('[CLI3] a write goes to the next node where nobody was connected to', async () => {
  const second = await node({ POST: { status: 201, value: { from: 'second' } } })
  const client = new Client({ endpoints: [await nobody(), second.endpoint] })
  expect((await client.ask({ method: 'POST', path: '/x', body: {} })).body).toEqual({ from: 'second' })
})

test('[CLI4] where nobody answers, the error lists every place that was tried and why', async () => {
  const refused = await nobody()
  // Takes connections and says nothing.
  const mute = createServer(() => {})
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const silent = endpoint(`127.0.0.1:${(mute.address() as AddressInfo).port}`)
  const client = new Client({ endpoints: [endpoint('/nowhere/shoal.sock'), refused, silent], answerMs: 50 })
  await expect(client.get('/x')).rejects.toThrow(
    [
      'no node answers. Tried:',
      '  unix:/nowhere/shoal.sock  no such socket',
      `  ${refused.label}  connection refused: no node listens there`,
      `  ${silent.label}  no answer within 0.05 s`,
      'Start one with `shoal up`, or name one with --node HOST.',
    ].join('\n'),
  )
  mute.close()
})

test('[CLI5] what the node refuses is told in its words, and not asked elsewhere', async () => {
  const first = await node({ GET: failure(404, 'NotFound', 'deployments.apps "web" not found', { name: 'web' }) })
  const second = await node({ GET: { value: {} } })
  const client = new Client({ endpoints: [first.endpoint, second.endpoint] })
  await expect(client.get('/x')).rejects.toMatchObject({
    message: 'deployments.apps "web" not found',
    status: 404,
    reason: 'NotFound',
    exitCode: 1,
  })
  expect(second.asked).toEqual([])
})

test('[CLI5] a node that has too much to do is asked again when it says', async () => {
  let count = 0
  const busy = await node({
    GET: () =>
      ++count === 1
        ? failure(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 0.01 })
        : { value: { ok: true } },
  })
  expect(await new Client({ endpoints: [busy.endpoint] }).get('/x')).toEqual({ ok: true })
})

test('[CLI6] warnings of the node reach the person', async () => {
  const warnings: string[] = []
  const first = await node({ GET: { headers: { warning: '299 shoal "one", 299 shoal "two"' } } })
  await new Client({ endpoints: [first.endpoint], onWarning: (text) => warnings.push(text) }).get('/x')
  expect(warnings).toEqual(['one', 'two'])
})

test('[CLI7] lines come one by one, the last without its newline too', async () => {
  const first = await node({ GET: { text: '{"a":1}\n{"a":2}\n{"a":3}' } })
  const lines: unknown[] = []
  for await (const line of new Client({ endpoints: [first.endpoint] }).lines('/x')) lines.push(line)
  expect(lines).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
})

test.each([
  ['/run/shoal/shoal.sock', 'unix:/run/shoal/shoal.sock'],
  ['unix:/run/shoal.sock', 'unix:/run/shoal.sock'],
  ['unix:///run/shoal.sock', 'unix:/run/shoal.sock'],
  ['127.0.0.1:7443', 'http://127.0.0.1:7443'],
  ['http://localhost:80/', 'http://localhost:80'],
  ['7444', 'http://127.0.0.1:7444'],
  [':7444', 'http://127.0.0.1:7444'],
  ['[::1]:7443', 'http://[::1]:7443'],
  ['http://amber', 'http://amber:7443'],
])('[CLI8] %s is the address %s', (text, label) => {
  expect(endpoint(text).label).toBe(label)
})

test.each([
  ['amber', 'https://amber:6443'],
  ['10.0.0.11', 'https://10.0.0.11:6443'],
  ['10.0.0.11:7000', 'https://10.0.0.11:7000'],
  ['[fe80::2]', 'https://[fe80::2]:6443'],
  ['https://127.0.0.1', 'https://127.0.0.1:6443'],
])('[CLI103] %s is %s, where a certificate is asked for', (text, label) => {
  expect(addressOf(text)).toMatchObject({ label, isSecure: true })
})

test.each(['', 'ftp://x', 'a b', '127.0.0.1:0', '127.0.0.1:99999', 'x:y:z'])('[CLI8] "%s" is no address', (text) => {
  expect(() => endpoint(text)).toThrow('is no address of a node: write HOST:PORT, https://HOST:PORT')
})

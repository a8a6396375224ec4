import { generateKeyPairSync, randomBytes, type X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { afterEach, expect, test, vi } from 'vitest'
import { apiAuthority } from '../../net/index.ts'
import { listenTls, type TlsDoor, type TlsOptions } from './http-tls.ts'
import { aNodeFact, AUTHORITY, Asker, DEPLOYMENTS, deployment, NOON_MS, OTHER } from './testing.ts'
import type { Loose } from './testing.ts'
import { Readers } from './unread.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const DAY_MS = 86_400_000
const NAMES = ['shoal', 'localhost', '127.0.0.1', '::1', 'amber']
const clock = { nowMs: Date.now() }

interface Opened {
  readonly asker: Asker
  readonly door: TlsDoor
}

async function opened(changes: Partial<TlsOptions> = {}): Promise<Opened> {
  clock.nowMs = Date.now()
  const door = await listenTls({
    host: '127.0.0.1',
    port: 0,
    authority: AUTHORITY,
    name: 'amber',
    names: () => NAMES,
    now: () => clock.nowMs,
    readers: new Readers(),
    ...changes,
  })
  cleanups.push(() => door.close())
  const asker = new Asker()
  door.open(asker.api)
  return { asker, door }
}

interface Papers {
  readonly key: string
  readonly cert: string
}

function papers({
  user = 'ada',
  groups = ['system:masters'],
  authority = AUTHORITY,
  nowMs = Date.now(),
  lifeMs = DAY_MS,
} = {}): Papers {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    cert: authority.clientCertificate({ user, groups, publicKey, nowMs, lifeMs }),
  }
}

interface Asking {
  readonly method?: string
  readonly path?: string
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly agent?: Agent
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly value: Loose
}

function ask(
  { door }: Opened,
  own: Papers | undefined,
  { path = '/livez', body, ...rest }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: door.port,
        path,
        ca: AUTHORITY.certificate,
        servername: 'shoal',
        agent: false,
        ...own,
        ...rest,
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = answer.headers['content-type']?.startsWith('application/json') === true
          resolve({ status: answer.statusCode, headers: answer.headers, value: isJson ? JSON.parse(text) : text })
        })
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
}

const unauthorized = (why: string): unknown => ({
  status: 401,
  value: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'Unauthorized',
    code: 401,
    message: expect.stringContaining(why),
  },
})

test('[KUBE6] without a certificate there are the probes and the version, and nothing else', async () => {
  const to = await opened()
  for (const path of ['/livez', '/readyz', '/healthz'])
    expect(await ask(to, undefined, { path })).toMatchObject({ status: 200, value: 'ok' })
  expect((await ask(to, undefined, { path: '/version?timeout=32s' })).value).toMatchObject({ major: '1' })
  for (const path of ['/api', '/apis', DEPLOYMENTS, '/shoal/v1/info', '/livez/x', '/openapi/v2', '/nowhere', '/'])
    expect(await ask(to, undefined, { path })).toMatchObject(unauthorized('asks for a client certificate') as object)
  const token = { authorization: 'Bearer abc' }
  expect(await ask(to, undefined, { path: '/api', headers: token })).toMatchObject({ status: 401 })
  expect(to.asker.backend.writes).toEqual([])
})

test('[KUBE6] a body of somebody unknown is not read', async () => {
  const to = await opened()
  const socket = connect({ host: '127.0.0.1', port: to.door.port, ca: AUTHORITY.certificate, servername: 'shoal' })
  const answer = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.once('close', () => resolve(text))
  })
  socket.on('error', () => {})
  // What is announced never comes: who waited for it would answer after half a minute.
  socket.write(`POST ${DEPLOYMENTS} HTTP/1.1\r\nHost: shoal\r\nContent-Length: 1000000\r\n\r\n{`)
  const text = await answer
  expect(text).toMatch(/^HTTP\/1\.1 401 /)
  expect(text.toLowerCase()).toContain('connection: close')
})

test('[KUBE8] who shows a certificate may do what its group may, and is told of by its name', async () => {
  const to = await opened()
  const body = JSON.stringify(deployment())
  const headers = { 'content-type': 'application/json', 'shoal-user': 'mallory', 'x-remote-user': 'mallory' }
  const created = await ask(to, papers(), { method: 'POST', path: DEPLOYMENTS, body, headers })
  expect(created).toMatchObject({ status: 201, value: { metadata: { name: 'web' } } })
  expect(to.asker.backend.writes.map(({ by }) => by)).toEqual(['tls:ada'])
})

test('[KUBE7] a certificate that is none is a 401 that says why', async () => {
  const to = await opened()
  const random = (length: number): Uint8Array => randomBytes(length)
  const other = apiAuthority({ dataKey: new Uint8Array(32).fill(8), clusterId: '0a'.repeat(32), random })
  const nowMs = Date.now()
  const bad: readonly (readonly [Papers, string])[] = [
    [papers({ authority: other }), 'is not taken'],
    [papers({ nowMs: nowMs - 3 * DAY_MS }), 'CERT_HAS_EXPIRED'],
    [papers({ nowMs: nowMs + 3 * DAY_MS }), 'CERT_NOT_YET_VALID'],
    [papers({ user: '' }), 'names no user'],
    [papers({ user: 'a b' }), 'names no user'],
    [papers({ user: 'x'.repeat(65) }), 'names no user'],
  ]
  for (const [own, why] of bad) {
    expect(await ask(to, own, { path: '/api' })).toMatchObject(unauthorized(why) as object)
    // Whoever may come without one may come with a bad one.
    expect(await ask(to, own)).toMatchObject({ status: 200 })
  }
})

test("[KUBE3] a server's certificate lets nobody in, and a client's serves nobody", async () => {
  const to = await opened()
  const { key, certificate: cert } = AUTHORITY.serverCertificate({ name: 'ada', names: ['ada'], nowMs: Date.now() })
  expect(await ask(to, { key, cert }, { path: '/api' })).toMatchObject(unauthorized('INVALID_PURPOSE') as object)
  const posing = papers({ user: 'shoal' })
  const { door } = await opened({
    authority: { ...AUTHORITY, serverCertificate: () => ({ key: posing.key, certificate: posing.cert }) },
  })
  await expect(ask({ ...to, door }, papers())).rejects.toThrow(/purpose/)
})

test('[KUBE7] a certificate that ends opens nothing more, on a connection that is open neither', async () => {
  const to = await opened()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  cleanups.push(() => agent.destroy())
  const own = papers({ lifeMs: DAY_MS })
  expect(await ask(to, own, { path: '/api', agent })).toMatchObject({ status: 200 })
  clock.nowMs += 2 * DAY_MS
  expect(await ask(to, own, { path: '/api', agent })).toMatchObject(unauthorized('has ended') as object)
})

test('[KUBE9] Host must be a name of the certificate, Origin ourselves; the refusal says what to do', async () => {
  const to = await opened()
  const own = papers()
  for (const host of ['shoal', 'shoal:6443', 'AMBER:1', '[::1]:6443', `127.0.0.1:${to.door.port}`])
    expect(await ask(to, own, { headers: { host } })).toMatchObject({ status: 200 })
  const refused = await ask(to, own, { headers: { host: 'evil.com' } })
  expect(refused).toMatchObject({ status: 403, value: { reason: 'Forbidden' } })
  expect(refused.value.message).toMatch(/"evil\.com", which is none of this API's names: .*--api-name/)
  const foreign = { host: 'shoal', origin: 'https://evil.com' }
  expect(await ask(to, own, { path: '/api', headers: foreign })).toMatchObject({ status: 403 })
})

test('[KUBE10] until the API is there the door says so', async () => {
  const door = await listenTls({
    host: '127.0.0.1',
    port: 0,
    authority: AUTHORITY,
    name: 'amber',
    names: () => NAMES,
    now: () => Date.now(),
    readers: new Readers(),
  })
  cleanups.push(() => door.close())
  const to = { asker: new Asker(), door }
  const answer = await ask(to, papers(), { path: '/api' })
  expect(answer).toMatchObject({
    status: 503,
    value: { reason: 'ServiceUnavailable' },
    headers: { 'retry-after': '1' },
  })
  door.open(to.asker.api)
  expect(await ask(to, papers(), { path: '/api' })).toMatchObject({ status: 200 })
})

test('[KUBE11] to act as somebody else is refused, not overlooked', async () => {
  const to = await opened()
  for (const header of ['Impersonate-User', 'Impersonate-Group', 'Impersonate-Extra-Reason']) {
    const answer = await ask(to, papers(), { path: '/api/v1/pods', headers: { [header]: 'basil' } })
    expect(answer).toMatchObject({ status: 403, value: { message: expect.stringContaining(header.toLowerCase()) } })
  }
})

test('[KUBE12] who is not in system:masters may look at what is served, and nothing else', async () => {
  const to = await opened()
  const own = papers({ groups: ['shop'] })
  for (const path of ['/api', '/apis/apps/v1', '/version'])
    expect(await ask(to, own, { path })).toMatchObject({ status: 200 })
  const asked: readonly (readonly [string, string])[] = [
    ['GET', '/api/v1/pods'],
    ['GET', '/api/v1/namespaces/default/secrets/nowhere'],
    ['DELETE', `${DEPLOYMENTS}/web`],
    ['GET', '/api/v1/namespaces/default/pods/web-0/log'],
    ['POST', '/shoal/v1/token'],
    ['POST', '/shoal/v1/client-certificate'],
  ]
  for (const [method, path] of asked) {
    const answer = await ask(to, own, { method, path })
    expect(answer).toMatchObject({ status: 403, value: { reason: 'Forbidden' } })
    expect(answer.value.message).toMatch(/^User "ada" may not (GET|POST|DELETE) .*system:masters/)
  }
  expect(await ask(to, papers({ groups: ['shop', 'system:masters'] }), { path: '/api/v1/pods' })).toMatchObject({
    status: 200,
  })
})

test('[KUBE5] a port that is taken is told to the caller', async () => {
  const { door } = await opened()
  await expect(opened({ port: door.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('[KUBE6] who speaks no TLS is cut, and harms nobody', async () => {
  const to = await opened()
  const text = await new Promise<string>((resolve) => {
    const socket = connectPlain(to.door.port, '127.0.0.1')
    let got = ''
    socket.on('data', (chunk) => (got += String(chunk)))
    socket.on('error', () => {})
    socket.once('close', () => resolve(got))
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
  })
  expect(text).not.toContain('ok')
  expect(await ask(to, undefined)).toMatchObject({ status: 200 })
})

test('[API31] a warning about who cannot be reached goes through this door too', async () => {
  const to = await opened()
  const { backend } = to.asker
  backend.said(OTHER, 'node', aNodeFact('basil'))
  backend.view.setVerdict(OTHER, 'unreachable', NOON_MS)
  const { headers } = await ask(to, papers(), { path: '/api/v1/pods' })
  expect(headers['warning']).toBe('299 shoal "unreachable: basil; what is shown of them is their last word"')
})

test('[KUBE2] it is made anew every few hours, with the names that the node has then', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  cleanups.push(() => void vi.useRealTimers())
  let names = NAMES
  const { door } = await opened({ names: () => names })
  const before = await shownBy(door)
  names = [...NAMES, '10.1.2.3']
  vi.advanceTimersByTime(6 * 3_600_000)
  const after = await shownBy(door)
  expect([before.checkIP('10.1.2.3'), after.checkIP('10.1.2.3')]).toEqual([undefined, '10.1.2.3'])
  expect(after.publicKey.equals(before.publicKey)).toBe(false)
  const own = papers()
  expect(await ask({ door, asker: new Asker() }, own, { headers: { host: '10.1.2.3:6443' } })).toMatchObject({
    status: 200,
  })
})

test('[KUBE7] a session that is taken up again has the certificate it began with', async () => {
  const to = await opened()
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 })
  cleanups.push(() => agent.destroy())
  const own = papers()
  for (let count = 0; count < 3; count += 1)
    expect(await ask(to, own, { path: '/api', agent })).toMatchObject({ status: 200 })
  for (let count = 0; count < 3; count += 1)
    expect(await ask(to, undefined, { path: '/api', agent })).toMatchObject({ status: 401 })
  clock.nowMs += 2 * DAY_MS
  expect(await ask(to, own, { path: '/api', agent })).toMatchObject(unauthorized('has ended') as object)
})

function shownBy(door: TlsDoor): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: door.port, ca: AUTHORITY.certificate, servername: 'shoal' }
    const socket = connect(to, () => {
      resolve(socket.getPeerX509Certificate() as X509Certificate)
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

test('[API59] who watches through this door counts with those of the others', async () => {
  const readers = new Readers()
  const added = vi.spyOn(readers, 'add')
  const to = await opened({ readers })
  const watching = request({
    host: '127.0.0.1',
    port: to.door.port,
    path: '/api/v1/pods?watch=true',
    ca: AUTHORITY.certificate,
    servername: 'shoal',
    ...papers(),
  })
  watching.on('error', () => {})
  await new Promise((resolve) => watching.once('response', resolve).end())
  expect(added).toHaveBeenCalledTimes(1)
  watching.destroy()
})

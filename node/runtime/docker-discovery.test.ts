import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  discover,
  listPlaces,
  lookForEngines,
  noEngine,
  type DiscoveryOptions,
  type Tried,
} from './docker-discovery.ts'

let home: string
const servers: Server[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-home-'))
})
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
  rmSync(home, { recursive: true, force: true })
})

const options = (change: Partial<DiscoveryOptions> = {}): DiscoveryOptions => ({
  env: {},
  home,
  userId: 4242,
  ...change,
})

function addressesOf(change: Partial<DiscoveryOptions> = {}): unknown[] {
  return listPlaces(options(change)).map((place) =>
    'address' in place
      ? Object.values(place.address)
          .map((part) => JSON.stringify(part).replaceAll('"', ''))
          .join(':')
      : place.trouble,
  )
}

async function engineAt(path: string, answer: 'OK' | 'never'): Promise<string> {
  mkdirSync(dirname(path), { recursive: true })
  const server = createServer((_request, response) => void (answer === 'OK' && response.end('OK'))).listen(path)
  servers.push(server)
  await once(server, 'listening')
  return path
}

function writeContext(name: string, host: string): void {
  const meta = join(home, '.docker/contexts/meta', createHash('sha256').update(name).digest('hex'))
  mkdirSync(meta, { recursive: true })
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }))
}

test('[DOCK1] without a word from the user every usual place is tried, in order', () => {
  expect(addressesOf({ env: { XDG_RUNTIME_DIR: '/run/user/7' } })).toEqual([
    '/var/run/docker.sock',
    '/run/user/7/docker.sock',
    `${home}/.docker/run/docker.sock`,
    `${home}/.docker/desktop/docker.sock`,
    '/run/user/4242/docker.sock',
    `${home}/.colima/default/docker.sock`,
    `${home}/.orbstack/run/docker.sock`,
    '/run/user/7/podman/podman.sock',
    '/run/podman/podman.sock',
  ])
})

test('[DOCK1] the current docker context comes first, and no place twice', () => {
  writeContext('rootless', 'unix:///run/user/4242/docker.sock')
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ currentContext: 'rootless' }))
  const addresses = addressesOf()
  expect(addresses[0]).toBe('/run/user/4242/docker.sock')
  expect(new Set(addresses).size).toBe(addresses.length)
})

test.each<[string, Partial<DiscoveryOptions>, string]>([
  [
    '--docker-host beats DOCKER_HOST',
    { dockerHost: 'unix:///a.sock', env: { DOCKER_HOST: 'unix:///b.sock' } },
    '/a.sock',
  ],
  ['DOCKER_HOST beats DOCKER_CONTEXT', { env: { DOCKER_HOST: 'unix:///b.sock', DOCKER_CONTEXT: 'c' } }, '/b.sock'],
  ['DOCKER_CONTEXT', { env: { DOCKER_CONTEXT: 'c' } }, '/c.sock'],
  ['the default context', { env: { DOCKER_CONTEXT: 'default' } }, '/var/run/docker.sock'],
  ['TCP', { dockerHost: 'tcp://10.0.0.1:2375' }, '10.0.0.1:2375'],
  ['TCP without a port', { dockerHost: 'tcp://10.0.0.1' }, '10.0.0.1:2375'],
])('[DOCK1] a place that the user names is the only one: %s', (_case, change, address) => {
  writeContext('c', 'unix:///c.sock')
  expect(addressesOf(change)).toEqual([address])
})

test.each([
  ['ssh', 'ssh://me@host', 'ssh -L'],
  ['no scheme', '/var/run/docker.sock', 'write unix:///path or tcp://host:port'],
  ['nonsense', '::', 'write unix:///path'],
])('[DOCK1] an address that cannot be used says what to write: %s', (_case, dockerHost, remedy) => {
  expect(addressesOf({ dockerHost })).toEqual([expect.stringContaining(remedy)])
})

test('[DOCK1] an unknown context and missing TLS files are told', () => {
  expect(addressesOf({ env: { DOCKER_CONTEXT: 'nobody' } })).toEqual([expect.stringContaining('no such context')])
  const env = { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1' }
  expect(addressesOf({ env })).toEqual([expect.stringContaining('ca.pem')])
})

test('[DOCK2] the best place that answers is taken, and what failed before it is told', async () => {
  const desktop = await engineAt(join(home, '.docker/desktop/docker.sock'), 'OK')
  await engineAt(join(home, '.orbstack/run/docker.sock'), 'OK')
  const discovery = await discover(options({ env: { XDG_RUNTIME_DIR: join(home, 'run') }, pingMs: 60_000 }))
  // This machine may have an engine of its own, in a better place.
  const found = 'engine' in discovery ? discovery.engine.where : ''
  expect([`unix://${desktop}`, 'unix:///var/run/docker.sock']).toContain(found)
  expect(discovery.tried).toContainEqual({
    from: 'rootless Docker',
    where: `unix://${home}/run/docker.sock`,
    why: 'is not there',
  })
  if ('engine' in discovery) discovery.engine.close()
})

test('[DOCK2] an engine that hangs is given up after a second', async () => {
  const dockerHost = `unix://${await engineAt(join(home, 'hung.sock'), 'never')}`
  const { tried } = await discover(options({ dockerHost }))
  expect(noEngine(tried)).toMatch(/--docker-host \(unix:.*does not answer within 1000 ms/)
})

test('[DOCK2] a dangling link is no engine, and neither is a file', async () => {
  symlinkSync('/nowhere', join(home, 'link.sock'))
  writeFileSync(join(home, 'file.sock'), '')
  const why = async (name: string): Promise<string> =>
    noEngine((await discover(options({ dockerHost: `unix://${home}/${name}` }))).tried)
  expect(await why('link.sock')).toContain('is not there')
  expect(await why('file.sock')).toContain('is no socket')
})

test('[DOCK2] DOCKER_HOST of the process does not change where a named place is looked for', async () => {
  const dockerHost = `unix://${await engineAt(join(home, 'mine.sock'), 'OK')}`
  const before = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1'
  const discovery = await discover(options({ dockerHost, pingMs: 60_000 }))
  if (before === undefined) delete process.env['DOCKER_HOST']
  else process.env['DOCKER_HOST'] = before
  expect('engine' in discovery).toBe(true)
  if ('engine' in discovery) discovery.engine.close()
})

const absent: Tried = { from: 'Docker', where: 'unix:///var/run/docker.sock', why: 'is not there' }
const refused: Tried = { from: 'podman', where: 'unix:///run/podman/podman.sock', why: 'permission denied' }

test.each<[string, Tried[], string]>([
  ['nothing anywhere', [absent, absent], 'no container engine here (`shoal doctor` lists where it looked)'],
  [
    'one that is there and refuses',
    [absent, refused],
    'no container engine answers: podman (unix:///run/podman/podman.sock): permission denied',
  ],
  [
    'the only place, which was named',
    [{ ...absent, from: 'DOCKER_HOST' }],
    'no container engine answers: DOCKER_HOST (unix:///var/run/docker.sock): is not there',
  ],
])('[DOCK15] no engine is one short sentence: %s', (_case, tried, sentence) => {
  expect(noEngine(tried)).toBe(sentence)
})

test('[DOCK15] the list for doctor has every place, those that answer too', async () => {
  const answering = await engineAt(join(home, '.docker/desktop/docker.sock'), 'OK')
  const looked = await lookForEngines(options({ env: { XDG_RUNTIME_DIR: join(home, 'run') }, pingMs: 60_000 }))
  expect(looked).toHaveLength(listPlaces(options({ env: { XDG_RUNTIME_DIR: join(home, 'run') } })).length)
  expect(looked).toContainEqual({ place: `Docker Desktop for Linux (unix://${answering})` })
  expect(looked).toContainEqual({ place: `rootless Docker (unix://${home}/run/docker.sock)`, why: 'is not there' })
})

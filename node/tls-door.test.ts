import type { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { Asker } from './api/testing.ts'
import { Readers } from './api/unread.ts'
import { authorityOf, type Home } from './home.ts'
import { openTlsDoor, type OpenedDoor, type Surroundings } from './tls-door.ts'

const opened: OpenedDoor[] = []
afterEach(async () => {
  for (const { door } of opened.splice(0)) await door.close()
})

const random = (length: number): Uint8Array => new Uint8Array(length).fill(5)
const home = { dataKey: new Uint8Array(32).fill(1), members: { clusterId: 'ab'.repeat(32) } } as unknown as Home

function around(lines: string[] = [], changes: Partial<Surroundings> = {}): Surroundings {
  const world = {
    clock: { now: () => Date.now() },
    dice: { bytes: random },
    log: {
      note: (_level: string, event: string, fields: object) => void lines.push(`${event} ${JSON.stringify(fields)}`),
    },
  } as unknown as Surroundings['world']
  return {
    home,
    world,
    addresses: () => ['127.0.0.1', '10.9.8.7'],
    ownAddress: () => '10.9.8.7',
    readers: new Readers(),
    ...changes,
  }
}

const said = { name: 'amber', hostAddress: undefined, apiNames: ['kube.example.org'] }
const anyPort = { host: '0.0.0.0', port: 0, isOptional: false }

async function open(...args: Parameters<typeof openTlsDoor>): Promise<OpenedDoor | undefined> {
  const door = await openTlsDoor(...args)
  if (door !== undefined) opened.push(door)
  return door
}

test('[KUBE5] a port that was wished for and is taken is a sentence; one that was not, a line in the log', async () => {
  const first = await open({ ...said, apiTls: { ...anyPort, host: '127.0.0.1' } }, around())
  const taken = { host: '127.0.0.1', port: first?.door.port as number }
  await expect(open({ ...said, apiTls: { ...taken, isOptional: false } }, around())).rejects.toThrow(
    `the API cannot listen on 127.0.0.1:${taken.port} with TLS: the port is in use: choose another with --api-tls`,
  )
  const lines: string[] = []
  expect(await open({ ...said, apiTls: { ...taken, isOptional: true } }, around(lines))).toBeUndefined()
  expect(lines).toEqual([expect.stringContaining('no-tls-door {"why":"the port is in use')])
})

test('[KUBE5] off is off', async () => {
  const lines: string[] = []
  expect(await open({ ...said, apiTls: undefined }, around(lines))).toBeUndefined()
  expect(lines).toEqual([])
})

test('[KUBE5] without a data key there is no authority, and so no door', async () => {
  const bare = { home: { ...home, dataKey: undefined } }
  expect(authorityOf(bare.home, { dice: { bytes: random, unit: () => 0 } })).toBeUndefined()
  const lines: string[] = []
  expect(await open({ ...said, apiTls: { ...anyPort, isOptional: true } }, around(lines, bare))).toBeUndefined()
  expect(lines).toEqual([expect.stringContaining('copy the file data-key')])
  await expect(open({ ...said, apiTls: anyPort }, around([], bare))).rejects.toThrow('this cluster has no data key')
})

test.each([
  [{ host: '0.0.0.0' }, undefined, '10.9.8.7'],
  [{ host: '0.0.0.0' }, '10.0.0.5', '10.0.0.5'],
  [{ host: '127.0.0.1' }, '10.0.0.5', '127.0.0.1'],
  [{ host: '::1' }, undefined, '[::1]'],
])('[KUBE13] on %j with the host address %s others are told %s', async (at, hostAddress, outside) => {
  const door = await open({ ...said, hostAddress, apiTls: { ...anyPort, ...at } }, around())
  expect(door?.address).toBe(`${outside}:${door?.door.port}`)
})

test('[KUBE2] the certificate has the name of all nodes, and every name of this one', async () => {
  const door = (await open({ ...said, hostAddress: '10.0.0.5', apiTls: anyPort }, around())) as OpenedDoor
  door.door.open(new Asker().api)
  const shown = await new Promise<X509Certificate>((resolve, reject) => {
    const ca = authorityOf(home, { dice: { bytes: random, unit: () => 0 } })?.certificate
    const socket = connect({ host: '127.0.0.1', port: door.door.port, servername: 'shoal', ca }, () => {
      resolve(socket.getPeerX509Certificate() as X509Certificate)
      socket.destroy()
    })
    socket.once('error', reject)
  })
  const names = ['shoal', 'localhost', 'amber', 'kubernetes', 'kubernetes.default.svc', 'kube.example.org']
  for (const name of names) expect(shown.checkHost(name)).toBe(name)
  for (const ip of ['127.0.0.1', '::1', '10.0.0.5', '10.9.8.7']) expect(shown.checkIP(ip)).toBe(ip)
  expect(shown.checkIP('0.0.0.0')).toBeUndefined()
})

import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { CertificateAnswer } from '../node/index.ts'
import { apiAuthority, type Authority } from '../net/index.ts'
import { kubeconfigOf, merged } from './kubeconfig.ts'
import { runIn, type Ran } from './testing/run-in.ts'

const cleanups: (() => Promise<void> | void)[] = []
let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-identity-'))
  cleanups.push(() => rmSync(home, { recursive: true, force: true }))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const DAY_MS = 86_400_000

const authorityOf = (cluster: number): Authority =>
  apiAuthority({
    dataKey: new Uint8Array(32).fill(cluster),
    clusterId: `0${cluster}`.repeat(32),
    random: (length) => new Uint8Array(length).fill(9),
  })
const OURS = authorityOf(1)
const OTHERS = authorityOf(2)

/** A machine's door over TLS, which answers who asked it. */
interface Door {
  readonly address: string
  readonly asked: { readonly user: string; readonly host: string | undefined; readonly path: string | undefined }[]
}

async function door(authority = OURS, names: readonly string[] = ['shoal']): Promise<Door> {
  const { key, certificate: cert } = authority.serverCertificate({ name: 'amber', names, nowMs: Date.now() })
  const asked: Door['asked'] = []
  const answer = ({ socket, headers: { host }, url: path }: IncomingMessage): void => {
    const { subject } = (socket as TLSSocket).getPeerCertificate()
    asked.push({ user: String(subject.CN), host, path })
  }
  const server = createServer({ key, cert, ca: authority.certificate, requestCert: true }, (request, response) => {
    answer(request)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ peers: [] }))
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => void server.close())
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Where nobody listens. */
const NOWHERE = '127.0.0.1:1'

interface Wanted {
  readonly user?: string
  readonly name?: string
  readonly authority?: Authority
  readonly servers: readonly string[]
}

/** As `shoal kubeconfig` makes it. */
function kubeconfig({ user = 'ada', name = 'shoal', authority = OURS, servers }: Wanted, before = {}): object {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const groups = ['system:masters']
  const certificate = authority.clientCertificate({ user, groups, publicKey, nowMs: Date.now(), lifeMs: DAY_MS })
  const answer: CertificateAnswer = {
    user,
    groups,
    clusterId: 'c1',
    authority: authority.certificate,
    certificate,
    expiresAtMs: Date.now() + DAY_MS,
    servers: servers.map((address, at) => ({ node: `n${at}`, address })),
  }
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  return merged(before, kubeconfigOf({ answer, key, name, isNameKnown: false }))
}

function write(config: object, file = join(home, '.kube', 'config')): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, stringify(config))
  return file
}

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  runIn({ HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), SHOAL_API_SOCKET: join(home, 'none.sock'), ...env }, args)
const peers = (...args: string[]): Promise<Ran> => run(['peers', ...args])

describe('[CLI103] a node on another machine', () => {
  test('is asked over TLS, as the user of the kubeconfig, by the name that all nodes have', async () => {
    const { address, asked } = await door()
    write(kubeconfig({ servers: [NOWHERE] }))
    const ran = await peers('--node', `https://${address}`)
    expect(ran.code, ran.err).toBe(0)
    expect(asked[0]).toMatchObject({ user: 'ada', host: 'shoal', path: expect.stringContaining('/peers') as string })
  })

  test('is not asked at all where there is no kubeconfig: the error says which files were looked for, and how to get one', async () => {
    const ran = await peers('--node', '10.0.0.11')
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('https://10.0.0.11:6443 asks for a certificate of the cluster')
    expect(ran.err).toContain(join(home, '.kube', 'config'))
    expect(ran.err).toContain('`shoal kubeconfig -o FILE`')
  })

  test.each<[string, Authority, readonly string[], string]>([
    ['another cluster', OTHERS, ['shoal'], 'its certificate is not of the cluster that the kubeconfig is for'],
    ['something else', OURS, ['web.example'], 'its certificate is none of a node of Shoal'],
  ])('is not told anything where it is %s', async (_, authority, names, why) => {
    const { address, asked } = await door(authority, names)
    write(kubeconfig({ servers: [NOWHERE] }))
    const ran = await peers('--node', `https://${address}`)
    expect([ran.code, asked]).toEqual([1, []])
    expect(ran.err).toContain(`https://${address}  ${why}`)
  })
})

describe('[CLI104] without a node on this machine', () => {
  test('the nodes of the kubeconfig are asked, the next one where one is down', async () => {
    const { address, asked } = await door()
    write(kubeconfig({ servers: [NOWHERE, address] }))
    const ran = await peers()
    expect(ran.code, ran.err).toBe(0)
    expect(asked[0]).toMatchObject({ user: 'ada' })
  })

  test('all of them are named where none answers', async () => {
    write(kubeconfig({ servers: [NOWHERE] }))
    const { code, err } = await peers()
    expect(code).toBe(1)
    expect(err).toContain(`https://${NOWHERE}  connection refused`)
    expect(err).toContain('none.sock  no such socket')
  })

  test('a context of the kubeconfig that is named is meant, and $KUBECONFIG may list several files', async () => {
    const [one, other] = [await door(), await door(OTHERS)]
    const files = [
      write(kubeconfig({ servers: [one.address] }), join(home, 'one')),
      write(kubeconfig({ name: 'lab', user: 'bob', authority: OTHERS, servers: [other.address] }), join(home, 'two')),
    ]
    const env = { KUBECONFIG: files.join(':') }
    expect(await run(['peers', '--context', 'lab-n0'], env)).toMatchObject({ code: 0 })
    expect(await run(['peers'], env)).toMatchObject({ code: 0 })
    expect([one.asked[0]?.user, other.asked[0]?.user]).toEqual(['ada', 'bob'])
  })

  test('of two files that say the same name the first counts', async () => {
    const [one, other] = [await door(), await door()]
    const files = [
      write(kubeconfig({ servers: [one.address] }), join(home, 'one')),
      write(kubeconfig({ user: 'bob', servers: [other.address] }), join(home, 'two')),
    ]
    expect(await run(['peers', '--context', 'shoal-n0'], { KUBECONFIG: files.join(':') })).toMatchObject({ code: 0 })
    expect([one.asked[0]?.user, other.asked]).toEqual(['ada', []])
  })

  test('a context that is named is asked even where another node runs here', async () => {
    const { address, asked } = await door()
    write(kubeconfig({ servers: [address] }))
    const ran = await peers('--context', 'shoal-n0')
    expect(ran.code, ran.err).toBe(0)
    expect(ran.err).not.toContain('none.sock')
    expect(asked).not.toEqual([])
  })

  test("a context that is nobody's is named with the nearest", async () => {
    write(kubeconfig({ servers: [NOWHERE] }))
    const { code, err } = await peers('--context', 'shaol')
    expect(code).toBe(1)
    expect(err).toContain('there is no context "shaol"; did you mean "shoal"? (known: shoal, shoal-n0)')
  })

  test("another program's cluster is left alone, also where it is the current one", async () => {
    const { address, asked } = await door()
    const foreign = {
      clusters: [{ name: 'eks', cluster: { server: `https://${NOWHERE}`, 'certificate-authority-data': 'eA==' } }],
      users: [{ name: 'eks', user: { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' } }],
      contexts: [{ name: 'eks', context: { cluster: 'eks', user: 'eks' } }],
    }
    write({ ...kubeconfig({ servers: [address] }, foreign), 'current-context': 'eks' })
    const ran = await peers()
    expect(ran.code, ran.err).toBe(0)
    expect(asked).not.toEqual([])
  })

  test('of two clusters nobody is guessed', async () => {
    const both = kubeconfig({ name: 'lab', authority: OTHERS, servers: [NOWHERE] }, kubeconfig({ servers: [NOWHERE] }))
    write({ ...both, 'current-context': 'gone' })
    const { code, err } = await peers()
    expect(code).toBe(1)
    expect(err).toContain('several clusters: shoal, shoal-n0, lab, lab-n0; choose one with --context')
  })

  test('a key in a file of its own is read, and one that is not there is named', async () => {
    const { address } = await door()
    const config = kubeconfig({ servers: [address] }) as { users: { user: Record<string, string> }[] }
    const [{ user }] = config.users as [{ user: Record<string, string> }]
    const key = Buffer.from(user['client-key-data'] as string, 'base64')
    delete user['client-key-data']
    user['client-key'] = 'ada.key'
    write(config)
    expect((await peers()).err).toMatch(/client-key cannot be read: ENOENT/)
    writeFileSync(join(home, '.kube', 'ada.key'), key)
    expect(await peers()).toMatchObject({ code: 0 })
  })

  test('a file that is no YAML is named', async () => {
    const file = write({})
    writeFileSync(file, '{')
    expect((await peers()).err).toContain(`${file} is no YAML`)
  })
})

import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import type { CertificateAnswer } from '../../node/index.ts'
import { runIn, type Ran } from '../testing/run-in.ts'
import { SimNode } from '../testing/sim-node.ts'

const { lookup } = vi.hoisted(() => ({ lookup: vi.fn<(name: string) => Promise<unknown>>() }))
vi.mock('node:dns/promises', () => ({ lookup }))

let home = ''
const nodes: SimNode[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-kubeconfig-'))
  lookup.mockReset().mockRejectedValue(new Error('ENOTFOUND'))
})
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  rmSync(home, { recursive: true, force: true })
})

const ANSWER: CertificateAnswer = {
  user: 'ada',
  groups: ['system:masters'],
  clusterId: 'c1',
  authority: 'AUTHORITY',
  certificate: 'CERTIFICATE',
  expiresAtMs: Date.UTC(2027, 10, 22, 8),
  servers: [
    { node: 'amber', address: '10.0.0.1:6443' },
    { node: 'basil', address: '[fe80::2]:6443' },
    { node: 'cedar', address: '10.0.0.3:16443' },
  ],
}

// oxlint-disable-next-line typescript/no-explicit-any -- what is written is looked into freely
type Loose = any

async function run(
  args: readonly string[],
  answer: Partial<CertificateAnswer> = {},
): Promise<Ran & { asked: Loose[] }> {
  const node = await SimNode.start({ 'POST /shoal/v1/client-certificate': { value: { ...ANSWER, ...answer } } })
  nodes.push(node)
  const ran = await runIn({ HOME: home, SHOAL_NODE: node.address }, ['kubeconfig', ...args])
  return { ...ran, asked: node.asked.map(({ body }) => body) }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString()
const at = (config: Loose, list: string, name: string): Loose =>
  config[list].find((entry: { name: string }) => entry.name === name)

test('[KUBE20] a context for all nodes and one for each, which check one name, with a key that stayed here', async () => {
  const { code, out, err, asked } = await run(['--user', 'ada', '--valid', '8h'])
  expect(code, err).toBe(0)
  const config = parse(out)
  expect(config).toMatchObject({ apiVersion: 'v1', kind: 'Config', 'current-context': 'shoal-amber' })
  expect(config.clusters.map(({ name, cluster }: Loose) => [name, cluster.server])).toEqual([
    ['shoal', 'https://shoal:6443'],
    ['shoal-amber', 'https://10.0.0.1:6443'],
    ['shoal-basil', 'https://[fe80::2]:6443'],
    ['shoal-cedar', 'https://10.0.0.3:16443'],
  ])
  for (const { cluster } of config.clusters) {
    expect(cluster['tls-server-name']).toBe('shoal')
    expect(text(cluster['certificate-authority-data'])).toBe('AUTHORITY')
  }
  expect(at(config, 'contexts', 'shoal').context).toEqual({ cluster: 'shoal', user: 'shoal-ada' })
  const { user } = at(config, 'users', 'shoal-ada')
  expect(text(user['client-certificate-data'])).toBe('CERTIFICATE')
  expect(asked).toEqual([{ user: 'ada', lifeSeconds: 8 * 3_600, publicKey: expect.any(String) }])
  const own = createPublicKey(createPrivateKey(text(user['client-key-data'])))
  expect(own.export({ format: 'pem', type: 'spki' })).toBe(asked[0].publicKey)
  expect(JSON.stringify(asked)).not.toContain('PRIVATE')
})

test('[KUBE20] how one name leads to all nodes is told, and who is not among them', async () => {
  const { err } = await run([])
  expect(err).toContain('user ada (system:masters) until 2027-11-22 08:00 UTC, context shoal-amber')
  expect(err).toContain('let the name "shoal" have the addresses of all')
  expect(err).toContain('  10.0.0.1\tshoal\n  fe80::2\tshoal\n  10.0.0.3\tshoal\n')
  expect(err).toContain('kubectl config use-context shoal')
  expect(err).toContain('Not by that name, since its port is another one: cedar (10.0.0.3:16443)')
})

test('[KUBE20] where the name leads to nodes already its context is the current one', async () => {
  lookup.mockResolvedValue({ address: '10.0.0.1' })
  const { out, err } = await run([])
  expect(parse(out)).toMatchObject({ 'current-context': 'shoal' })
  expect(err).toContain('kubectl goes on to the next one by itself')
  expect(err).not.toContain('use-context')
})

test('[KUBE21] --server gives one context alone, whatever the nodes say', async () => {
  const { out, err } = await run(['--server', 'https://kube.example.org:443', '--name', 'home'], { servers: [] })
  expect(parse(out)).toMatchObject({
    'current-context': 'home',
    clusters: [{ name: 'home', cluster: { server: 'https://kube.example.org:443', 'tls-server-name': 'shoal' } }],
    contexts: [{ name: 'home' }],
  })
  expect(err).not.toContain('addresses of all')
  expect(lookup).not.toHaveBeenCalled()
})

test.each([
  [['--server', 'http://x'], '--server "http://x": must be https://HOST:PORT'],
  [['--server', 'nowhere'], '--server "nowhere": must be https://HOST:PORT'],
  [['--valid', 'ages'], '--valid "ages": must be a duration'],
  [['--valid', '0s'], '--valid "0s": must be between 1s and 3660d'],
  [['--valid', '4000d'], 'must be between 1s and 3660d'],
  [['--merge', '-o', 'x'], '--merge and -o both say where to write: choose one'],
])('[KUBE21] %j is refused before anything is asked', async (args, why) => {
  const { code, out, err, asked } = await run(args)
  expect({ code, out, asked }).toEqual({ code: 1, out: '', asked: [] })
  expect(err).toContain(why)
})

test('[KUBE21] without a door anywhere there is nothing to configure', async () => {
  const { code, out, err } = await run([], { servers: [] })
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain('no node answers over TLS: start them without `--api-tls off`')
})

const THEIRS = {
  apiVersion: 'v1',
  kind: 'Config',
  preferences: { colors: true },
  'current-context': 'work',
  clusters: [
    { name: 'work', cluster: { server: 'https://work' } },
    { name: 'shoal', cluster: { server: 'https://old' } },
  ],
  contexts: [{ name: 'work', context: { cluster: 'work', user: 'me' } }],
  users: [{ name: 'me', user: { token: 't' } }],
  extensions: [{ name: 'theirs' }],
}

test('[KUBE22] --merge puts its entries beside the others, in a file for its owner alone', async () => {
  const file = join(home, '.kube', 'config')
  mkdirSync(join(home, '.kube'))
  writeFileSync(file, JSON.stringify(THEIRS), { mode: 0o644 })
  const { code, out, err } = await run(['--merge'])
  expect({ code, out }).toEqual({ code: 0, out: '' })
  expect(err).toContain(`written to ${file}`)
  const config = parse(readFileSync(file, 'utf8'))
  expect(config).toMatchObject({ preferences: { colors: true }, extensions: THEIRS.extensions })
  expect(config['current-context']).toBe('shoal-amber')
  expect(config.clusters.map(({ name }: Loose) => name)).toEqual([
    'work',
    'shoal',
    'shoal-amber',
    'shoal-basil',
    'shoal-cedar',
  ])
  expect(at(config, 'clusters', 'shoal').cluster.server).toBe('https://shoal:6443')
  expect(at(config, 'users', 'me')).toEqual(THEIRS.users[0])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(home, '.kube'))).toEqual(['config'])
})

test('[KUBE22] --merge makes the file where there is none, and -o one of its own', async () => {
  expect((await run(['--merge'])).code).toBe(0)
  const merged = parse(readFileSync(join(home, '.kube', 'config'), 'utf8'))
  expect(merged.contexts).toHaveLength(4)
  const file = join(home, 'ada.yaml')
  expect((await run(['-o', file])).out).toBe('')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(parse(readFileSync(file, 'utf8')).contexts).toHaveLength(4)
})

test.each(['[1, 2]', 'a: [', '"text"'])('[KUBE22] %s is no kubeconfig, and is left as it is', async (before) => {
  const file = join(home, '.kube', 'config')
  mkdirSync(join(home, '.kube'))
  writeFileSync(file, before)
  const { code, err } = await run(['--merge'])
  expect(code).toBe(1)
  expect(err).toContain('is left as it is')
  expect(readFileSync(file, 'utf8')).toBe(before)
})

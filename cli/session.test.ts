import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chosenContext, readConfig, rememberPeer } from './context.ts'
import { durationMs } from './duration.ts'
import { guess } from './guess.ts'
import { Session } from './session.ts'
import type { GlobalOptions } from './session.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-cli-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function session(options: GlobalOptions = {}, env: Record<string, string> = {}): Session {
  const output = { stdout: process.stdout, stderr: process.stderr }
  return new Session({ env: { HOME: home, SHOAL_CONFIG: join(home, 'config.json'), ...env }, output, options })
}

const labels = async (one: Session): Promise<readonly string[]> => (await one.endpoints()).map(({ label }) => label)

test('[CLI1] a node on this machine is asked first, then those of the context in turn', async () => {
  const config = {
    current: 'home',
    contexts: { home: { peers: ['127.0.0.1:7443', 'http://10.0.0.2'] }, lab: { peers: ['http://10.9.0.1'] } },
  }
  writeFileSync(join(home, 'config.json'), JSON.stringify(config))
  const local = ['unix:/x/shoal.sock', 'unix:/run/user/7/shoal.sock', 'unix:/run/shoal/shoal.sock']
  const env = { SHOAL_API_SOCKET: '/x/shoal.sock', XDG_RUNTIME_DIR: '/run/user/7' }
  expect(await labels(session({}, env))).toEqual([...local, 'http://127.0.0.1:7443', 'http://10.0.0.2:7443'])
  expect(await labels(session({ context: 'lab' }, env))).toEqual([...local, 'http://10.9.0.1:7443'])
  expect(await labels(session({}, { ...env, SHOAL_CONTEXT: 'lab' }))).toEqual([...local, 'http://10.9.0.1:7443'])
})

test('[CLI1] a node that was named is asked, and no other', async () => {
  const [one, other] = ['http://127.0.0.7:7443', 'http://127.0.0.8:7443']
  expect(await labels(session({ node: ['127.0.0.7', '127.0.0.8'] }))).toEqual([one, other])
  expect(await labels(session({}, { SHOAL_NODE: '127.0.0.7,127.0.0.8' }))).toEqual([one, other])
})

test('[CLI9] a damaged file is named', async () => {
  const file = join(home, 'config.json')
  writeFileSync(file, '{')
  await expect(session().endpoints()).rejects.toThrow(`the configuration ${file} is damaged`)
})

test("[CLI9] the namespace is the one named, else the environment's, else the context's, else default", () => {
  expect(session().namespace).toBe('default')
  writeFileSync(
    join(home, 'config.json'),
    JSON.stringify({ current: 'home', contexts: { home: { peers: [], namespace: 'shop' } } }),
  )
  expect(session().namespace).toBe('shop')
  expect(session({}, { SHOAL_NAMESPACE: 'lab' }).namespace).toBe('lab')
  expect(session({ namespace: 'here' }, { SHOAL_NAMESPACE: 'lab' }).namespace).toBe('here')
  // Of kubectl's.
  expect(session({ context: 'another' }).namespace).toBe('default')
})

test('[CLI10] nodes that were started are remembered, the latest first, each once, at most sixteen', () => {
  const env = { SHOAL_CONFIG: join(home, 'deep', 'config.json') }
  for (let port = 1; port <= 20; port += 1) rememberPeer(env, `http://127.0.0.1:${port}`)
  rememberPeer(env, 'http://127.0.0.1:10')
  const { peers } = chosenContext(readConfig(env), undefined)
  expect(peers).toHaveLength(16)
  expect(peers.slice(0, 3)).toEqual(['http://127.0.0.1:10', 'http://127.0.0.1:20', 'http://127.0.0.1:19'])
  expect(JSON.parse(readFileSync(env.SHOAL_CONFIG, 'utf8'))).toMatchObject({ current: 'default' })
})

test.each([
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['2d', 172_800_000],
  ['10', 10_000],
  ['0', 0],
])('[CLI11] %s is %d ms', (text, ms) => {
  expect(durationMs('--timeout', text)).toBe(ms)
})

test.each(['', 'soon', '5 m', '-5m', '5x', 'm'])('[CLI11] "%s" is no duration', (text) => {
  expect(() => durationMs('--timeout', text)).toThrow(`--timeout "${text}": must be a duration, as 90s, 5m or 1h30m`)
})

test.each([
  ['pdos', 'pods'],
  ['deplyoment', 'deployment'],
  ['Deploymnt', 'deployment'],
  ['svcs', 'svc'],
  ['xyz', undefined],
])('[CLI12] %s may have been meant as %s', (word, meant) => {
  expect(guess(word, ['pods', 'deployment', 'svc', 'services'])).toBe(meant)
})

test('[CLI12] a word of 10,000 letters means nothing', () => {
  expect(guess('x'.repeat(10_000), ['pods'])).toBeUndefined()
})

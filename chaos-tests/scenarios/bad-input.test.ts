import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { parseTicket } from '../../net/index.ts'
import { startEngine } from '../real/engine.ts'
import { makeBusyboxImage } from '../real/images.ts'
import { ticketOf, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { killQuietly } from '../real/remains.ts'
import { eventsOf } from './facts.ts'
import { stretched } from '../real/patience.ts'
import { processesNaming } from '../real/runs.ts'
import { DEPLOYMENTS, deployWeb, namespaceNamed, NAMESPACES, SERVICES, webDeployment, webService } from './manifests.ts'
import { shoal, type Ended } from './shoal.ts'
import { stage } from './stage.ts'

let scratch: string

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'shoal-bad-'))
  onTestFinished(async () => {
    for (const pid of processesNaming(scratch)) killQuietly(pid)
    await waitFor('its processes to be gone', stretched(5_000), () => processesNaming(scratch).length === 0)
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
  })
})

// ---- manifests

const good = (): string => JSON.stringify(webDeployment({ replicas: 1 }))
const changed = (from: string, to: string): string => good().replace(from, to)

const MANIFESTS: readonly (readonly [string, string, RegExp])[] = [
  ['YAML that does not end', 'kind: Deployment\nspec: [1, 2', /stdin.*:2:|-:2:|:2:\d+/],
  ['YAML with tabs for indent', 'kind: Deployment\n\tspec: 1', /:2:/],
  ['a kind that nobody knows', changed('"Deployment"', '"Deploymint"'), /Deploymint[^]*Deployment/],
  ['a kind of another version', changed('"apps/v1"', '"apps/v7"'), /apps\/v7/],
  ['no kind', changed('"kind":"Deployment",', ''), /kind/],
  ['text for a number', changed('"replicas":1', '"replicas":"three"'), /spec\.replicas.*three/],
  ['a number for a list', changed('"containers":[', '"containers":7,"x":['), /spec\.template\.spec\.containers/],
  ['replicas below zero', changed('"replicas":1', '"replicas":-1'), /spec\.replicas.*-1/],
  ['replicas beyond sense', changed('"replicas":1', '"replicas":1000000000'), /spec\.replicas.*1000000000/],
  ['half a replica', changed('"replicas":1', '"replicas":1.5'), /spec\.replicas.*1\.5/],
  [
    'a name with capitals',
    changed('"name":"web","namespace"', '"name":"Web_1","namespace"'),
    /metadata\.name.*Web_1[^]*(DNS-1123|lower ?case)/,
  ],
  [
    'a container without a name',
    changed('"name":"web","image"', '"image"'),
    /spec\.template\.spec\.containers\[0\]\.name/,
  ],
  [
    'a selector that selects other pods',
    changed('"matchLabels":{"app":"web"}', '"matchLabels":{"app":"other"}'),
    /spec\.template\.metadata\.labels|spec\.selector/,
  ],
  [
    'a port beyond the last',
    changed('"containerPort":8080', '"containerPort":70000'),
    /containers\[0\]\.ports\[0\]\.containerPort.*70000/,
  ],
  ['a node port outside the range', JSON.stringify(webService('web', 99)), /spec\.ports\[0\]\.nodePort.*99/],
  ['a field that is misspelt', changed('"replicas":1', '"replica":1'), /spec\.replica\b[^]*replicas/],
  [
    'two documents, the second wrong',
    `${good()}\n---\n${JSON.stringify(webService()).replace('"name":"web"', '"name":"Web!"')}`,
    /metadata\.name.*Web!/,
  ],
]

test('[BAD1, BAD2] a manifest with a mistake ends with 1, the field, what it says, and nothing changed', async () => {
  const { nodes } = await stage(1)
  const [node] = nodes
  await node!.ok('POST', NAMESPACES, namespaceNamed('witness'))
  const before = await headsOf(node!)
  for (const [what, text, expected] of MANIFESTS) {
    const { code, stdout, stderr } = await shoal(['apply', '-f', '-', '--no-wait'], { node: node!.socket, input: text })
    expect
      .soft({ what, code, stdout, stderr })
      .toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(expected) })
    expect.soft(stderr, what).not.toMatch(/\n +at /)
  }
  const scaled = await shoal(['scale', 'nobody', '3'], { node: node!.socket })
  expect.soft(scaled).toMatchObject({ code: 1, stderr: expect.stringMatching(/nobody.*not found/) })
  expect(await headsOf(node!)).toEqual(before)
})

/** Every object that people wrote, by the changes that made it. */
async function headsOf(node: ProcessNode): Promise<unknown> {
  const lists = await Promise.all(
    [DEPLOYMENTS, SERVICES, NAMESPACES].map((path) => node.ok<{ items: { metadata: object }[] }>('GET', path)),
  )
  return lists.map(({ items }) => items.map(({ metadata }) => metadata))
}

test('[BAD3] a node port that another program holds is an Event that names the port and the fix, and is taken once it is free', async () => {
  const { nodes } = await stage(1)
  const [node] = nodes
  const port = 30_111
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, node!.hostAddress, resolve))
  onTestFinished(() => void other.close())
  await node!.ok('POST', SERVICES, webService('held', port))
  await waitFor('an event about the port', stretched(10_000), async () =>
    (await eventsOf(node!)).some(
      ({ reason, message, involvedObject }) =>
        reason === 'PortInUse' &&
        involvedObject.name === 'held' &&
        message.includes(`:${port}`) &&
        message.includes('nodePort'),
    ),
  )
  expect((await shoal(['events', '--for', 'svc/held'], { node: node!.socket })).stdout).toContain(String(port))
})

// ---- tickets and directories

interface Place {
  readonly name: string
  readonly dataDir?: string
  readonly runtime?: string
}

/** Starts a node as a user would, in the background; what becomes of it is the test's. */
function start(
  verb: readonly string[],
  { name, dataDir = join(scratch, name), runtime = 'process' }: Place,
  env: Record<string, string> = {},
  ...more: string[]
): Promise<Ended> {
  const flags = [
    '--name',
    name,
    '--data-dir',
    dataDir,
    '--api-socket',
    join(scratch, `${name}.sock`),
    '--api',
    'none',
    '--listen',
    '127.0.0.1:0',
  ]
  return shoal([...verb, ...flags, '--host-address', '127.0.0.1', '--runtime', runtime, ...more], {
    env: { HOME: scratch, XDG_CONFIG_HOME: join(scratch, 'config'), ...env },
  })
}

const knowsCluster = (name: string): boolean => existsSync(join(scratch, name, 'genesis'))

test('[BAD11] a member port in use is named with what to do, and no process stays behind', async () => {
  const { nodes } = await stage(1)
  const { listenPort, hostAddress } = nodes[0]!
  const place = `${hostAddress}:${listenPort}`
  const { code, stderr } = await start(['up'], { name: 'late' }, {}, '--listen', place)
  expect(code).toBe(1)
  expect(stderr).toContain(`/tcp/${listenPort}: the port is in use: choose another with --listen`)
  expect(stderr).not.toContain('faultTolerance')
  // The same directory is free again at once.
  const again = await start(['up', '--foreground'], { name: 'late' }, {}, '--listen', place)
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('the port is in use')
})

test('[KUBE5] where another program has the port of the API over TLS the node does without, and says so', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.once('error', () => resolve()).listen(6443, '0.0.0.0', resolve))
  onTestFinished(() => void other.close())
  const up = await start(['up'], { name: 'without-tls' })
  expect(up, up.stderr).toMatchObject({ code: 0, stderr: expect.stringMatching(/over TLS.*port 6443.*--api-tls/) })
  await ended(up)
})

test('[BAD4] a ticket that is cut, changed, expired or of another cluster is refused with what is wrong, and nothing is joined', async () => {
  const { nodes } = await stage(1)
  const [node] = nodes
  const ticket = await ticketOf(node!)
  const { joins } = await node!.ok<{ joins: string[] }>('POST', '/shoal/v1/token?ttlSeconds=1')
  await waitFor('the short ticket to expire', 10_000, () => isExpired(joins[0]!))
  const other = await start(['up'], { name: 'elsewhere' })
  expect(other.code, other.stderr).toBe(0)
  const foreign = /shoal join (\S+)/.exec(other.stdout)![1]!
  const [address] = ticket.split('/ticket/')
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['cut', ticket.slice(0, -20), /truncated|cut/],
    ['changed', `${ticket.slice(0, -12)}AAAA${ticket.slice(-8)}`, /truncated|changed/],
    ['expired', joins[0]!, /expired/],
    ['foreign', `${address}/ticket/${foreign.split('/ticket/')[1]}`, /cluster|did not accept/],
    ['no-ticket', address!, /ticket/],
  ]
  for (const [name, line, expected] of cases) {
    const { code, stderr } = await start(['join', line], { name })
    expect.soft({ name, code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(expected) })
    expect.soft(stderr, name).toMatch(/shoal token|copy the whole line|The log there/)
    expect.soft(knowsCluster(name), name).toBe(false)
  }
  const { items } = await node!.ok<{ items: unknown[] }>('GET', '/api/v1/nodes')
  expect(items).toHaveLength(1)
})

function isExpired(ticket: string): boolean {
  try {
    parseTicket(ticket, Date.now())
    return false
  } catch {
    return true
  }
}

test('[BAD5] a data directory that is in use, of another cluster, no directory or with a broken key is refused with its name and the fix', async () => {
  const { nodes } = await stage(1)
  const [node] = nodes
  const ticket = await ticketOf(node!)
  const inUse = await start(['up'], { name: 'second', dataDir: node!.dataDir })
  expect.soft(inUse).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`${node!.dataDir}.*in use by process ${node!.pid}.*directory of its own`)),
  })

  const own = await start(['up'], { name: 'own' })
  expect(own.code, own.stderr).toBe(0)
  await ended(own)
  const other = await start(['join', ticket], { name: 'own' })
  expect.soft(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/belongs to cluster.*--data-dir/) })

  writeFileSync(join(scratch, 'a-file'), '')
  const file = await start(['up'], { name: 'a-file' })
  expect.soft(file).toMatchObject({ code: 1, stderr: expect.stringMatching(/a-file.*--data-dir/) })

  cpSync(join(scratch, 'own'), join(scratch, 'broken'), { recursive: true })
  writeFileSync(join(scratch, 'broken', 'identity'), 'short')
  const broken = await start(['up'], { name: 'broken' })
  expect.soft(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/identity/) })
  expect(readFileSync(join(scratch, 'broken', 'identity'), 'utf8'), 'left as it was').toBe('short')

  cpSync(join(scratch, 'own'), join(scratch, 'mixed'), { recursive: true })
  copyFileSync(join(node!.dataDir, 'log'), join(scratch, 'mixed', 'log'))
  const mixed = await start(['up'], { name: 'mixed' })
  expect.soft(mixed).toMatchObject({ code: 1, stderr: expect.stringMatching(/log belongs to cluster.*--data/) })
  expect(
    readFileSync(join(scratch, 'mixed', 'log')).equals(readFileSync(join(node!.dataDir, 'log'))),
    'left as it was',
  ).toBe(true)
})

/** Ends a node that runs in the background. */
async function ended({ stdout }: Ended): Promise<void> {
  const pid = Number(/; pid (\d+);/.exec(stdout)?.[1])
  process.kill(pid, 'SIGKILL')
  await waitFor('it to end', stretched(5_000), () => !existsSync(`/proc/${pid}/exe`))
}

// ---- a log that suffered

const readable = async (node: ProcessNode): Promise<string[]> =>
  (await node.ok<{ items: { metadata: { name: string } }[] }>('GET', NAMESPACES)).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith('kept-'))

test.each([
  ['torn', (log: string) => truncateSync(log, statSync(log).size - 7), /log-damaged.*"tornTailBytes":[1-9]/],
  [
    'followed by noise',
    (log: string) => writeFileSync(log, Buffer.alloc(500, 7), { flag: 'a' }),
    /log-damaged.*"tornTailBytes":500/,
  ],
  [
    'changed in its middle',
    (log: string) => flipByte(log, Math.floor(statSync(log).size / 2)),
    /log-damaged.*"lostStretches":1/,
  ],
] as const)(
  '[BAD6, P5] a log that was %s is recovered but for what it hit, the loss is told, and peers bring it back',
  async (_what, hurt, told) => {
    const { nodes } = await stage(2)
    const [amber, basil] = nodes
    const names = Array.from({ length: 8 }, (_, at) => `kept-${at}`)
    for (const name of names) await amber!.ok('POST', NAMESPACES, namespaceNamed(name))
    await waitFor('all to be on both', stretched(5_000), async () => (await readable(basil!)).length === names.length)
    await amber!.killAgent()
    hurt(join(amber!.dataDir, 'log'))
    await amber!.restart()
    expect(readFileSync(amber!.logFile, 'utf8')).toMatch(told)
    await waitFor(
      'all to be there again',
      stretched(5_000),
      async () => (await readable(amber!)).length === names.length,
    )
  },
)

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  writeFileSync(file, bytes)
}

// ---- a disk without room

test('[BAD9] a disk without room refuses a write with a sentence that says so, ends the node, and loses nothing from before', async () => {
  const dataDir = join(scratch, 'full')
  mkdirSync(dataDir)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dataDir])
  onTestFinished(() => void execFileSync('umount', ['-l', dataDir]))
  const node = join(scratch, 'full.sock')
  const apply = (name: string, noteBytes: number): Promise<Ended> => {
    const annotations = { note: randomBytes(noteBytes / 2).toString('hex') }
    const manifest = { ...namespaceNamed(name), metadata: { name, annotations } }
    return shoal(['apply', '-f', '-'], { node, input: JSON.stringify(manifest) })
  }
  const up = await start(['up'], { name: 'full', dataDir })
  expect(up.code, up.stderr).toBe(0)
  expect(await apply('before', 100)).toMatchObject({ code: 0 })
  fill(join(dataDir, 'filler'))
  const refused = await apply('late', 64_000)
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/disk did not take the write .*no space left/),
  })
  const pid = Number(/; pid (\d+);/.exec(up.stdout)?.[1])
  await waitFor('the node to end', stretched(10_000), () => !existsSync(`/proc/${pid}/exe`))
  rmSync(join(dataDir, 'filler'))
  const again = await start(['up'], { name: 'full', dataDir })
  expect(again.code, again.stderr).toBe(0)
  const names = (await shoal(['get', 'namespaces', '-o', 'name'], { node })).stdout
  expect(names).toContain('before')
  expect(names).not.toContain('late')
})

/** Until nothing more goes in. */
function fill(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4_096))
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  }
}

// ---- engines

test('[BAD7] without a container engine the places that were tried are listed, and pods run as processes', async () => {
  const nowhere = join(scratch, 'nowhere')
  mkdirSync(nowhere)
  const socket = join(nowhere, 'docker.sock')
  const auto = await start(['up'], { name: 'auto', runtime: 'auto' }, { DOCKER_HOST: `unix://${socket}` })
  expect
    .soft(auto)
    .toMatchObject({ code: 0, stdout: expect.stringMatching(/runtime +process[^]*docker .*docker\.sock/) })
  const asked = await start(['up'], { name: 'asked', runtime: 'docker' }, {}, '--docker-host', `unix://${socket}`)
  expect.soft(asked.stdout + asked.stderr).toMatch(new RegExp(`${socket}`))
  expect.soft(asked.stdout + asked.stderr).toMatch(/none answers: no pod can start here|no container engine/)
  const doctor = await shoal(['doctor'], {
    node: join(scratch, 'auto.sock'),
    env: { HOME: scratch, DOCKER_HOST: `unix://${socket}` },
  })
  expect.soft(doctor.stdout + doctor.stderr).toContain(socket)
})

test('[BAD10] an image for another platform is told by `apply` with both platforms and the fix', async () => {
  const engine = await startEngine({ dir: join(scratch, 'engine') })
  onTestFinished(() => engine.stop())
  const [other, own] = process.arch === 'arm64' ? ['amd64', 'arm64'] : ['arm64', 'amd64']
  await makeBusyboxImage(engine.socket, ['shoal.test/elsewhere:1'], { architecture: other })
  const words = ['--docker-host', `unix://${engine.socket}`]
  const up = await start(['up'], { name: 'platform', runtime: 'docker' }, {}, ...words)
  expect(up.code, up.stderr).toBe(0)
  const manifest = JSON.stringify(webDeployment({ replicas: 1 })).replace('shoal.dev/demo:1', 'shoal.test/elsewhere:1')
  const applied = await shoal(['apply', '-f', '-', '--timeout', '20s'], {
    node: join(scratch, 'platform.sock'),
    input: manifest,
  })
  expect(applied.code, applied.stderr).not.toBe(0)
  expect(applied.stderr).toMatch(new RegExp(`shoal\\.test/elsewhere:1[^\n]*linux/${other}[^\n]*linux/${own}`))
})

test('[BAD8] what a node refused to do leaves its pods alone', async () => {
  const { nodes } = await stage(1)
  const [node] = nodes
  await deployWeb(node!, 1)
  await waitFor('the pod to run', stretched(20_000), () => node!.podPids().length > 0)
  const pids = node!.podPids()
  const answer = await node!.api(
    'PATCH',
    `${DEPLOYMENTS}/web`,
    { spec: { replicas: -1 } },
    'application/merge-patch+json',
  )
  expect(answer).toMatchObject({
    status: 422,
    body: { kind: 'Status', details: { causes: [{ field: 'spec.replicas' }] } },
  })
  const second = await start(['up'], { name: 'second', dataDir: node!.dataDir })
  expect(second.code).toBe(1)
  // It may have begun further processes of its own.
  expect(node!.podPids()).toEqual(expect.arrayContaining(pids))
})

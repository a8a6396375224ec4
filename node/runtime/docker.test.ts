/** What the docker runtime asks of an engine, and how it takes a bad one: against a server that only counts and answers. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { stretched } from '../../chaos-tests/real/patience.ts'
import { LABEL } from './docker-container.ts'
import { discover } from './docker-discovery.ts'
import { DockerRuntime } from './docker.ts'
import type { PodLaunch } from './runtime.ts'

type Answer = { readonly status: number; readonly body?: unknown } | 'never'

const GOOD: Readonly<Record<string, Answer>> = {
  'GET /_ping': { status: 200, body: 'OK' },
  'GET /version': { status: 200, body: { Version: '20.10', Os: 'linux', Arch: 'amd64' } },
  'GET /images/json': { status: 200, body: [] },
  'GET /images/web:1/json': { status: 200, body: { Os: 'linux', Architecture: 'amd64' } },
  'POST /containers/create': { status: 201, body: { Id: 'abc' } },
  'POST /containers/abc/start': { status: 204 },
}

const pod: PodLaunch = {
  uid: 'u-1',
  name: 'web-1',
  namespace: 'default',
  hostname: 'web-1',
  labels: {},
  annotation: 'claim',
  containers: [{ name: 'web', image: 'web:1', pull: 'IfNotPresent', env: { SECRET: 'hidden' }, ports: [], attempt: 0 }],
  graceMs: 1_000,
}

const opened: { runtime: DockerRuntime; server: Server; directory: string }[] = []
afterEach(async () => {
  for (const { runtime, server, directory } of opened.splice(0)) {
    await runtime.close()
    server.close()
    server.closeAllConnections()
    rmSync(directory, { recursive: true })
  }
})

async function open(
  change: Record<string, Answer> = {},
): Promise<{ runtime: DockerRuntime; calls: string[]; urls: string[]; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-engine-'))
  const answers = { ...GOOD, ...change }
  const calls: string[] = []
  const urls: string[] = []
  const server = createServer((request, response) => {
    const call = `${request.method} ${(request.url ?? '').split('?')[0]}`
    calls.push(call)
    urls.push(request.url ?? '')
    const answer = answers[call] ?? { status: 404, body: { message: `no ${call}` } }
    if (answer === 'never') return
    response.writeHead(answer.status).end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
  }).listen(join(directory, 'engine.sock'))
  await once(server, 'listening')
  const place = { dockerHost: `unix://${directory}/engine.sock`, env: {}, home: directory, userId: 1 }
  const runtime = new DockerRuntime({
    node: 'n',
    home: 'h',
    cluster: 'c',
    discover: () => discover(place),
    directory: join(directory, 'volumes'),
    cgroups: join(directory, 'cgroups'),
  })
  opened.push({ runtime, server, directory })
  return { runtime, calls, urls, directory }
}

test('[DOCK11] from launch to running a second pod costs two calls: create and start', async () => {
  const { runtime, calls } = await open()
  await runtime.create(pod)
  await runtime.start(pod.uid, 'web')
  calls.length = 0
  await runtime.create({ ...pod, uid: 'u-2' })
  await runtime.start('u-2', 'web')
  expect(calls).toEqual(['POST /containers/create', 'POST /containers/abc/start'])
})

test('[DOCK11] twelve pods at once look at their image once', async () => {
  const { runtime, calls } = await open()
  await Promise.all(Array.from({ length: 12 }, (_, index) => runtime.create({ ...pod, uid: `u-${index}` })))
  expect(calls.filter((call) => call === 'GET /images/web:1/json')).toHaveLength(1)
})

test('[DOCK11] what is in a launch is sent in the body, never in the address', async () => {
  const { runtime, urls } = await open()
  await runtime.create(pod)
  expect(urls.filter((url) => url.includes('hidden') || url.includes('Env'))).toEqual([])
})

test('[DOCK12] no API version is named', async () => {
  const { runtime, urls } = await open()
  await runtime.check()
  await runtime.create(pod)
  expect(urls.filter((url) => /^\/v\d/.test(url))).toEqual([])
})

test('[DOCK6] an image for another platform is refused by naming both', async () => {
  const { runtime, calls } = await open({
    'GET /images/web:1/json': { status: 200, body: { Os: 'linux', Architecture: 'arm64' } },
  })
  const message = expect.stringMatching(/linux\/arm64.*linux\/amd64/)
  await expect(runtime.create(pod)).rejects.toMatchObject({ code: 'wrong-platform', message })
  expect(calls).not.toContain('POST /containers/create')
})

const UNREACHABLE = {
  status: 500,
  body: { message: 'Get "https://registry": dial tcp: lookup registry: no such host' },
}
const DENIED = { status: 404, body: { message: 'pull access denied for web' } }

test.each<[string, PodLaunch['containers'][number]['pull'], 'here' | 'absent', Answer, string]>([
  ['Never, absent', 'Never', 'absent', DENIED, 'image-missing'],
  ['IfNotPresent, absent, registry says no', 'IfNotPresent', 'absent', DENIED, 'image-missing'],
  ['IfNotPresent, absent, registry out of reach', 'IfNotPresent', 'absent', UNREACHABLE, 'image-missing'],
  ['IfNotPresent, here', 'IfNotPresent', 'here', DENIED, 'created'],
  ['Always, here, registry says no', 'Always', 'here', DENIED, 'image-missing'],
  ['Always, here, registry out of reach: a cut-off node runs what it has', 'Always', 'here', UNREACHABLE, 'created'],
  ['Always, here, pulled', 'Always', 'here', { status: 200, body: { status: 'Done' } }, 'created'],
])('[DOCK6] pull policy: %s', async (_case, pull, presence, pulled, outcome) => {
  const absent = { status: 404, body: { message: 'No such image: web:1' } }
  const { runtime } = await open({
    'POST /images/create': pulled,
    ...(presence === 'absent' && { 'GET /images/web:1/json': absent }),
  })
  const created = runtime.create({ ...pod, containers: pod.containers.map((container) => ({ ...container, pull })) })
  await expect(
    created.then(
      () => 'created',
      ({ code }) => code,
    ),
  ).resolves.toBe(outcome)
})

test.each([
  ['OCI runtime create failed: exec: "x": executable file not found in $PATH: unknown', 'bad-command'],
  ['failed to create shim: exec: "/x": stat /x: no such file or directory', 'bad-command'],
  ['container init caused: exec: "/etc/x": permission denied: unknown', 'bad-command'],
  ['Bind for 0.0.0.0:80 failed: port is already allocated', 'port-in-use'],
  ['write /var/lib/docker/x: no space left on device', 'failed'],
])('[DOCK13] what an engine says becomes a code and stays readable: %s', async (message, code) => {
  const { runtime } = await open({ 'POST /containers/abc/start': { status: 500, body: { message } } })
  await runtime.create(pod)
  await expect(runtime.start(pod.uid, 'web')).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
})

test('[DOCK49] an agent asks for what carries its home, whoever it was when it made that', async () => {
  const { runtime, urls } = await open({
    'GET /containers/json': { status: 200, body: [] },
    'GET /volumes': { status: 200, body: { Volumes: [] } },
  })
  await runtime.list()
  const asked = urls.map((url) => decodeURIComponent(url)).filter((url) => /containers.json|volumes/.test(url))
  expect(asked).toHaveLength(2)
  for (const url of asked) {
    expect(url).toContain('shoal.dev/home=h')
    expect(url).not.toContain('shoal.dev/node')
  }
})

test('[DOCK13] an engine that hangs after its ping is told within the two seconds of a check', async () => {
  const { runtime } = await open({ 'GET /version': 'never' })
  const beforeMs = performance.now()
  await expect(runtime.check()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('2000 ms'),
  })
  expect(performance.now() - beforeMs).toBeLessThan(stretched(4_000))
})

test('[DOCK13] without an engine a check lists the places tried', async () => {
  const place = { dockerHost: 'unix:///no/such.sock', env: {}, home: '/', userId: 1 }
  const runtime = new DockerRuntime({
    node: 'n',
    home: 'h',
    cluster: 'c',
    discover: () => discover(place),
    directory: '/nonexistent',
  })
  const message = expect.stringContaining('--docker-host (unix:///no/such.sock): is not there')
  await expect(runtime.check()).rejects.toMatchObject({ code: 'unavailable', message })
})

test('[DOCK13] an engine that comes later is found by a later check', async () => {
  const { runtime } = await open()
  let isThere = false
  const nothing = { tried: [{ from: 'Docker', where: '', why: 'is not there' }] }
  const { directory } = opened[0] as { directory: string }
  const place = { dockerHost: `unix://${directory}/engine.sock`, env: {}, home: directory, userId: 1 }
  const late = new DockerRuntime({
    directory: join(directory, 'volumes'),
    node: 'n',
    home: 'h',
    cluster: 'c',
    discover: async () => (isThere ? discover(place) : nothing),
  })
  await expect(late.check()).rejects.toMatchObject({ code: 'unavailable' })
  isThere = true
  expect(await late.check()).toEqual(await runtime.check())
  await late.close()
})

const labelled = (container: string) => ({
  Id: container,
  Labels: { 'shoal.dev/pod-uid': 'u-1', 'io.kubernetes.container.name': container },
})

test('[DOCK60] what containers take is asked of the engine, once each and without its second look', async () => {
  const stats = (inactive: object): Answer => ({
    status: 200,
    body: { cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 } }, memory_stats: { usage: 9_000, stats: inactive } },
  })
  const { runtime, calls, urls } = await open({
    'GET /containers/json': { status: 200, body: ['POD', 'web', 'old', 'gone', 'odd'].map(labelled) },
    'GET /containers/web/stats': stats({ inactive_file: 1_000 }),
    'GET /containers/old/stats': stats({ inactive_file: 1, total_inactive_file: 2_000 }),
    'GET /containers/odd/stats': { status: 200, body: {} },
  })
  const usages = [...(await runtime.usage())].sort((a, b) => (a.container < b.container ? 1 : -1))
  expect(usages).toEqual([
    { uid: 'u-1', container: 'web', id: 'web', cpuMs: 2_500, memoryBytes: 8_000 },
    { uid: 'u-1', container: 'old', id: 'old', cpuMs: 2_500, memoryBytes: 7_000 },
  ])
  expect(calls.filter((call) => call === 'GET /containers/json')).toHaveLength(1)
  // [DOCK49] Also of what a former identity of this node started.
  expect(decodeURIComponent(urls.find((url) => url.includes('/containers/json')) ?? '')).toContain(`"${LABEL.home}=`)
  expect(calls).not.toContain('GET /containers/POD/stats')
  expect(urls.find((url) => url.includes('web/stats'))).toMatch(/one-shot=(true|1)/)
})

test.each(['system.slice/docker-web.scope', 'docker/web', 'machine.slice/libpod-web.scope'])(
  '[DOCK60] where the engine is here the files of the kernel are read: %s',
  async (place) => {
    const { runtime, calls, directory } = await open({
      'GET /containers/json': { status: 200, body: [labelled('web')] },
    })
    const cgroup = join(directory, 'cgroups', place)
    mkdirSync(cgroup, { recursive: true })
    writeFileSync(join(cgroup, 'cpu.stat'), 'usage_usec 1500000\nuser_usec 1\n')
    writeFileSync(join(cgroup, 'memory.current'), '5000\n')
    writeFileSync(join(cgroup, 'memory.stat'), 'anon 1\ninactive_file 1000\n')
    expect(await runtime.usage()).toEqual([
      { uid: 'u-1', container: 'web', id: 'web', cpuMs: 1_500, memoryBytes: 4_000 },
    ])
    expect(calls.filter((call) => call.endsWith('/stats'))).toEqual([])
  },
)

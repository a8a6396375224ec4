import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../real/process-cluster.ts'
import { killQuietly } from '../real/remains.ts'
import { stretched } from '../real/patience.ts'
import { processesNaming, runsBelow } from '../real/runs.ts'
import { webDeployment, webService } from './manifests.ts'
import { shoal, type Ended } from './shoal.ts'

/** As two machines with a user each: home, state and sockets of their own. The tests of this file follow one another. */
let directory: string
let manifest: string
let block: number
let basilPid = 0

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-cli-'))
  block = 20 + (process.pid % 50)
  manifest = join(directory, 'web.yaml')
  writeFileSync(manifest, `${JSON.stringify(webDeployment({ replicas: 3 }))}\n---\n${JSON.stringify(webService())}\n`)
})

afterAll(async () => {
  for (const pid of processesNaming(directory)) killQuietly(pid)
  await waitFor('its processes to be gone', stretched(5_000), () => processesNaming(directory).length === 0)
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
})

type Name = 'amber' | 'basil'

const home = (name: Name): Record<string, string> => ({
  HOME: join(directory, name),
  XDG_CONFIG_HOME: join(directory, name, 'config'),
})
const socketOf = (name: Name): string => join(directory, `${name}.sock`)
const on = (name: Name, ...words: string[]): Promise<Ended> =>
  shoal(words, { env: { ...home(name), SHOAL_NODE: socketOf(name) } })

async function started(name: Name, ...verb: string[]): Promise<Ended> {
  const host = `127.0.${block}.${name === 'amber' ? 1 : 2}`
  const flags = [
    '--name',
    name,
    '--data-dir',
    join(directory, name, 'data'),
    '--api-socket',
    socketOf(name),
    '--runtime',
    'process',
  ]
  const places = ['--listen', `${host}:0`, '--host-address', host, '--api', `127.0.0.1:${await freePort()}`]
  places.push('--api-tls', `${host}:${await freePort()}`)
  return shoal([...verb, ...flags, ...places], { env: home(name) })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('[USE1] `up` starts a node in the background and says how to go on; `join` with its ticket makes a second member', async () => {
  const up = await started('amber', 'up')
  expect(up, up.stderr).toMatchObject({ code: 0 })
  expect(up.stdout).toMatch(/✔ node +amber/)
  expect(up.stdout).toMatch(/shoal join \/ip4\/127\.0\.\d+\.1\/tcp\/\d+\/p2p\/\w+\/ticket\/\S+/)
  const again = await started('amber', 'up')
  expect(again, again.stderr).toMatchObject({ code: 0 })
  expect(again.stdout).toContain('node amber runs here already')

  const token = await on('amber', 'token', '--ttl', '10m', '-o', 'name')
  expect(token.code, token.stderr).toBe(0)
  const join = await started('basil', 'join', token.stdout.trim())
  expect(join, join.stderr).toMatchObject({ code: 0 })
  basilPid = Number(/; pid (\d+);/.exec(join.stdout)?.[1])
  expect(join.stdout).toContain('amber basil')
  await waitFor('both to see each other', stretched(10_000), async () => {
    const peers = await on('basil', 'peers')
    return peers.code === 0 && /amber/.test(peers.stdout) && /basil/.test(peers.stdout)
  })
})

test('[USE2] `apply` waits until the replicas are ready, and applying again changes nothing', async () => {
  const applied = await on('amber', 'apply', '-f', manifest, '--timeout', '60s')
  expect(applied, applied.stderr).toMatchObject({ code: 0 })
  expect(applied.stdout).toBe('deployment.apps/web created\nservice/web created\n')
  expect(runsBelow(directory)).not.toEqual([])
  const again = await on('basil', 'apply', '-f', manifest)
  expect(again, again.stderr).toMatchObject({ code: 0 })
  expect(again.stdout).toBe('deployment.apps/web unchanged\nservice/web unchanged\n')
})

test('[USE11] a `plan` of what is there already has nothing to tell, whatever its kind', async () => {
  const file = join(directory, 'several.yaml')
  const [metadata, v1] = [{ name: 'several' }, { apiVersion: 'v1' }]
  const { template } = webDeployment({ replicas: 1 })['spec'] as { template: { spec: object } }
  const minAvailable = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } }
  const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const objects = [
    { ...v1, kind: 'ConfigMap', metadata, data: { key: 'value' } },
    { ...v1, kind: 'Secret', metadata, stringData: { key: 'value' } },
    { ...v1, kind: 'Namespace', metadata },
    { ...v1, kind: 'ServiceAccount', metadata },
    { ...v1, kind: 'Pod', metadata, spec: template.spec },
    { ...v1, kind: 'Service', metadata, spec: { selector: { app: 'several' }, ports: [{ port: 9000 }] } },
    {
      ...v1,
      kind: 'Service',
      metadata: { name: 'headless' },
      spec: { clusterIP: 'None', selector: { app: 'several' } },
    },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: minAvailable },
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec: { scaleTargetRef: scaled, minReplicas: 3, maxReplicas: 3 } }, // prettier-ignore
  ]
  writeFileSync(file, objects.map((each) => JSON.stringify(each)).join('\n---\n'))
  const files = ['-f', file, '-f', manifest]
  const applied = await on('amber', 'apply', ...files, '--timeout', '60s')
  expect(applied.code, applied.stderr).toBe(0)
  for (const name of ['amber', 'basil'] as const) {
    const plan = await on(name, 'plan', ...files)
    expect(plan.stdout).toMatch(/0 new, 0 changed, 0 to be pruned, 11 unchanged/)
    expect(plan.code).toBe(0)
  }
  expect((await on('amber', 'delete', '-f', file)).code).toBe(0)
})

test('[USE3] `get` prints tables, JSON, YAML and names, from either node alike', async () => {
  const pods = await on('basil', 'get', 'pods', '-o', 'wide')
  expect(pods.code).toBe(0)
  expect(pods.stdout.match(/^web-\S+ +1\/1 +Running +0 .*(amber|basil)/gm)).toHaveLength(3)
  const name = await on('basil', 'get', 'deploy,svc', '-o', 'name')
  expect(name.stdout).toBe('deployment.apps/web\nservice/web\n')
  const asJson = JSON.parse((await on('amber', 'get', 'deploy/web', '-o', 'json')).stdout) as {
    kind: string
    status: { readyReplicas: number }
  }
  expect(asJson).toMatchObject({ kind: 'Deployment', status: { readyReplicas: 3 } })
  const asYaml: unknown = parse((await on('basil', 'get', 'deploy/web', '-o', 'yaml')).stdout)
  expect(asYaml).toMatchObject({ kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } })
})

test('[USE4] `logs` of a workload prints every replica, whichever node is asked', async () => {
  // Ready is a process that runs (no probe is asked for): it may have yet to print its line.
  for (const node of ['amber', 'basil'] as const)
    await waitFor(`${node} to print the line of each of three`, stretched(10_000), async () => {
      const logs = await on(node, 'logs', 'web')
      expect(logs, logs.stderr).toMatchObject({ code: 0 })
      return logs.stdout.match(/serving as web-/g)?.length === 3
    })
})

test('[USE5] `describe`, `explain`, `events` and `verify` say what is and why', async () => {
  const described = await on('basil', 'describe', 'deploy/web')
  expect(described, described.stderr).toMatchObject({ code: 0 })
  expect(described.stdout).toMatch(/^Name: +web/m)
  for (const node of ['amber', 'basil'] as const) {
    const explained = await on(node, 'explain', 'web')
    expect(explained, explained.stderr).toMatchObject({ code: 0 })
    expect(explained.stdout).toMatch(/3 wanted, 3 claimed, 0 open/)
    for (const slot of [0, 1, 2]) expect(explained.stdout).toMatch(new RegExp(`slot ${slot} .* on (amber|basil)`))
    expect(explained.stdout).toMatch(/bid \d+ = .*won/)
  }
  expect((await on('amber', 'events')).code).toBe(0)
  await waitFor('both to hold the same', stretched(5_000), async () => (await on('amber', 'verify')).code === 0)
})

test('[USE6] `scale` waits for the new number; what nobody can take ends with 2 and the reason, what takes too long with 124', async () => {
  const scaled = await on('amber', 'scale', 'web', '5', '--timeout', '60s')
  expect(scaled, scaled.stderr).toMatchObject({ code: 0 })
  await waitFor('five replicas to run', stretched(10_000), () => runsBelow(directory).length === 5)

  const huge = webDeployment({ name: 'huge', replicas: 1 })
  const file = join(directory, 'huge.yaml')
  writeFileSync(file, JSON.stringify(huge).replaceAll('"cpu":"10m"', '"cpu":"9000"'))
  const unplaced = await on('basil', 'apply', '-f', file, '--timeout', '60s')
  expect(unplaced, unplaced.stderr).toMatchObject({ code: 2 })
  expect(unplaced.stderr).toMatch(/could not place 1 of 1 replicas of huge[^]*cpu/)

  const stuck = join(directory, 'stuck.yaml')
  writeFileSync(
    stuck,
    JSON.stringify(webDeployment({ name: 'stuck', replicas: 1 })).replace(
      'server.listen',
      'void server.listen.name //',
    ),
  )
  const late = await on('amber', 'apply', '-f', stuck, '--timeout', '3s')
  expect(late, late.stderr).toMatchObject({ code: 124 })
  expect(late.stderr).toMatch(/stuck is not ready after 3 s: 0 of 1/)
})

test('[USE7] a command goes to the next node where one does not answer: of those it was told, and of those its context knows', async () => {
  const told = await shoal(['get', 'nodes', '--node', join(directory, 'gone.sock'), '--node', socketOf('basil')])
  expect(told, told.stderr).toMatchObject({ code: 0 })
  const env = { HOME: join(directory, 'elsewhere'), XDG_CONFIG_HOME: join(directory, 'basil', 'config') }
  const known = await shoal(['get', 'nodes'], { env })
  expect(known, known.stderr).toMatchObject({ code: 0 })
  for (const { stdout } of [told, known]) expect(stdout).toMatch(/amber[^]*basil/)
})

test('[CLI103, CLI104] from a machine without a node all of it goes over TLS with a kubeconfig, sessions too, to whichever node answers', async () => {
  const file = join(directory, 'ada.yaml')
  const made = await on('basil', 'kubeconfig', '--user', 'ada', '-o', file)
  expect(made, made.stderr).toMatchObject({ code: 0 })
  const env = { HOME: join(directory, 'laptop'), XDG_CONFIG_HOME: join(directory, 'laptop'), KUBECONFIG: file }
  const laptop = (words: readonly string[], input?: string): Promise<Ended> =>
    shoal(words, {
      env: { SHOAL_API_SOCKET: join(directory, 'gone.sock'), ...env },
      ...(input === undefined ? {} : { input }),
    })
  const nodes = await laptop(['get', 'nodes'])
  expect(nodes, nodes.stderr).toMatchObject({ code: 0 })
  expect(nodes.stdout).toMatch(/amber[^]*basil/)
  const { servers } = {
    servers: [...readFileSync(file, 'utf8').matchAll(/server: (https:\S+\.[12]:\d+)/g)].map(([, at]) => at!),
  }
  expect(servers).toHaveLength(2)
  for (const at of servers) {
    // What is written comes back, and its end gets through: `cat` ends.
    const said = await laptop(['exec', '-i', 'deploy/web', '--node', at, '--', 'cat'], 'a\nb')
    expect(said, said.stderr).toMatchObject({ code: 0, stdout: 'a\nb' })
  }
  const scaled = await laptop(['scale', 'deploy/web', '--replicas', '2', '--timeout', '60s'])
  expect(scaled, scaled.stderr).toMatchObject({ code: 0 })
  const stranger = await shoal(['get', 'nodes', '--node', servers[0]!], {
    env: { ...env, KUBECONFIG: join(directory, 'no') },
  })
  expect(stranger).toMatchObject({ code: 1, stderr: expect.stringContaining('asks for a certificate') as string })
})

test('[USE8] `delete` removes what the manifests name, and nothing of it runs on; what is not there is an error with its name', async () => {
  const deleted = await on('basil', 'delete', '-f', manifest, '-y')
  expect(deleted, deleted.stderr).toMatchObject({ code: 0 })
  expect(deleted.stdout).toMatch(/service "web" deleted[^]*deployment\.apps "web" deleted/)
  for (const name of ['huge', 'stuck']) expect((await on('amber', 'delete', `deploy/${name}`, '-y')).code).toBe(0)
  await waitFor('nothing of it to run', stretched(10_000), () => runsBelow(directory).length === 0)
  const gone = await on('amber', 'get', 'deploy/web')
  expect(gone).toMatchObject({ code: 1, stdout: '' })
  expect(gone.stderr).toMatch(/web.*not found/)
  expect((await on('amber', 'frobnicate')).code).toBe(1)
})

test('[USE9] `verify` ends with 1 while nodes do not answer, and says which', async () => {
  expect(process.kill(basilPid, 'SIGKILL')).toBe(true)
  await waitFor('verify to miss basil', stretched(10_000), async () => {
    const { code, stdout, stderr } = await on('amber', 'verify')
    return code === 1 && /No answer from basil/.test(stdout + stderr)
  })
})

test('[USE10] `up` with no more than its directory brings a node back as it was started: name, addresses, socket', async () => {
  const up = await shoal(['up', '--data-dir', join(directory, 'basil', 'data')], { env: home('basil') })
  expect(up, up.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/✔ node +basil/) as string })
  basilPid = Number(/; pid (\d+);/.exec(up.stdout)?.[1])
  await waitFor('both to hold the same', stretched(10_000), async () => (await on('basil', 'verify')).code === 0)
})

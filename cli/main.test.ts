import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeProgram } from './program.ts'
import { runIn } from './testing/run-in.ts'
import type { Ran } from './testing/run-in.ts'
import { failure, KINDS, SimNode } from './testing/sim-node.ts'
import type { Answers } from './testing/sim-node.ts'

let home = ''
const nodes: SimNode[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-cli-'))
})
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  rmSync(home, { recursive: true, force: true })
  process.exitCode = undefined
})

/** Everything that a command looks for, in one directory. */
function placesIn(directory: string): Record<string, string> {
  return {
    HOME: directory,
    SHOAL_CONFIG: join(directory, 'config.json'),
    SHOAL_API_SOCKET: join(directory, 'shoal.sock'),
    XDG_RUNTIME_DIR: directory,
  }
}

/** As a user runs it: a process of its own. */
function shell(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...placesIn(home) }
    const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

/** As `shell`, in this process: on a machine where no node is. */
const alone = (...args: readonly string[]): Promise<Ran> => runIn(placesIn(home), args)

/** In this process: the same program on other streams. */
async function run(args: readonly string[], answers: Answers = {}): Promise<Ran & { node: SimNode }> {
  const node = await SimNode.start({ ...KINDS, ...answers })
  nodes.push(node)
  const env = { HOME: home, SHOAL_CONFIG: join(home, 'config.json'), SHOAL_NODE: node.address }
  return { ...(await runIn(env, args)), node }
}

test('[CLI13] exit codes of the real process: 0 for done, 1 for nobody there or an unknown command', async () => {
  const [version, nobody, unknown] = await Promise.all([
    shell('version', '--client'),
    shell('get', 'pods'),
    shell('gte', 'pods'),
  ])
  expect(version).toMatchObject({ code: 0, err: '' })
  expect(version.out).toMatch(/^client \d+\.\d+\.\d+/)
  expect(nobody).toMatchObject({ code: 1, out: '' })
  expect(nobody.err).toContain(`no node answers. Tried:\n  unix:${home}/shoal.sock  no such socket\n`)
  expect(unknown).toMatchObject({ code: 1, out: '' })
  expect(unknown.err).toContain("unknown command 'gte'\n(Did you mean get?)")
})

const web = {
  metadata: { name: 'web', namespace: 'default', generation: 1, uid: 'u' },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } } },
}
const done = { ...web, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 } }
const rollout = (deployment: unknown): Answers => ({
  'PATCH /apis/apps/v1/namespaces/default/deployments/web': { headers: { 'shoal-change': 'created' }, value: web },
  'GET /apis/apps/v1/namespaces/default/deployments/web': { value: deployment },
  'GET /apis/apps/v1/namespaces/default/replicasets': { value: { items: [] } },
  'GET /api/v1/namespaces/default/pods': { value: { items: [] } },
})

function manifest(): string {
  const file = join(home, 'web.yaml')
  writeFileSync(file, 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n')
  return file
}

test('[CLI14] apply says what it did on stdout, shows the way on stderr, and ends with 0', async () => {
  const ran = await run(['apply', '-f', manifest()], rollout(done))
  expect(ran).toMatchObject({ code: 0, out: 'deployment.apps/web created\n' })
  expect(ran.err).toMatch(/^\d\.\ds {2}web {2}1\/1 ready, done\n$/)
  expect(ran.node.asked.filter(({ method }) => method === 'PATCH').map(({ query }) => query.get('dryRun'))).toEqual([
    'All',
    null,
  ])
})

test('[CLI14] apply --no-wait does not look back, --timeout ends with 124', async () => {
  const quick = await run(['apply', '-f', manifest(), '--no-wait'], rollout(web))
  expect(quick).toMatchObject({ code: 0, err: '' })
  const late = await run(['apply', '-f', manifest(), '--timeout', '100ms'], rollout(web))
  expect(late.code).toBe(124)
  expect(late.err).toContain('error: web is not ready after 0.1 s: 0 of 1 replicas are')
})

test('[CLI14] apply with a file that is not there, or a wrong timeout, asks no node', async () => {
  const missing = await run(['apply', '-f', '/nowhere/web.yaml'])
  expect(missing).toMatchObject({ code: 1, err: 'error: /nowhere/web.yaml: there is no such file or directory\n' })
  const wrong = await run(['apply', '-f', manifest(), '--timeout', 'soon'])
  expect(wrong.err).toContain('--timeout "soon": must be a duration')
  expect([...missing.node.asked, ...wrong.node.asked]).toEqual([])
})

test('[CLI15] scale takes the number with or without its name', async () => {
  for (const args of [
    ['scale', 'web', '5'],
    ['scale', 'deploy/web', '--replicas', '5'],
    ['scale', 'deployment', 'web', '--replicas=5'],
  ]) {
    const { node, code, out } = await run([...args, '--no-wait'], { 'PATCH /apis/apps': { value: {} } })
    expect({ code, out }).toEqual({ code: 0, out: 'deployment.apps/web scaled\n' })
    expect(node.asked.at(-1)).toMatchObject({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/default/deployments/web/scale',
      body: { spec: { replicas: 5 } },
    })
  }
  expect((await run(['scale', 'web', 'many'])).err).toBe(
    'error: "many" is no number of replicas: write `shoal scale web 5`\n',
  )
})

test('[CLI16] get of nothing says so on stderr, and of what is not there ends with 1', async () => {
  const none = await run(['get', 'pods'], { 'GET /api/v1/namespaces/default/pods': { value: { items: [] } } })
  expect(none).toMatchObject({ code: 0, out: '', err: 'No resources found in default namespace.\n' })
  const missing = await run(['get', 'pod', 'x'], {
    'GET /api/v1/namespaces/default/pods/x': failure(404, 'NotFound', 'pods "x" not found'),
  })
  expect(missing).toMatchObject({ code: 1, out: '', err: 'error: pods "x" not found\n' })
})

test('[FIN15] delete says what waits, and for what', async () => {
  const waiting = (finalizers?: readonly string[]) => ({ value: { metadata: { deletionTimestamp: '2026-11-21T12:00:00Z', finalizers } } }) // prettier-ignore
  const held = await run(['delete', 'deploy/web'], { DELETE: waiting(['example.com/a', 'example.com/b']) })
  const out = 'deployment.apps "web" is being deleted: it waits for'
  expect(held).toMatchObject({ code: 0, out: `${out} example.com/a, example.com/b\n` })
  const filled = await run(['delete', 'ns/shop', '--yes'], { DELETE: waiting() })
  expect(filled).toMatchObject({ code: 0, out: 'namespace "shop" is being deleted: it waits for what is in it\n' })
})

test('[CLI17] delete names what it removed, and asks for more than a kind', async () => {
  const ran = await run(['delete', 'deploy/web', 'svc/web'], { DELETE: { value: {} } })
  expect(ran).toMatchObject({ code: 0, out: 'deployment.apps "web" deleted\nservice "web" deleted\n' })
  const vague = await run(['delete', 'deployments'])
  expect(vague).toMatchObject({
    code: 1,
    err: 'error: which deployments? Name them, choose them with -l LABELS, or say --all\n',
  })
  const gone = await run(['delete', '-f', manifest()], { DELETE: failure(404, 'NotFound', 'x') })
  expect(gone).toMatchObject({ code: 0, out: 'deployment.apps "web" was not there\n' })
})

test('[CLI98] logs of a bare name are those of a Deployment, or else of a pod', async () => {
  const line = { pod: 'once', node: 'amber', container: 'main', line: 'done' }
  const answers = (there: string): Answers => ({
    'GET /shoal/v1/logs': ({ query }) =>
      query.get('pod') === there
        ? { text: JSON.stringify(line) }
        : failure(404, 'NotFound', 'deployments.apps "once" not found'),
  })
  const ran = await run(['logs', 'once'], answers('core/Pod/default/once'))
  expect(ran).toMatchObject({ code: 0, out: 'once done\n' })
  const neither = await run(['logs', 'once'], answers('nowhere'))
  expect(neither).toMatchObject({
    code: 1,
    err: 'error: there is neither a Deployment nor a Pod "once" in namespace default\n',
  })
  const named = await run(['logs', 'deploy/once'], answers('core/Pod/default/once'))
  expect(named.code).toBe(1)
})

test.each([
  ['edit', 'deploy/web'],
  ['wait', 'deploy/web'],
  ['get', 'pods', '-w'],
])('[CLI101] %s %s is known to kubectl', async (...args) => {
  // prettier-ignore
  const ran = await run(args, {})
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('kubectl does that, against any node') })
  expect((await run(['gte', 'pods'], {})).err).not.toContain('kubectl')
})

test('[CLI18] logs of all replicas have their pod before each line; trouble goes to stderr', async () => {
  const lines = [
    { pod: 'web-1', node: 'amber', container: 'web', line: 'a\u001b[2Jb' },
    { pod: 'web-2', node: 'basil', container: 'web', trouble: 'basil is unreachable' },
  ]
  const ran = await run(['logs', 'web', '--tail', '5'], {
    'GET /shoal/v1/logs': { text: lines.map((each) => JSON.stringify(each)).join('\n') },
  })
  expect(ran).toMatchObject({
    code: 0,
    out: 'web-1 a\u001b[2Jb\n',
    err: 'web-2 on basil, container web: basil is unreachable\n',
  })
  expect(Object.fromEntries(ran.node.asked.at(-1)?.query ?? [])).toEqual({
    workload: 'apps/Deployment/default/web',
    tailLines: '5',
  })
})

test.each([
  [
    { agree: true, nodes: [{ name: 'amber', root: 'r', agrees: true }], differences: [], differencesLeftOut: 0 },
    0,
    '1 node agrees.',
  ],
  [
    {
      agree: false,
      nodes: [
        { name: 'amber', root: 'r', agrees: true },
        { name: 'basil', root: 's', agrees: false },
      ],
      differences: [
        {
          key: 'apps/Deployment/default/web',
          versions: [
            { heads: 'h1', nodes: ['amber'] },
            { heads: '', nodes: ['basil'] },
          ],
        },
      ],
      differencesLeftOut: 0,
    },
    1,
    'absent  on basil',
  ],
  [
    {
      agree: true,
      nodes: [
        { name: 'amber', root: 'r', agrees: true },
        { name: 'basil', trouble: 'no link', agrees: false },
      ],
      differences: [],
      differencesLeftOut: 0,
    },
    1,
    'No answer from basil.',
  ],
])('[CLI19] verify ends with 0 only if all answered and agree (%#)', async (value, code, text) => {
  const ran = await run(['verify'], { 'GET /shoal/v1/verify': { value } })
  expect(ran.code).toBe(code)
  expect(ran.out).toContain(text)
})

test('[CLI50] every command leads with examples', () => {
  const program = makeProgram({ env: { HOME: home }, output: { stdout: process.stdout, stderr: process.stderr } })
  const commands = program.commands.filter((command) => !command.name().startsWith('_'))
  expect(commands.length).toBeGreaterThanOrEqual(16)
  for (const command of [program, ...commands]) {
    let text = ''
    command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp()
    expect(text).toMatch(/^Examples:\n {2}(shoal|source|helm)/)
  }
})

test.each([
  ['/ip4/10.0.0.1/tcp/7420/p2p/12D3KooWx', 'has no ticket: it must end in /ticket/... It may have been cut'],
  ['10.0.0.1:7420', 'is no multiaddr: it must begin with /ip4/, /ip6/ or /dns4/'],
  ['/ip4/10.0.0.1/tcp/7420/ticket/abc', 'names no peer: /p2p/12D3... must come before /ticket/'],
])('[CLI51] join %s is refused before a node is started', async (address, why) => {
  const ran = await run(['join', address])
  expect(ran.code).toBe(1)
  expect(ran.err).toContain(why)
})

test('[CLI51] up with wrong options tells all of them and starts nothing', async () => {
  const ran = await run(['up', '--name', 'Foo_', '--runtime', 'dokcer', '--data-dir', 'here'])
  expect(ran.code).toBe(1)
  expect(ran.err).toContain('--name "Foo_": must be a DNS-1123 label')
  expect(ran.err).toContain('--runtime "dokcer": must be one of auto, docker, process')
  expect(ran.err).toContain('--data-dir "here": must be an absolute path')
})

const DERIVED = { version: 'v1', shortNames: [], verbs: ['get', 'list'], writable: false }
const MORE_KINDS = [
  { ...DERIVED, group: '', kind: 'Node', plural: 'nodes', singular: 'node', namespaced: false },
  { ...DERIVED, group: '', kind: 'Event', plural: 'events', singular: 'event', namespaced: true },
]
const kindsWithNodes: Answers = {
  'GET /shoal/v1/kinds': { value: { kinds: [...KINDS['GET /shoal/v1/kinds'].value.kinds, ...MORE_KINDS] } },
}

test('[CLI64] nodes are listed with how many pods there are of how many there may be, json as the API has them', async () => {
  const node = { metadata: { name: 'amber' }, status: { allocatable: { pods: '110' } } }
  const answers: Answers = {
    ...kindsWithNodes,
    'GET /api/v1/nodes': { value: { apiVersion: 'v1', items: [node, { ...node, metadata: { name: 'basil' } }] } },
    'GET /shoal/v1/peers': { value: { peers: [{ name: 'amber', pods: 3 }] } },
  }
  const { out } = await run(['get', 'nodes'], answers)
  expect(out).toMatch(/amber .* 3\/110/)
  expect(out).toMatch(/basil .* \?\/110/)
  const json = await run(['get', 'nodes', '-o', 'json'], answers)
  expect(json.out).not.toContain('podCount')
})

test('[CLI59] explain of a pod shows the slot of that pod and no other', async () => {
  const slot = (index: number) => ({
    slot: `r1/${index}`,
    state: 'claimed',
    pod: `web-r1-${index}`,
    node: 'amber',
    claimedAtMs: Date.now(),
    ready: true,
    says: '',
    auction: [],
  })
  const metadata = {
    name: 'web-r1-1',
    labels: { 'pod-template-hash': 'r1' },
    annotations: { 'shoal.dev/slot': '1' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-r1', uid: 'u' }],
  }
  const { code, out } = await run(['explain', 'pod/web-r1-1'], {
    'GET /api/v1/namespaces/default/pods/web-r1-1': { value: { metadata } },
    'GET /shoal/v1/explain': {
      value: { workload: 'apps/Deployment/default/web', replicas: 2, slots: [slot(0), slot(1)] },
    },
  })
  expect(code).toBe(0)
  expect(out).toContain('2 wanted, 2 claimed, 0 open')
  expect(out.match(/^slot .*on/gm)).toEqual(['slot 1  web-r1-1  on'])
  const service = await run(['explain', 'svc/web'])
  expect(service).toMatchObject({ code: 1, out: '' })
  expect(service.err).toContain(
    'a Service has no replicas to explain: name a Deployment or a pod, as `shoal explain web`',
  )
})

test('[CLI107] explain of a Pod that somebody wrote asks for that Pod', async () => {
  const claim = { state: 'claimed', pod: 'box', node: 'amber', claimedAtMs: Date.now(), ready: true, says: '' }
  const slots = [{ slot: 'r1/0', index: 0, ...claim, auction: [] }]
  const { code, out, node } = await run(['explain', 'pod/box'], {
    'GET /api/v1/namespaces/default/pods/box': { value: { metadata: { name: 'box', namespace: 'default' } } },
    'GET /shoal/v1/explain': { value: { workload: 'core/Pod/default/box', replicas: 1, slots } },
  })
  expect({ code, line: out.split('\n')[0] }).toEqual({
    code: 0,
    line: 'Pod/box in default: 1 wanted, 1 claimed, 0 open',
  })
  expect(node.asked.at(-1)?.query.get('workload')).toBe('core/Pod/default/box')
})

const happened = (kind: string, name: string, host = 'amber') => ({
  metadata: { name: `${name}.1`, namespace: 'default' },
  involvedObject: { kind, name },
  source: { host },
  reason: `Of-${name}`,
})

test.each([
  ['web', ['Of-web', 'Of-web-r1', 'Of-web-r1-aaaaa']],
  ['deployment/web', ['Of-web', 'Of-web-r1', 'Of-web-r1-aaaaa']],
  ['pod/web-r1-aaaaa', ['Of-web-r1-aaaaa']],
  ['node/basil', ['Of-api-r2-bbbbb', 'Of-basil']],
])('[CLI58] events --for %s are those of %j', async (what, reasons) => {
  const items = [
    happened('Deployment', 'web'),
    happened('ReplicaSet', 'web-r1'),
    happened('Pod', 'web-r1-aaaaa'),
    happened('Pod', 'api-r2-bbbbb', 'basil'),
    happened('Node', 'basil'),
  ]
  const replicaSets = [
    { metadata: { name: 'web-r1', ownerReferences: [{ kind: 'Deployment', name: 'web' }] } },
    { metadata: { name: 'api-r2', ownerReferences: [{ kind: 'Deployment', name: 'api' }] } },
  ]
  const { code, out } = await run(['events', '--for', what], {
    ...kindsWithNodes,
    'GET /api/v1/namespaces/default/events': { value: { items } },
    'GET /api/v1/events': { value: { items } },
    'GET /apis/apps/v1/namespaces/default/replicasets': { value: { items: replicaSets } },
  })
  expect({ code, reasons: (out.match(/Of-\S+/g) ?? []).toSorted() }).toEqual({ code: 0, reasons })
})

test('[CLI58] events --for what does not exist is an error, also --for a kind without a name', async () => {
  const answers = {
    ...kindsWithNodes,
    'GET /api/v1/namespaces/default/events': { value: { items: [] } },
    'GET /apis/apps/v1/namespaces/default/replicasets': { value: { items: [] } },
    'GET /apis/apps/v1/namespaces/default/deployments/x': failure(404, 'NotFound', 'deployments.apps "x" not found'),
  }
  expect(await run(['events', '--for', 'x'], answers)).toMatchObject({
    code: 1,
    err: 'error: deployments.apps "x" not found\n',
  })
})

test('[CLI60] logs of which every stream failed end with 1, of a Service are refused', async () => {
  const trouble = { pod: 'web-1', node: 'amber', container: 'web', trouble: 'has not started yet' }
  const failed = await run(['logs', 'web'], { 'GET /shoal/v1/logs': { text: JSON.stringify(trouble) } })
  expect(failed).toMatchObject({ code: 1, err: 'web-1 on amber, container web: has not started yet\n' })
  process.exitCode = undefined
  const service = await run(['logs', 'svc/web'])
  expect(service).toMatchObject({ code: 1, out: '' })
  expect(service.err).toContain('a Service has no output: name a Deployment or a pod, as `shoal logs web`')
})

const INFO = { value: { version: '1', name: 'amber', platform: 'linux', clusterId: 'c' } }

test('[CLI61] the version is told by -v and --version, and before a node is asked', async () => {
  for (const flag of ['-v', '--version']) expect((await alone(flag)).out).toMatch(/^client \d+\.\d+\.\d+/)
  const without = await alone('version')
  expect(without).toMatchObject({ code: 1, out: expect.stringMatching(/^client .*\n$/) })
  expect((await run(['version'], { 'GET /shoal/v1/info': INFO })).out).toMatch(/^client .*\nnode {3}1 /)
})

test('[CLI61] help of a command that is not there is an error with what may have been meant', async () => {
  expect(await alone('help', 'aply')).toMatchObject({
    code: 1,
    out: '',
    err: 'error: there is no command "aply"; did you mean "apply"? (`shoal help` lists them)\n',
  })
  expect((await alone('help', 'apply')).out).toContain('Usage: shoal apply')
  expect((await alone('help')).out).toContain('Usage: shoal [options]')
})

test.each([
  [['scale', 'svc/web', '3'], 'a Service has no replicas: name a Deployment, as `shoal scale web 5`'],
  [['token', '--ttl', '0'], '--ttl "0": must be between 1s and 30d'],
  [['token', '--ttl', '31d'], '--ttl "31d": must be between 1s and 30d'],
  [['apply'], 'name what to apply: write `shoal apply -f web.yaml`'],
  [['join', 'shoal', 'join', '/ip4/a', '/ip4/b'], 'join takes one address, and was given 2: /ip4/a /ip4/b'],
])('[CLI62] %j is refused in the words of the command line', async (args, message) => {
  const { code, err, node } = await run(args)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(message) })
  expect(node.asked.filter(({ path }) => path !== '/shoal/v1/kinds')).toEqual([])
})

test('[CLI62] join takes the line that token printed, quoted or not, and no --cluster', async () => {
  const cut = '/ip4/10.0.0.1/tcp/7420/p2p/12D3KooWx'
  for (const words of [['shoal', 'join', cut], [`shoal join ${cut}`], [` ${cut} `]])
    expect((await run(['join', ...words])).err).toContain(`"${cut}" has no ticket`)
  expect((await run(['join', '--cluster', 'x', cut])).err).toContain("unknown option '--cluster'")
})

test('[CLI62] apply takes the files with or without -f, and get all is what runs and how it is reached', async () => {
  expect(await run(['apply', manifest()], rollout(done))).toMatchObject({
    code: 0,
    out: 'deployment.apps/web created\n',
  })
  const replicaSets = { ...MORE_KINDS[1], group: 'apps', kind: 'ReplicaSet', plural: 'replicasets', singular: 'rs' }
  const kinds = [...KINDS['GET /shoal/v1/kinds'].value.kinds, replicaSets]
  const all = await run(['get', 'all', '-o', 'name'], {
    'GET /shoal/v1/kinds': { value: { kinds } },
    'GET /apis/apps/v1/namespaces/default/deployments': { value: { items: [web] } },
    'GET /api': { value: { items: [] } },
  })
  expect(all).toMatchObject({ code: 0, out: 'deployment.apps/web\n' })
  expect(all.node.asked.map(({ path }) => path.split('/').at(-1))).toEqual([
    'kinds',
    'pods',
    'services',
    'deployments',
    'replicasets',
  ])
})

test('[CLI6] what the trial of an object and its write both warn of is told once', async () => {
  const warning = { warning: '299 shoal "spec.x is kept and has no effect yet"' }
  const patched = { headers: { 'shoal-change': 'created', ...warning }, value: web }
  const ran = await run(['apply', '-f', manifest(), '--no-wait'], {
    'PATCH /apis/apps/v1/namespaces/default/deployments/web': patched,
  })
  expect(ran).toMatchObject({ code: 0, err: 'Warning: spec.x is kept and has no effect yet\n' })
})

test('[CLI19] verify keeps its table narrow: why a node does not answer stands below', async () => {
  const trouble = `cannot reach basil: ${'x'.repeat(120)}`
  const nodes = [
    { name: 'amber', root: 'r', agrees: true },
    { name: 'basil', trouble, agrees: false },
  ]
  const { out } = await run(['verify'], {
    'GET /shoal/v1/verify': { value: { agree: true, nodes, differences: [], differencesLeftOut: 0 } },
  })
  expect(out).toMatch(/^basil .* no answer$/m)
  expect(out).toContain(`No answer from basil.\n  basil: ${trouble}\n`)
})

test('[CLI53] completion offers commands, kinds and names, and nothing where nobody answers', async () => {
  const pods = { 'GET /api/v1/namespaces/default/pods': { value: { items: [{ metadata: { name: 'web-1' } }] } } }
  const offered = async (...words: readonly string[]): Promise<string> =>
    (await run(['__complete', '--', ...words], pods)).out
  expect(await offered('ex')).toBe('exec\nexplain\n')
  expect(await offered('get', 'p')).toBe('pods\n')
  expect(await offered('get', 'pods', 'w')).toBe('web-1\n')
  expect(await offered('apply', '--time')).toBe('--timeout\n')
  expect(await offered('version', 'x')).toBe('')
  expect((await run(['completion', 'bsah'])).err).toContain(
    '"bsah" is no shell that is known (bash, zsh, fish); did you mean "bash"?',
  )
})

test('[CLI55] one go tells the mistakes of all files, whichever step finds them, file by file', async () => {
  const [web, service] = [
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: -1\n',
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n',
  ]
  const write = (name: string, ...texts: string[]): void => writeFileSync(join(home, name), texts.join('---\n'))
  write('a.yaml', web)
  write('b.yaml', 'kind: Service\n', service.replace('Service', 'Svc'), web.replace('name: web', 'name: other'))
  write('c.yaml', 'spec: [1, 2')
  write('d.yaml', service)
  const { code, err, node } = await run(['apply', '-f', home, '--no-wait'], {
    'PATCH /apis/apps': failure(422, 'Invalid', 'invalid', { causes: [{ field: 'spec.replicas', message: 'bad' }] }),
    'PATCH ': {},
  })
  expect(code).toBe(1)
  const lines = err.replaceAll(`${home}/`, '').trim().split('\n')
  expect(lines.map((line) => line.replace(/^error: /, ''))).toEqual([
    'a.yaml:6:3: spec.replicas: bad',
    expect.stringMatching(/^b\.yaml:1:1: apiVersion: Required value/),
    expect.stringMatching(/^b\.yaml:4:1: no kind "Svc"/),
    'b.yaml:13:3: spec.replicas: bad',
    expect.stringMatching(/^c\.yaml:1:/),
    'Nothing was changed, because of 5 mistakes.',
  ])
  const writes = node.asked.filter(({ method }) => method === 'PATCH')
  expect(writes.every(({ query }) => query.get('dryRun') === 'All')).toBe(true)
})

test('[CLI56] doctor without a node lists the places of engines, one a line, and ticks no file that is not there', async () => {
  const socket = join(home, 'engine.sock')
  const flags = ['--docker-host', `unix://${socket}`, '--data-dir', join(home, 'data')]
  const { code, out } = await alone('doctor', ...flags)
  expect(code).toBe(1)
  expect(out).toContain(`none yet: ${home}/config.json is written by`)
  expect(out).toMatch(/engine +no container engine answers: pods run as plain processes\. Looked at\n/)
  expect(out).toContain(`\n             --docker-host (unix://${socket}): is not there\n`)
  expect(out).toContain(`no node runs in ${home}/data`)
})

/** Holds `data/` as a node does; SIGTERM ends it, a moment later. */
async function holdingProcess(): Promise<{ pid: number; ended: Promise<unknown> }> {
  const source = `import { openRealDisk } from ${JSON.stringify(new URL('../node/world/real-disk.ts', import.meta.url).href)}
    const disk = await openRealDisk(${JSON.stringify(join(home, 'data'))})
    process.once('SIGTERM', () => disk.close().then(() => setTimeout(() => process.exit(0), 300)))
    setInterval(() => {}, 1_000)
    console.log('held')`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source])
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  return { pid: child.pid as number, ended }
}

test('[CLI56] doctor says in which directory and process the node of this machine runs', async () => {
  const { pid, ended } = await holdingProcess()
  const { out } = await alone('doctor', '--data-dir', join(home, 'data'))
  process.kill(pid)
  await ended
  expect(out).toContain(`runs in ${home}/data, pid ${pid}`)
})

test('[CLI57] down ends the process that holds the data directory, waits for its end and says so', async () => {
  const { pid, ended } = await holdingProcess()
  let hasEnded = false
  void ended.then(() => (hasEnded = true))
  const data = join(home, 'data')
  const { code, out, err } = await alone('down', '--data-dir', data)
  expect({ code, out, err }).toEqual({
    code: 0,
    out: `the node in ${data} (pid ${pid}) has stopped; its pods run on\n`,
    err: `Start it again with \`shoal up --data-dir ${data}\`.\n`,
  })
  await expect.poll(() => hasEnded, { timeout: 200 }).toBe(true)
})

test('[CLI57] down where no node runs stops nothing, is an error and names the directory', async () => {
  const data = join(home, 'data')
  const none = await alone('down', '--data-dir', data)
  expect(none).toMatchObject({
    code: 1,
    out: '',
    err: `error: no node runs in ${data}, and nothing was stopped: name another with --data-dir\n`,
  })
})

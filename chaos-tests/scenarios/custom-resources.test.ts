/**
 * Kinds that people define, with real kubectls and the command line: defined on one node, used on another, there after a start.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextOf, makeKubeconfig } from '../real/kubeconfig.ts'
import { begin, kubectls, run, type Kubectl } from '../real/kubectl.ts'
import { stretched } from '../real/patience.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { cronTabs, monitors } from './custom-definitions.ts'
import { shoal } from './shoal.ts'

const SOON_MS = 15_000

let cluster: ProcessCluster
let home: string
const all = kubectls()
const [oldest] = all as [Kubectl]
const newest = all.at(-1) as Kubectl

beforeAll(async () => {
  cluster = await ProcessCluster.start(2, { runtime: 'process', block: 230 + (process.pid % 20), apiTls: true })
  home = mkdtempSync(join(tmpdir(), 'shoal-custom-'))
  await makeKubeconfig(cluster, home)
})

afterAll(async () => {
  await cluster?.stop()
  if (home !== undefined) rmSync(home, { recursive: true, force: true })
})

const nodeAt = (at: number): ProcessNode => cluster.nodes[at] as ProcessNode

/** What a command says, which has to go well. */
async function said(kubectl: Kubectl, at: number, command: string, input?: unknown): Promise<string> {
  const { code, stdout, stderr } = await tried(kubectl, at, command, input)
  expect(code, `kubectl 1.${kubectl.minor} ${command}: ${stdout}${stderr}`).toBe(0)
  return stdout
}

function tried(kubectl: Kubectl, at: number, command: string, input?: unknown): ReturnType<typeof run> {
  const context = contextOf(nodeAt(at))
  const given = input === undefined ? {} : { input: JSON.stringify(input) }
  return run(kubectl, command.split(' '), { home, context, ...given })
}

const outermost = oldest === newest ? [oldest] : [oldest, newest]

test.each(outermost.map((kubectl) => [`1.${kubectl.minor}`, kubectl] as const))(
  '[CRD43] kubectl %s defines a kind on one node and uses it on the other',
  async (_version, kubectl) => {
    const group = `v${kubectl.minor}.example.com`
    const tab = (spec: object): object => ({ apiVersion: `${group}/v1`, kind: 'CronTab', metadata: { name: 'tab' }, spec }) // prettier-ignore
    const say = (at: number, command: string, input?: unknown): Promise<string> => said(kubectl, at, command, input)
    expect(await say(0, 'apply -f -', cronTabs(group))).toContain(`crontabs.${group} created`)
    await say(0, `wait --for condition=established --timeout=10s crd/crontabs.${group}`)
    await waitFor('the definition to be served', stretched(SOON_MS), async () => {
      const { stdout } = await tried(kubectl, 1, 'api-resources')
      return stdout.includes(`${group}`)
    })
    expect(await say(1, `explain crontabs.spec.cronSpec --api-version=${group}/v1`)).toContain('in five fields')
    const watching = begin(kubectl, ['get', `crontabs.${group}`, '-w', '--no-headers'], { home, context: contextOf(nodeAt(0)) }) // prettier-ignore
    let seen = ''
    watching.stdout.setEncoding('utf8').on('data', (part: string) => (seen += part))
    expect(await say(1, 'apply -f -', tab({ cronSpec: '* * * * */5', image: 'a' }))).toContain('tab created')
    expect(await say(1, 'apply -f -', tab({ cronSpec: '* * * * */5', image: 'b' }))).toContain('tab configured')
    expect(await say(1, 'apply -f -', tab({ cronSpec: '* * * * */5', image: 'b' }))).toContain('tab unchanged')
    await waitFor('it to be seen on the other node', stretched(SOON_MS), async () => seen.includes('tab'))
    watching.kill()
    const table = await say(0, `get ct.${group} tab`).catch(() => say(0, `get crontabs.${group} tab`))
    expect(table).toMatch(/NAME +SPEC +REPLICAS +AGE\ntab +\* \* \* \* \*\/5 +1 /)
    const wrong = await tried(kubectl, 1, 'apply -f -', tab({ cronSpec: 'often', replicas: 20 }))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('spec.cronSpec in body should match')
    await say(0, `patch crontabs.${group} tab --type=merge -p {"spec":{"replicas":2}}`)
    await say(1, `scale crontabs.${group}/tab --replicas=3`)
    await say(1, `label crontabs.${group} tab app=x`)
    await waitFor('the label to be seen', stretched(SOON_MS), async () =>
      (await say(0, `get crontabs.${group} -l app=x -o name`)).includes('tab'),
    )
    expect(await say(0, `get crontabs.${group} tab -o jsonpath={.spec.replicas}`)).toBe('3')
    expect(await say(0, `describe crontabs.${group} tab`)).toContain('Cron Spec:')
    const server = tab({ image: 'c' })
    expect(await say(0, 'apply --server-side --force-conflicts -f -', server)).toContain('tab serverside-applied')
    expect(await say(0, `delete crontabs.${group} tab`)).toContain('deleted')
    expect(await say(0, `get crontabs.${group}`)).toBe('')
    await say(0, 'apply -f -', tab({ cronSpec: '* * * * */5' }))
    expect(await say(0, `delete crd crontabs.${group}`)).toContain('deleted')
    expect((await tried(kubectl, 0, `get crontabs.${group}`)).stderr).toContain(
      "the server doesn't have a resource type",
    )
  },
)

test('[CRD42] an operator brings its kind: the command line has it too, also after a start', async () => {
  const group = 'monitoring.example.com'
  const monitor = {
    apiVersion: `${group}/v1`,
    kind: 'Monitor',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      endpoints: [{ port: 'http', targetPort: 8080, interval: '30s', params: { a: ['b'] } }],
      template: { anything: { goes: [1, 2] } },
    },
  }
  await said(newest, 0, 'create -f -', monitors(group))
  await said(newest, 0, 'apply --server-side -f -', monitor)
  const second = { ...monitor, spec: { ...monitor.spec, endpoints: [{ port: 'https', scheme: 'https' }] } }
  await said(newest, 0, 'apply --server-side --field-manager=other -f -', second)
  const ports = 'get monitors web -o jsonpath={.spec.endpoints[*].port}/{.spec.endpoints[*].scheme}'
  expect((await said(newest, 0, ports)).split('/').map((part) => part.split(' ').toSorted())).toEqual([['http', 'https'], ['http', 'https']]) // prettier-ignore
  const status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}'
  await said(newest, 0, `patch monitors web --subresource=status --type=merge -p ${status}`)
  const node = nodeAt(1)
  await waitFor('the other node to have heard', stretched(SOON_MS), async () => {
    const { stdout } = await shoal(['get', 'mon'], { node: node.socket })
    return /NAME +READY\nweb +True/.test(stdout)
  })
  await node.killAgent()
  await node.restart()
  const wide = await shoal(['get', 'monitor/web', '-o', 'wide'], { node: node.socket })
  expect(wide, wide.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/NAME +READY +FIRST\nweb +True +http/) }) // prettier-ignore
  const described = await shoal(['describe', 'mon/web'], { node: node.socket })
  expect(described.stdout).toMatch(/Name: +web/)
  const applied = await shoal(['apply', '-f', '-'], { node: node.socket, input: JSON.stringify({ ...monitor, metadata: { name: 'api' } }) }) // prettier-ignore
  expect(applied, applied.stderr).toMatchObject({ code: 0 })
  expect(await said(newest, 1, 'get monitors -o name')).toBe(`monitor.${group}/api\nmonitor.${group}/web\n`)
  const gone = await shoal(['delete', 'monitors/api'], { node: node.socket })
  expect(gone, gone.stderr).toMatchObject({ code: 0 })
  const definition = await shoal(['delete', `crd/monitors.${group}`], { node: node.socket })
  expect(definition, definition.stderr).toMatchObject({ code: 0 })
  await waitFor('the kind to be gone everywhere', stretched(SOON_MS), async () => {
    const { stderr } = await shoal(['get', 'monitors'], { node: nodeAt(0).socket })
    return stderr.includes('there is no kind "monitors"')
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runIn, type Ran } from '../testing/run-in.ts'
import { failure, KINDS, SimNode, type Answers } from '../testing/sim-node.ts'

const directory = mkdtempSync(join(tmpdir(), 'shoal-plan-'))
const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  process.exitCode = undefined
  rmSync(join(directory, 'web.yaml'), { force: true })
})

const APPS = '/apis/apps/v1/namespaces/default/deployments'
const WEB = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5\n'
const LAST = 'kubectl.kubernetes.io/last-applied-configuration'
const missing = failure(404, 'NotFound', 'not found')

const deployment = (replicas: number, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: `${replicas}`, ...more },
  spec: { replicas, paused: false },
  status: { readyReplicas: replicas },
})

const FORECAST = {
  'POST /shoal/v1/forecast': {
    value: {
      slots: [
        { index: 0, node: 'amber', is: 'kept' },
        { index: 1, node: 'basil', is: 'won' },
        { index: 2, is: 'open' },
      ],
      declines: [{ node: 'cedar', why: 'is cordoned (unschedulable)' }],
    },
  },
}

const plan = (answers: Answers, manifest: string, ...more: string[]): Promise<Ran & { node: SimNode }> =>
  planIn({}, { answers, manifest, more })

async function planIn(
  env: Record<string, string>,
  { answers, manifest, more = [] }: { answers: Answers; manifest: string; more?: readonly string[] },
): Promise<Ran & { node: SimNode }> {
  const node = await SimNode.start({ ...KINDS, ...FORECAST, ...answers, 'GET /': { value: { items: [] } } })
  nodes.push(node)
  const file = join(directory, 'web.yaml')
  writeFileSync(file, manifest)
  return { ...(await runIn({ SHOAL_NODE: node.address, ...env }, ['plan', '-f', file, ...more])), node }
}

test('[CLI120] what would change is told field by field, with the nodes that would win, and nothing is written', async () => {
  const ran = await plan({ [`PATCH ${APPS}/web`]: { value: deployment(5) }, [`GET ${APPS}/web`]: { value: deployment(3) } }, WEB) // prettier-ignore
  expect(ran.out).toBe(`~ deployment.apps/web in default  changed
    spec.replicas: 3 -> 5
    nobody would take 1 of 3
    amber: 1 there already
    basil: +1
      cedar is cordoned (unschedulable)
0 new, 1 changed, 0 to be pruned, 0 unchanged
`)
  expect(ran.code).toBe(2)
  const writes = ran.node.asked.filter(({ method }) => method !== 'GET')
  expect(writes.map(({ path, query }) => `${path} ${query.get('dryRun')}`)).toEqual([
    `${APPS}/web All`,
    '/shoal/v1/forecast null',
  ])
})

test('[CLI120] nothing to change ends with 0, a mistake with 1', async () => {
  const same = { [`PATCH ${APPS}/web`]: { value: deployment(5, { resourceVersion: '9', annotations: { [LAST]: '{}' } }) }, [`GET ${APPS}/web`]: { value: deployment(5, { annotations: { 'deployment.kubernetes.io/revision': '1' } }) } } // prettier-ignore
  expect(await plan(same, WEB)).toMatchObject({ code: 0, out: expect.stringContaining('unchanged') })
  const causes = [{ field: 'spec.replicas', message: 'Invalid value: 5: too many' }]
  const wrong = { [`PATCH ${APPS}/web`]: failure(422, 'Invalid', 'no', { causes }) }
  expect(await plan(wrong, WEB)).toMatchObject({ code: 1, err: expect.stringContaining('spec.replicas: Invalid value: 5: too many') }) // prettier-ignore
})

test('[CLI121] what is new is told as its manifest has it, without what the node fills in', async () => {
  const { out: stdout, code } = await plan({ [`PATCH ${APPS}/web`]: { status: 201, value: deployment(5) }, [`GET ${APPS}/web`]: missing }, WEB) // prettier-ignore
  expect(stdout).toContain('+ deployment.apps/web in default  would be created\n    spec.replicas: 5\n    nobody')
  expect(code).toBe(2)
})

test('[CLI122] values of Secrets are not shown', async () => {
  const secret = (value: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { key: value },
  })
  const kinds = KINDS['GET /shoal/v1/kinds']
  const kind = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', singular: 'secret', shortNames: [], namespaced: true, writable: true } // prettier-ignore
  const { out: stdout } = await plan(
    {
      'GET /shoal/v1/kinds': { value: { kinds: [...kinds.value.kinds, kind] } },
      'PATCH /api/v1/namespaces/default/secrets/s': { value: secret('bmV3') },
      'GET /api/v1/namespaces/default/secrets/s': { value: secret('b2xk') },
    },
    JSON.stringify(secret('bmV3')),
  )
  expect(stdout).toContain('data.key: (hidden) -> (hidden, another)')
  expect(stdout).not.toMatch(/bmV3|b2xk/)
})

test('[CLI124] what was applied with these labels and is in no manifest would be pruned; labels are needed', async () => {
  const old = { ...deployment(1), metadata: { name: 'old', namespace: 'default', annotations: { [LAST]: '{}' } } }
  const byHand = { ...deployment(1), metadata: { name: 'by-hand', namespace: 'default' } }
  const answers: Answers = {
    [`PATCH ${APPS}/web`]: { value: deployment(5) },
    [`GET ${APPS}/web`]: { value: deployment(5) },
    [`GET ${APPS}`]: ({ query }) => ({
      value: {
        items:
          query.get('labelSelector') === 'app=web'
            ? [old, byHand, deployment(5, { annotations: { [LAST]: '{}' } })]
            : [],
      },
    }),
  }
  const { out: stdout, code } = await plan(answers, WEB, '--prune', '-l', 'app=web')
  expect(stdout).toContain('- deployment.apps/old in default  would be deleted')
  expect(stdout).toContain('0 new, 0 changed, 1 to be pruned, 1 unchanged')
  expect(code).toBe(2)
  expect((await plan(answers, WEB, '--prune')).err).toContain('--prune -l app=web')
})

test('[CLI123] as JSON for programs', async () => {
  const { out: stdout } = await plan({ [`PATCH ${APPS}/web`]: { value: deployment(5) }, [`GET ${APPS}/web`]: { value: deployment(3) } }, WEB, '-o', 'json') // prettier-ignore
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ kind: 'Deployment', name: 'web', is: 'changed', fields: [{ path: 'spec.replicas', before: 3, after: 5 }], slots: expect.any(Array) }), // prettier-ignore
  ])
})

test('[CLI121] texts of several lines are told by the lines that differ', async () => {
  const at = (text: string) => ({ ...deployment(1), spec: { text } })
  const { out: stdout } = await plan({ [`PATCH ${APPS}/web`]: { value: at('a\nB\nc\n') }, [`GET ${APPS}/web`]: { value: at('a\nb\nc\n') } }, WEB) // prettier-ignore
  expect(stdout).toContain('    spec.text:\n      - b\n      + B\n')
})

test('[CLI124] apply takes it away after it has written the rest', async () => {
  const old = { ...deployment(1), metadata: { name: 'old', namespace: 'default', annotations: { [LAST]: '{}' } } }
  const node = await SimNode.start({
    ...KINDS,
    [`PATCH ${APPS}/web`]: { value: deployment(5), headers: { 'shoal-change': 'configured' } },
    [`GET ${APPS}`]: { value: { items: [old] } },
    [`DELETE ${APPS}/old`]: {},
    'GET /': { value: { items: [] } },
  })
  nodes.push(node)
  const file = join(directory, 'web.yaml')
  writeFileSync(file, WEB)
  const ran = await runIn({ SHOAL_NODE: node.address }, ['apply', '-f', file, '--prune', '-l', 'app=web', '--no-wait'])
  expect(ran.out).toBe('deployment.apps/web configured\ndeployment.apps/old pruned\n')
  expect(node.asked.filter(({ method }) => method === 'DELETE').map(({ path }) => path)).toEqual([`${APPS}/old`])
  expect(await runIn({ SHOAL_NODE: node.address }, ['apply', '-f', file, '-l', 'app=web'])).toMatchObject({ code: 1 })
})

const CHANGED: Answers = {
  [`PATCH ${APPS}/web`]: { value: { ...deployment(5), spec: { replicas: 5, minReadySeconds: 2 } } },
  [`GET ${APPS}/web`]: { value: deployment(3) },
}

test('[CLI106] in a plan what comes is green, what goes red, what differs yellow', async () => {
  const { out, code } = await planIn({ FORCE_COLOR: '1' }, { answers: CHANGED, manifest: WEB })
  expect(code).toBe(2)
  const inColour = (code: number) => (said: string) => `\u001b[${code}m${said}\u001b[0m`
  const [yellow, red, green, dim] = [inColour(33), inColour(31), inColour(32), inColour(2)] as const
  expect(out).toBe(`${yellow('~ deployment.apps/web in default')}  ${dim('changed')}
    spec.replicas: ${red('3')} ${dim('->')} ${green('5')}
    spec.paused: ${red('false')} ${dim('would go')}
    spec.minReadySeconds: ${green('2')}
${yellow('    nobody would take 1 of 3')}
    amber: ${dim('1 there already')}
    basil: ${green('+1')}
${dim('      cedar is cordoned (unschedulable)')}
0 new, 1 changed, 0 to be pruned, 0 unchanged
`)
})

test.each<[string, Record<string, string>, string[]]>([
  ['no terminal', {}, []],
  ['NO_COLOR', { NO_COLOR: '1' }, []],
  ['--no-color', { FORCE_COLOR: '1' }, ['--no-color']],
])('[CLI106] with %s a plan has no escape code', async (_, env, more) => {
  const { out } = await planIn(env, { answers: CHANGED, manifest: WEB, more })
  expect(out).toContain('spec.replicas: 3 -> 5')
  expect(out).not.toContain('\u001b')
})
